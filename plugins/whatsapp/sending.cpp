#include "sending.hpp"

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "manifest.hpp"

namespace jackfield::whatsapp {
namespace {

constexpr std::size_t kMostUnfinished = 1024;
constexpr std::int64_t kFirstPauseMs = 5000, kLongestPauseMs = 300000;

sdk::Failure failure_of(const Outcome& outcome) {
  return {static_cast<sdk::ErrorClass>(outcome.error_class), outcome.code, outcome.detail, outcome.retry_after_ms,
          static_cast<sdk::Scope>(outcome.scope)};
}

std::string form_of(const Upload& upload) {
  namespace json = boost::json;
  return json::serialize(json::object{{"fields", {{"messaging_product", "whatsapp"}, {"type", upload.media_type}}},
                                      {"name", upload.name},
                                      {"media_type", upload.media_type}});
}

}  // namespace

void Sending::send(sdk::Send&& send) {
  auto encoded = encode(send.message());
  if (encoded.requests.empty())
    return send.rejected({.error = static_cast<sdk::ErrorClass>(encoded.error_class), .detail = encoded.detail});
  const std::string key(send.key());
  const auto token = send.token();
  auto job = std::make_shared<Job>(Job{std::move(send), key, std::move(encoded.requests), {}, false});
  if (const auto known = unfinished_.find(key); known != unfinished_.end()) job->progress = known->second;
  open_[token] = job;
  next(job);
}

void Sending::cancel(std::uint64_t token) {
  const auto found = open_.find(token);
  if (found == open_.end()) return;
  const auto job = found->second;
  Outcome outcome;
  outcome.outcome = job->asked_to_send ? JF_OUTCOME_UNKNOWN : JF_OUTCOME_CANCELLED;
  outcome.detail = "no answer by the deadline";
  finish(job, outcome);
}

void Sending::next(const JobPtr& job) {
  auto& progress = job->progress;
  if (progress.requests == job->requests.size()) {
    Outcome all;
    all.outcome = JF_OUTCOME_ACCEPTED;
    return finish(job, all);
  }
  const auto& request = job->requests[progress.requests];
  if (request.upload && !progress.uploads.contains(request.upload->blob)) return upload(job, *request.upload);
  post(job, request);
}

void Sending::upload(const JobPtr& job, const Upload& upload) {
  const auto url = graph_.upload_url(), form = form_of(upload);
  const auto headers = graph_.headers();
  host_.http({.method = "POST",
              .url = url,
              .headers = headers,
              .timeout_ms = job->send.timeout_ms(),
              .body_blob = upload.blob,
              .form = form},
             [this, job, blob = upload.blob](const sdk::HttpResponse& response) {
               if (!job->send.is_open()) return;  // cancelled meanwhile
               const auto outcome = outcome_of_upload(response, job->send.attempt(), host_.now_ms());
               if (outcome.outcome != JF_OUTCOME_ACCEPTED) return finish(job, outcome);
               job->progress.uploads[blob] = outcome.ids.front();
               next(job);
             });
}

void Sending::post(const JobPtr& job, const Request& request) {
  const auto& uploads = job->progress.uploads;
  const auto body = request.body_with(request.upload ? uploads.at(request.upload->blob) : std::string());
  const auto url = graph_.messages_url();
  auto headers = graph_.headers();
  headers.add("Content-Type", "application/json");
  job->asked_to_send = true;
  host_.http({.method = "POST", .url = url, .headers = headers, .body = body, .timeout_ms = job->send.timeout_ms()},
             [this, job](const sdk::HttpResponse& response) {
               if (!job->send.is_open()) return;
               on_posted(job, outcome_of_send(response, job->send.attempt(), host_.now_ms()));
             });
}

void Sending::on_posted(const JobPtr& job, Outcome outcome) {
  job->asked_to_send = false;
  if (outcome.outcome != JF_OUTCOME_ACCEPTED) return finish(job, outcome);
  auto& progress = job->progress;
  progress.ids.insert(progress.ids.end(), outcome.ids.begin(), outcome.ids.end());
  // Receipts of this part may come while the next is on its way, and the next may fail.
  if (++progress.requests < job->requests.size()) job->send.note(progress.ids, [](jf_status) {});
  next(job);
}

void Sending::finish(const JobPtr& job, const Outcome& outcome) {
  open_.erase(job->send.token());
  unfinished_.erase(job->key);
  const auto& progress = job->progress;
  if (outcome.outcome != JF_OUTCOME_ACCEPTED && (progress.requests > 0 || !progress.uploads.empty())) remember(*job);
  answer(*job, outcome);
  if (outcome.outcome == JF_OUTCOME_ACCEPTED) works_again();
  if (outcome.outcome == JF_OUTCOME_REJECTED && outcome.error_class == JF_ERROR_AUTH) pause(outcome.detail);
}

void Sending::answer(Job& job, const Outcome& outcome) {
  switch (outcome.outcome) {
    case JF_OUTCOME_ACCEPTED: return job.send.accepted(job.progress.ids);
    case JF_OUTCOME_RETRY: return job.send.retry(failure_of(outcome));
    case JF_OUTCOME_REJECTED: return job.send.rejected(failure_of(outcome));
    case JF_OUTCOME_CANCELLED: return job.send.cancelled();
    default: return job.send.unknown(outcome.detail);
  }
}

void Sending::remember(const Job& job) {
  unfinished_[job.key] = job.progress;
  std::erase(unfinished_order_, job.key);  // once in the list, so that its end is the end of this try's progress only
  unfinished_order_.push_back(job.key);
  if (unfinished_order_.size() <= kMostUnfinished) return;
  unfinished_.erase(unfinished_order_.front());
  unfinished_order_.pop_front();
}

void Sending::pause(const std::string& detail) {
  const auto wait = std::min(kFirstPauseMs << std::min(refusals_in_a_row_++, 16u), kLongestPauseMs);
  host_.set_state(sdk::State::degraded, "Meta refuses to send: " + detail);
  host_.set_capacity(0);
  host_.after(wait, [this] { host_.set_capacity(1); });
}

void Sending::works_again() {
  if (refusals_in_a_row_ == 0) return;
  refusals_in_a_row_ = 0;
  host_.set_capacity(kMostOpenSends);
  host_.set_state(sdk::State::ready);
}

}  // namespace jackfield::whatsapp
