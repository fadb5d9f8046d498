#include "smpp_sending.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "kv_store.hpp"
#include "smpp_status.hpp"
#include "smpp_submit.hpp"

namespace jackfield::sms::smpp {
namespace {

constexpr std::size_t most_given_up = 4096;
constexpr std::uint32_t tries_of_a_later_part = 10;

std::uint16_t random_reference(sdk::Host& host) {
  std::array<std::uint8_t, 2> octets{};
  host.random(octets);
  return static_cast<std::uint16_t>(octets[0] << 8 | octets[1]);
}

}  // namespace

Sending::Sending(sdk::Host& host, Inbox& inbox, const SmppSettings& settings, const Binds& binds, ReceiptIdMatcher& ids,
                 PartReceipts& parts)
    : host_(host),
      inbox_(inbox),
      settings_(settings),
      binds_(binds),
      ids_(ids),
      parts_(parts),
      reference_(random_reference(host)) {}

std::string Sending::text_with_links(const Outbound& message, std::string& refusal) {
  std::string text = message.text;
  for (const OutboundMedia& media : message.media) {
    if (media.url.empty()) refusal = "SMPP carries no files, and without server.public_url there are no links to them";
    if (!text.empty()) text += '\n';
    text += media.url;
  }
  if (text.empty() && refusal.empty()) refusal = "it has no text";
  return text;
}

void Sending::send(sdk::Send&& send, const Outbound& message) {
  std::string refusal;
  const Segmented segmented = segment_for(text_with_links(message, refusal), settings_);
  if (refusal.empty() && segmented.segments.size() > settings_.max_segments)
    refusal = "the text needs " + std::to_string(segmented.segments.size()) + " short messages, and max_segments is " +
              std::to_string(settings_.max_segments);
  if (!refusal.empty()) return send.rejected({.error = sdk::ErrorClass::content, .detail = refusal});
  const std::uint64_t token = send.token();
  const std::string key(send.key());
  auto job = std::make_shared<Job>(
      Job{std::move(send), key, make_submits(segmented, message.to, ++reference_, settings_), {}, 0, false});
  open_[token] = job;
  open_parted_ += job->submits.size() > 1;
  submit_next(job);
}

Bind* Sending::roomiest() const {
  Bind* best = nullptr;
  for (const auto& bind : binds_)
    if (bind->room() > (best ? best->room() : 0)) best = bind.get();
  return best;
}

void Sending::submit_next(const JobPtr& job) {
  if (full_ == 0 && job->ids.empty()) return give_back(job, "no bind is up");
  Bind* bind = pace_.is_paused(host_.now_ms()) ? nullptr : roomiest();
  if (!bind) return waiting_.push_back(job->send.token());
  job->asked = true;
  bind->submit(job->send.token(), job->submits[job->next()]);
}

void Sending::submit_waiting() {
  while (!waiting_.empty() && !pace_.is_paused(host_.now_ms()) && roomiest()) {
    const auto found = open_.find(waiting_.front());
    waiting_.pop_front();
    if (found != open_.end() && !found->second->asked) submit_next(JobPtr(found->second));
  }
}

void Sending::on_answered(std::uint64_t ticket, std::uint32_t status, const std::string& id, bool late) {
  if (late) return told_late(ticket, status, id);
  const auto found = open_.find(ticket);
  if (found == open_.end()) {  // its deadline has passed meanwhile
    told_late(ticket, status, id);
    return submit_waiting();
  }
  const JobPtr job = found->second;
  job->asked = false;
  if (status == ESME_ROK)
    taken(job, id);
  else
    refused(job, status);
  submit_waiting();
}

void Sending::taken(const JobPtr& job, const std::string& id) {
  if (pace_.is_slowed()) {
    pace_.accepted();
    set_capacity();
  }
  job->ids.push_back(plain_id(id));
  job->tries = 0;
  ids_.taken(job->ids.back());
  KvWrites writes;
  if (job->submits.size() > 1) writes = parts_.taken(job->key, job->ids.back(), job->submits.size());
  if (job->next() < job->submits.size()) return submit_next(job);
  finish(job, writes);
}

// The parts are stored before the host knows their ids, so that no receipt of a part is one of the whole after a
// restart.
void Sending::finish(const JobPtr& job, const KvWrites& writes) {
  store(host_, writes, [this, job](jf_status) {
    std::vector<std::string> ids = job->ids;
    std::erase(ids, std::string());  // of an answer without an id
    job->send.accepted(ids);
    end(job);
  });
}

void Sending::refused(const JobPtr& job, std::uint32_t status) {
  const StatusMeaning meaning = meaning_of(status, job->send.attempt());
  const std::string code = status_name(status);
  if (meaning.verdict == Verdict::throttled) {
    pace_.throttled(host_.now_ms());
    host_.count("throttled");
    set_capacity();
  }
  const bool worth_a_try = meaning.verdict == Verdict::throttled || meaning.verdict == Verdict::retry;
  if (job->ids.empty()) {
    const std::string detail = "the SMSC answered " + code;
    sdk::Failure why{.error = meaning.error, .code = code, .detail = detail};
    if (meaning.verdict == Verdict::throttled) {
      why.after_ms = static_cast<std::uint64_t>(std::max<std::int64_t>(pace_.paused_until_ms() - host_.now_ms(), 1));
      why.scope = sdk::Scope::channel;
    }
    worth_a_try ? job->send.retry(why) : job->send.rejected(why);
    return end(job);
  }
  if (worth_a_try && ++job->tries < tries_of_a_later_part) return waiting_.push_back(job->send.token());
  const std::string detail = "part " + std::to_string(job->next() + 1) + " of " + std::to_string(job->submits.size()) +
                             " was answered " + code + "; those before it were taken";
  break_off(job, {.error = meaning.error, .code = code, .detail = detail});
}

// Some parts are with the customer and the rest will not be. Their ids are kept, so that their receipts find it.
void Sending::break_off(const JobPtr& job, const sdk::Failure& why) {
  job->send.note(job->ids, [](jf_status) {});
  job->send.rejected(why);
  end(job);
}

void Sending::on_lost(std::uint64_t ticket, std::string_view why) {
  const auto found = open_.find(ticket);
  if (found == open_.end()) return;
  const JobPtr job = found->second;
  if (!job->ids.empty()) job->send.note(job->ids, [](jf_status) {});
  job->send.unknown(why);
  given_up_[ticket] = job->key;
  given_up_order_.push_back(ticket);
  if (given_up_order_.size() > most_given_up) {
    given_up_.erase(given_up_order_.front());
    given_up_order_.pop_front();
  }
  end(job);
}

// The answer to what was given up as unknown: it settles that after all.
void Sending::told_late(std::uint64_t ticket, std::uint32_t status, const std::string& id) {
  const auto found = given_up_.find(ticket);
  if (found == given_up_.end()) return;
  Receipt receipt;
  receipt.correlation = found->second;
  receipt.id = plain_id(id);
  receipt.status = status == ESME_ROK ? "sent" : "failed";
  receipt.code = status_name(status);
  receipt.detail = "the SMSC answered late: " + receipt.code;
  if (status != ESME_ROK) receipt.error = meaning_of(status, 1).error;
  given_up_.erase(found);
  ids_.taken(receipt.id);
  inbox_.receive(std::move(receipt), {}, [](jf_status) {});
}

void Sending::cancel(std::uint64_t token) {
  const auto found = open_.find(token);
  if (found == open_.end()) return;
  const JobPtr job = found->second;
  if (job->next() == job->submits.size()) return;  // all was taken, its ids are being stored
  if (job->asked) return on_lost(token, "no answer by the deadline");
  if (job->ids.empty()) {
    job->send.cancelled();
    return end(job);
  }
  break_off(job, {.error = sdk::ErrorClass::unavailable,
                  .detail = "only " + std::to_string(job->ids.size()) + " of " + std::to_string(job->submits.size()) +
                            " parts were taken by the deadline"});
}

void Sending::end(const JobPtr& job) {
  open_parted_ -= job->submits.size() > 1 ? open_.count(job->send.token()) : 0;
  open_.erase(job->send.token());
}

void Sending::drain() { give_back_waiting("closing down"); }

// What has not been begun goes back to the host, which keeps it durably.
void Sending::give_back_waiting(std::string_view why) {
  for (const std::uint64_t token : std::exchange(waiting_, {})) {
    const auto found = open_.find(token);
    if (found == open_.end()) continue;
    const JobPtr job = found->second;
    job->ids.empty() ? give_back(job, why) : waiting_.push_back(token);
  }
}

void Sending::give_back(const JobPtr& job, std::string_view why) {
  job->send.retry({.error = sdk::ErrorClass::unavailable, .detail = why, .after_ms = 1000});
  end(job);
}

void Sending::binds_changed() {
  full_ = 0;
  for (const auto& bind : binds_) full_ += bind->can_submit() ? settings_.window : 0;
  pace_.set_full(full_);
  set_capacity();
  full_ == 0 ? give_back_waiting("no bind is up") : submit_waiting();
}

void Sending::set_capacity() {
  const std::int64_t now = host_.now_ms();
  if (pace_.is_paused(now) && !std::exchange(resuming_, true))
    host_.at(pace_.paused_until_ms(), [this] {
      resuming_ = false;
      set_capacity();
      submit_waiting();
    });
  const std::size_t capacity = pace_.open_at_once(now);
  if (capacity == std::exchange(capacity_, capacity)) return;
  host_.set_capacity(static_cast<std::uint32_t>(capacity));
  host_.gauge("window", static_cast<double>(capacity));
}

}  // namespace jackfield::sms::smpp
