#include "sending.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>

#include "decode_item.hpp"
#include "json_read.hpp"
#include "json_write.hpp"
#include "manifest.hpp"

namespace jackfield::twitter {
namespace {

namespace json = boost::json;
constexpr std::size_t kMostUnfinished = 1024;
constexpr std::int64_t kFirstPauseMs = 5000, kLongestPauseMs = 300'000, kCreditsPauseMs = 600'000;
constexpr std::int64_t kLookAfterMs = 2000, kLookAtMostMs = 15'000, kClockMargin = 60'000;

sdk::Failure failure_of(const Outcome& outcome) {
  return {static_cast<sdk::ErrorClass>(outcome.error_class), outcome.code, outcome.detail, outcome.retry_after_ms,
          static_cast<sdk::Scope>(outcome.scope)};
}

Limited limit_of(const Request& request) { return request.is_public ? Limited::posts : Limited::direct_messages; }

std::string customer_of(std::string_view message) {
  boost::system::error_code error;
  const auto value = json::parse(message, error);
  const auto* root = error ? nullptr : value.if_object();
  const auto* to = root ? array_at(*root, "to") : nullptr;
  const auto* first = to && !to->empty() ? to->front().if_object() : nullptr;
  const auto address = first ? text_at(*first, "address") : std::string_view();
  return std::string(address.starts_with("twitter:") ? address.substr(8) : address);
}

// The newest of our direct messages on the page with this text, not older than that.
std::string find_sent(const Page& page, const std::string& text, std::int64_t since_ms) {
  for (auto echo = page.decoded.echoes.rbegin(); echo != page.decoded.echoes.rend(); ++echo)
    if (echo->text == text && time_of_id(echo->id) >= since_ms - kClockMargin) return echo->id;
  return {};
}

std::string conversation_page(const std::string& user) {
  return "/2/dm_conversations/with/" + user +
         "/dm_events?max_results=20&event_types=MessageCreate"
         "&dm_event.fields=created_at,sender_id,dm_conversation_id,event_type,text,entities";
}

}  // namespace

void Sending::send(sdk::Send&& send) {
  auto encoded = encode(send.message(), settings_);
  if (encoded.requests.empty())
    return send.rejected({.error = static_cast<sdk::ErrorClass>(encoded.error_class), .detail = encoded.detail});
  const std::string key(send.key());
  auto customer = customer_of(send.message());
  const auto token = send.token();
  auto job = std::make_shared<Job>(
      Job{std::move(send), key, std::move(customer), std::move(encoded.requests), {}, false, 0, false});
  if (const auto known = unfinished_.find(key); known != unfinished_.end()) job->progress = known->second;
  open_[token] = job;
  if (has_to_wait(job)) return;
  job->requests.front().is_public && !settings_.enterprise ? check_summons(job) : next(job);
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

// Only this message waits: posts that are used up hold back no direct message, and what concerns one user no other.
bool Sending::has_to_wait(const JobPtr& job) {
  const auto& request = job->requests[std::min(job->progress.requests, job->requests.size() - 1)];
  const auto wait = limits_.wait_ms(limit_of(request), host_.now_ms());
  if (wait == 0) return false;
  Outcome outcome;
  outcome.outcome = JF_OUTCOME_RETRY;
  outcome.error_class = JF_ERROR_THROTTLED;
  outcome.retry_after_ms = wait;
  outcome.detail = request.is_public ? "X takes no more posts for now" : "X takes no more direct messages for now";
  finish(job, outcome);
  return true;
}

// Whose post neither mentioned nor quoted us was noted when it came (intake.cpp).
void Sending::check_summons(const JobPtr& job) {
  host_.kv_get("unsummoned." + job->requests.front().recipient, [this, job](jf_status status, std::string_view) {
    if (!job->send.is_open()) return;
    if (status != JF_OK) return next(job);
    Outcome outcome;
    outcome.outcome = JF_OUTCOME_REJECTED;
    outcome.error_class = JF_ERROR_RECIPIENT;
    outcome.code = "not summoned";
    outcome.detail = "the author of this post did not ask for an answer: " + std::string(kSummonedRule);
    finish(job, outcome);
  });
}

void Sending::next(const JobPtr& job) {
  auto& progress = job->progress;
  if (progress.requests == job->requests.size()) {
    Outcome all;
    all.outcome = JF_OUTCOME_ACCEPTED;
    return finish(job, all);
  }
  if (has_to_wait(job)) return;
  const auto& request = job->requests[progress.requests];
  for (const auto& each : request.uploads)
    if (!progress.uploads.contains(each.blob)) return upload(job, each);
  // Whatever becomes of this process, X will tell us of the message: it must be known again then.
  open_sends_.begin({job->key, job->customer, request.text, request.is_public, host_.now_ms()}, [this, job] {
    if (job->send.is_open()) post(job, job->requests[job->progress.requests]);
  });
}

void Sending::upload(const JobPtr& job, const Upload& upload) {
  uploading_.upload(upload, [this, job, blob = upload.blob](const Outcome& outcome) {
    if (!job->send.is_open()) return;  // cancelled meanwhile
    if (outcome.outcome != JF_OUTCOME_ACCEPTED) return finish(job, outcome);
    job->progress.uploads[blob] = outcome.ids.front();
    next(job);
  });
}

void Sending::post(const JobPtr& job, const Request& request) {
  std::vector<std::string> media_ids;
  for (const auto& each : request.uploads) media_ids.push_back(job->progress.uploads.at(each.blob));
  job->asked_to_send = true;
  job->asked_ms = host_.now_ms();
  limits_.take(limit_of(request));
  api_.as_user({.method = "POST",
                .path = request.path(),
                .body = request.body(media_ids),
                .timeout_ms = std::min<std::uint64_t>(job->send.timeout_ms(), 30'000)},
               [this, job](const sdk::HttpResponse& response) { on_posted(job, response); });
}

void Sending::on_posted(const JobPtr& job, const sdk::HttpResponse& response) {
  const auto& request = job->requests[job->progress.requests];
  const auto limited = limit_of(request);
  limits_.note(limited, response, host_.now_ms());
  if (!job->send.is_open()) return;
  auto outcome = outcome_of_send(response, {request.is_public, settings_.enterprise, job->send.attempt()});
  if (outcome.error_class == JF_ERROR_THROTTLED)
    outcome.retry_after_ms =
        std::max(limits_.wait_ms(limited, host_.now_ms()), response.retry_after_ms(host_.now_ms()));
  if (outcome.outcome == JF_OUTCOME_UNKNOWN && !request.is_public) return find_after_silence(job, outcome);
  posted(job, std::move(outcome));
}

// X knows no idempotency keys; but what it took it shows.
void Sending::find_after_silence(const JobPtr& job, const Outcome& outcome) {
  job->looking = true;
  const auto end = [this, job](const Outcome& found) {
    if (job->send.is_open() && std::exchange(job->looking, false)) posted(job, found);
  };
  host_.after(kLookAfterMs, [this, job, outcome, end] {
    if (!job->send.is_open()) return;
    api_.as_user(
        {.path = conversation_page(job->customer)}, [this, job, outcome, end](const sdk::HttpResponse& response) {
          limits_.note(Limited::reads, response, host_.now_ms());
          const auto& text = job->requests[job->progress.requests].text;
          const auto page =
              response.ok() ? decode_page(PageKind::direct_messages, settings_.user_id, response.body) : Page{};
          const auto id = find_sent(page, text, job->asked_ms);
          if (id.empty()) return end(outcome);
          Outcome accepted;
          accepted.outcome = JF_OUTCOME_ACCEPTED;
          accepted.ids = {id};
          end(accepted);
        });
  });
  host_.after(kLookAtMostMs, [outcome, end] { end(outcome); });
}

void Sending::look_for(const OpenSend& send) {
  if (send.is_public) return;  // its echo comes, or a person decides
  api_.as_user({.path = conversation_page(send.to)}, [this, send](const sdk::HttpResponse& response) {
    limits_.note(Limited::reads, response, host_.now_ms());
    const auto page = response.ok() ? decode_page(PageKind::direct_messages, settings_.user_id, response.body) : Page{};
    const auto id = find_sent(page, send.text, send.at_ms);
    if (id.empty()) return;
    open_sends_.end(send.correlation);
    std::string event = R"({"type":"status")";
    append_field(event, "id", id);
    append_field(event, "account", settings_.user_id);
    append_field(event, "correlation", send.correlation);
    host_.deliver(event + R"(,"status":"sent"})");
  });
}

void Sending::posted(const JobPtr& job, Outcome outcome) {
  job->asked_to_send = false;
  if (outcome.outcome != JF_OUTCOME_ACCEPTED) return finish(job, outcome);
  for (const auto& id : outcome.ids) open_sends_.accepted(id);
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
  const bool done = outcome.outcome == JF_OUTCOME_ACCEPTED;
  if (!done && (progress.requests > 0 || !progress.uploads.empty())) remember(*job);
  answer(*job, outcome);
  // one whose end is not known stays, so that its echo is known
  if (outcome.outcome != JF_OUTCOME_UNKNOWN) open_sends_.end(job->key);
  if (done) works_again();
  if (outcome.token || outcome.credits) pause(outcome);
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

void Sending::pause(const Outcome& outcome) {
  const auto wait =
      outcome.credits ? kCreditsPauseMs : std::min(kFirstPauseMs << std::min(refusals_in_a_row_, 16u), kLongestPauseMs);
  ++refusals_in_a_row_;
  health_.complain("sending", sdk::State::degraded,
                   outcome.credits ? "X: " + outcome.detail : "X refuses the account's token: " + outcome.detail);
  host_.set_capacity(0);
  host_.after(wait, [this] { host_.set_capacity(1); });
}

void Sending::works_again() {
  if (refusals_in_a_row_ == 0) return;
  refusals_in_a_row_ = 0;
  host_.set_capacity(kMostOpenSends);
  health_.fine("sending");
}

}  // namespace jackfield::twitter
