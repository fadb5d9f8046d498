#include "sending.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
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

std::string kept_key(const std::string& send_key) { return "partly-sent/" + send_key; }

}  // namespace

bool Sending::sign(std::string_view signal) {
  const auto body = encode_sign(signal);
  if (body.empty()) return false;
  const auto url = graph_.messages_url();
  auto headers = graph_.headers();
  headers.add("Content-Type", "application/json");
  host_.http({.method = "POST", .url = url, .headers = headers, .body = body}, [](const sdk::HttpResponse&) {});
  return true;
}

std::string Sending::preview(std::string_view message) const {
  namespace json = boost::json;
  const auto encoded = encode(message, options_);
  json::array problems, notes(encoded.notes.begin(), encoded.notes.end());
  if (encoded.requests.empty())
    problems.push_back({{"class", class_name(encoded.error_class)}, {"detail", encoded.detail}});
  return json::serialize(json::object{{"sendable", !encoded.requests.empty()},
                                      {"problems", std::move(problems)},
                                      {"notes", std::move(notes)},
                                      {"messages", encoded.requests.size()}});
}

void Sending::send(sdk::Send&& send) {
  auto encoded = encode(send.message(), options_);
  if (encoded.requests.empty())
    return send.rejected({.error = static_cast<sdk::ErrorClass>(encoded.error_class), .detail = encoded.detail});
  const std::string key(send.key());
  const auto token = send.token();
  auto job = std::make_shared<Job>(Job{std::move(send), key, std::move(encoded.requests), {}, {}, false});
  open_[token] = job;
  if (const auto known = unfinished_.find(key); known != unfinished_.end()) {
    job->progress = known->second.progress;
    job->kept = known->second.kept;
  } else if (job->requests.size() > 1) {
    return recall(job);
  }
  next(job);
}

// {"requests": how many were taken, "ids": […]}; uploads are done again.
void Sending::recall(const JobPtr& job) {
  host_.kv_get(kept_key(job->key), [this, job](jf_status status, std::string_view value) {
    if (!job->send.is_open()) return;
    if (status != JF_OK && status != JF_NOT_FOUND) {
      open_.erase(job->send.token());
      return job->send.retry(
          {.error = sdk::ErrorClass::unavailable, .detail = "the store does not tell what was sent"});
    }
    boost::system::error_code wrong;
    const auto kept = status == JF_OK ? boost::json::parse(value, wrong) : boost::json::value();
    if (const auto* progress = kept.if_object(); progress && !wrong) {
      job->kept = value;
      const auto* requests = progress->if_contains("requests");
      if (requests && requests->is_int64())
        job->progress.requests = std::min(static_cast<std::size_t>(requests->get_int64()), job->requests.size());
      if (const auto* ids = progress->if_contains("ids"); ids && ids->is_array())
        for (const auto& id : ids->get_array())
          if (id.is_string()) job->progress.ids.emplace_back(id.get_string());
    }
    next(job);
  });
}

// A store that cannot write is no reason to stop in the middle of a message.
void Sending::keep(const JobPtr& job, std::function<void()> then) {
  namespace json = boost::json;
  const auto& progress = job->progress;
  const bool done = progress.requests == job->requests.size();
  const auto value =
      done ? std::string()
           : json::serialize(json::object{{"requests", progress.requests},
                                          {"ids", json::array(progress.ids.begin(), progress.ids.end())}});
  const auto expected = std::exchange(job->kept, value);
  host_.kv_cas(kept_key(job->key), expected, value, [then = std::move(then)](jf_status) { then(); });
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
  if (++progress.requests == job->requests.size()) return next(job);
  job->send.note(progress.ids, [](jf_status) {});
  keep(job, [this, job] {
    if (job->send.is_open()) next(job);
  });
}

void Sending::finish(const JobPtr& job, const Outcome& outcome) {
  open_.erase(job->send.token());
  unfinished_.erase(job->key);
  const auto& progress = job->progress;
  if (outcome.outcome != JF_OUTCOME_ACCEPTED && (progress.requests > 0 || !progress.uploads.empty())) remember(*job);
  answer(*job, outcome);
  if (outcome.outcome == JF_OUTCOME_ACCEPTED && !job->kept.empty()) keep(job, [] {});
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
  unfinished_[job.key] = {job.progress, job.kept};
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
