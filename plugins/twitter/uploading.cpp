#include "uploading.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "decode_item.hpp"
#include "json_read.hpp"
#include "oauth1.hpp"

namespace jackfield::twitter {
namespace {

namespace json = boost::json;
constexpr std::uint64_t kPiece = 1u << 20;  // what the host hands out of a file at once
constexpr unsigned kMostLooks = 60;
constexpr std::int64_t kMostSeconds = 60;
constexpr std::string_view kBoundary = "jackfield-5d41f0c3a7";

json::object parsed(std::string_view body) {
  boost::system::error_code error;
  auto value = json::parse(body, error);
  return error || !value.is_object() ? json::object() : std::move(value.get_object());
}

std::string form_of(unsigned segment, std::string_view piece) {
  std::string out = "--" + std::string(kBoundary) +
                    "\r\nContent-Disposition: form-data; name=\"segment_index\"\r\n\r\n" + std::to_string(segment) +
                    "\r\n--" + std::string(kBoundary) +
                    "\r\nContent-Disposition: form-data; name=\"media\"; filename=\"media\"\r\n"
                    "Content-Type: application/octet-stream\r\n\r\n";
  out += piece;
  return out + "\r\n--" + std::string(kBoundary) + "--\r\n";
}

}  // namespace

void Uploading::upload(const Upload& upload, Then then) {
  auto job = std::make_shared<Job>(Job{upload, std::move(then), {}, 0, 0, 0});
  const auto body = json::serialize(json::object{
      {"media_type", upload.media_type}, {"total_bytes", upload.bytes}, {"media_category", upload.category}});
  api_.as_user({.method = "POST", .path = "/2/media/upload/initialize", .body = body},
               [this, job](const sdk::HttpResponse& response) {
                 if (!went_well(job, response)) return;
                 const auto root = parsed(response.body);
                 const auto* data = object_at(root, "data");
                 job->id = data ? text_at(*data, "id") : std::string_view();
                 if (!is_id(job->id)) return end(job, JF_OUTCOME_RETRY, JF_ERROR_INTERNAL, "the answer names no file");
                 next_piece(job);
               });
}

void Uploading::next_piece(const JobPtr& job) {
  const auto* blobs =
      static_cast<const jf_blob_api*>(host_.api()->get_extension(host_.api()->host, sdk::str(JF_EXT_BLOB)));
  const auto op = host_.add([this, job](jf_status status, std::string_view piece) {
    if (status != JF_OK) return end(job, JF_OUTCOME_REJECTED, JF_ERROR_CONTENT, "the file cannot be read");
    piece.empty() ? finalize(job) : append(job, piece);
  });
  host_.refused(
      op, blobs ? blobs->read(host_.api()->host, op, sdk::str(job->upload.blob), job->offset, kPiece) : JF_UNSUPPORTED);
}

void Uploading::append(const JobPtr& job, std::string_view piece) {
  job->offset += piece.size();
  api_.as_user({.method = "POST",
                .path = "/2/media/upload/" + job->id + "/append",
                .body = form_of(job->segment++, piece),
                .content_type = "multipart/form-data; boundary=" + std::string(kBoundary)},
               [this, job](const sdk::HttpResponse& response) {
                 if (went_well(job, response)) next_piece(job);
               });
}

void Uploading::finalize(const JobPtr& job) {
  api_.as_user({.method = "POST", .path = "/2/media/upload/" + job->id + "/finalize"},
               [this, job](const sdk::HttpResponse& response) { on_state(job, response); });
}

void Uploading::on_state(const JobPtr& job, const sdk::HttpResponse& response) {
  if (!went_well(job, response)) return;
  const auto root = parsed(response.body);
  const auto* data = object_at(root, "data");
  const auto* info = data ? object_at(*data, "processing_info") : nullptr;
  const auto state = info ? text_at(*info, "state") : std::string_view("succeeded");
  if (state == "pending" || state == "in_progress") return look_again(job, number_at(*info, "check_after_secs"));
  if (state != "failed") return end(job, JF_OUTCOME_ACCEPTED, JF_ERROR_NONE, {});
  const auto* error = object_at(*info, "error");
  const auto why = error ? text_at(*error, "message") : std::string_view();
  end(job, JF_OUTCOME_REJECTED, JF_ERROR_CONTENT,
      "X cannot use the file: " + std::string(why.empty() ? "it says no more" : why));
}

void Uploading::look_again(const JobPtr& job, std::int64_t seconds) {
  if (++job->looks > kMostLooks)
    return end(job, JF_OUTCOME_RETRY, JF_ERROR_UNAVAILABLE, "X takes too long with the file");
  host_.after(std::clamp<std::int64_t>(seconds, 1, kMostSeconds) * 1000, [this, job] {
    api_.as_user({.path = "/2/media/upload?command=STATUS&media_id=" + job->id},
                 [this, job](const sdk::HttpResponse& response) { on_state(job, response); });
  });
}

bool Uploading::went_well(const JobPtr& job, const sdk::HttpResponse& response) {
  limits_.note(Limited::media, response, host_.now_ms());
  if (response.ok()) return true;
  auto outcome = outcome_of_upload(response);
  if (outcome.error_class == JF_ERROR_THROTTLED)
    outcome.retry_after_ms = limits_.wait_ms(Limited::media, host_.now_ms());
  job->then(outcome);
  return false;
}

void Uploading::end(const JobPtr& job, std::uint32_t outcome, std::uint32_t error_class, std::string detail) {
  Outcome out;
  out.outcome = outcome;
  out.error_class = error_class;
  out.detail = std::move(detail);
  if (outcome == JF_OUTCOME_ACCEPTED) out.ids.push_back(job->id);
  job->then(out);
}

}  // namespace jackfield::twitter
