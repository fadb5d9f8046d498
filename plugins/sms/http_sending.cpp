#include "http_sending.hpp"

#include <algorithm>

#include "manifest.hpp"

namespace jackfield::sms {
namespace {

constexpr std::int64_t kFirstPauseMs = 5000, kLongestPauseMs = 300'000;

void answer(sdk::Send& send, const HttpOutcome& outcome) {
  const sdk::Failure failure{outcome.error, outcome.code, outcome.detail, outcome.retry_after_ms, outcome.scope};
  switch (outcome.outcome) {
    case JF_OUTCOME_ACCEPTED: return send.accepted({outcome.id});
    case JF_OUTCOME_RETRY: return send.retry(failure);
    case JF_OUTCOME_REJECTED: return send.rejected(failure);
    default: return send.unknown(outcome.detail);
  }
}

}  // namespace

void HttpSending::send(sdk::Send&& send, std::string to, const HttpPost& post) {
  const auto token = send.token(), timeout = send.timeout_ms();
  const auto job = std::make_shared<Job>(Job{std::move(send), std::move(to)});
  open_[token] = job;
  host_.http({.method = "POST", .url = post.url, .headers = post.headers, .body = post.body, .timeout_ms = timeout},
             [this, job](const sdk::HttpResponse& response) {
               if (!job->send.is_open()) return;  // cancelled meanwhile
               on_answer(*job, read_(response, job->send.attempt(), host_.now_ms()));
             });
}

void HttpSending::cancel(std::uint64_t token) {
  const auto found = open_.find(token);
  if (found == open_.end()) return;
  found->second->send.unknown("no answer by the deadline");
  open_.erase(found);
}

void HttpSending::on_answer(Job& job, const HttpOutcome& outcome) {
  open_.erase(job.send.token());
  answer(job.send, outcome);
  if (outcome.outcome == JF_OUTCOME_ACCEPTED) return works_again();
  if (outcome.outcome != JF_OUTCOME_REJECTED) return;
  if (outcome.error == sdk::ErrorClass::opted_out) inbox_.opted_out(job.to, outcome.detail);
  if (outcome.error == sdk::ErrorClass::auth) pause(outcome.detail);
}

void HttpSending::pause(const std::string& detail) {
  const auto wait = std::min(kFirstPauseMs << std::min(refusals_in_a_row_++, 16u), kLongestPauseMs);
  host_.set_state(sdk::State::degraded, name_ + " refuses to send: " + detail);
  host_.set_capacity(0);
  host_.after(wait, [this] { host_.set_capacity(1); });
}

void HttpSending::works_again() {
  if (refusals_in_a_row_ == 0) return;
  refusals_in_a_row_ = 0;
  host_.set_capacity(kMostOpenSends);
  host_.set_state(sdk::State::ready);
}

}  // namespace jackfield::sms
