#include "dispatch.hpp"

#include <algorithm>
#include <utility>

namespace jackfield::email {
namespace {

constexpr const char* part = "sending";
constexpr std::uint64_t server_wait_ms = 10 * 1000;
constexpr std::uint64_t greylist_wait_ms = 60 * 1000;  // where the server does not say how long
constexpr std::size_t write_inline = 16 * 1024;        // a larger mail is written off the strand

sdk::ErrorClass class_of(SendFault fault) {
  switch (fault) {
    case SendFault::none: return sdk::ErrorClass::none;
    case SendFault::auth: return sdk::ErrorClass::auth;
    case SendFault::content: return sdk::ErrorClass::content;
    case SendFault::recipient: return sdk::ErrorClass::recipient;
    case SendFault::throttled: return sdk::ErrorClass::throttled;
    case SendFault::unavailable: break;
  }
  return sdk::ErrorClass::unavailable;
}

// Whom a wait concerns: all mails, when the server or the login is at fault; else this one's recipient, or only itself.
sdk::Scope scope_of(const SmtpResult& result) {
  if (result.server_fault || result.fault == SendFault::throttled) return sdk::Scope::channel;
  return result.recipient_wait ? sdk::Scope::recipient : sdk::Scope::message;
}

std::uint64_t wait_of(const SmtpResult& result) {
  if (result.after_ms > 0) return static_cast<std::uint64_t>(result.after_ms);
  if (result.server_fault) return server_wait_ms;
  return result.recipient_wait ? greylist_wait_ms : 0;
}

}  // namespace

struct Dispatch::Job {
  sdk::Send send;
  Outbound outbound;
  std::size_t fetched = 0, bytes = 0;  // of its files
  std::shared_ptr<bool> cancelled;
  SmtpResult result;
  bool is_cancelled() const { return *cancelled; }
};

Dispatch::Dispatch(sdk::Host& host, std::string channel, const Settings& settings, Health& health)
    : host_(host),
      channel_(std::move(channel)),
      settings_(settings),
      health_(health),
      automatic_cap_(settings.composition.automatic_a_day) {}

void Dispatch::start(std::shared_ptr<OauthTokens> tokens) {
  if (!settings_.smtp) return;
  if (!pool_) pool_ = std::make_shared<SmtpPool>(host_, *settings_.smtp, std::move(tokens));
  health_.well(part);
}

void Dispatch::drain() {
  if (pool_) pool_->drain();
}

void Dispatch::send(sdk::Send&& send) {
  if (!settings_.smtp)
    return send.rejected({.error = sdk::ErrorClass::config, .detail = "this channel has no smtp settings"});
  if (!pool_ || !rules_) return send.retry({.error = sdk::ErrorClass::internal, .detail = "the channel has not started"});
  Outbound outbound = read_outbound(send.message(), send.key(), rules_->own, settings_.composition);
  if (!outbound.refusal.empty()) {
    const auto fault = outbound.bad_recipient ? sdk::ErrorClass::recipient : sdk::ErrorClass::content;
    return send.rejected({.error = fault, .detail = outbound.refusal});
  }
  if (const std::string why = refuse_automatic(outbound, send.key()); !why.empty())
    return send.rejected({.error = sdk::ErrorClass::throttled, .detail = why});
  outbound.mail.date_ms = host_.now_ms();
  auto cancelled = std::make_shared<bool>(false);
  open_[send.token()] = cancelled;
  fetch_files(std::make_unique<Job>(Job{std::move(send), std::move(outbound), 0, 0, std::move(cancelled), {}}));
}

// Why it must not leave; empty: it may.
std::string Dispatch::refuse_automatic(const Outbound& outbound, std::string_view key) {
  if (!outbound.mail.automatic) return {};
  for (const Mailbox& mailbox : outbound.mail.to)
    if (!automatic_cap_.admit(mailbox.address, key, host_.now_ms()))
      return "this address has had " + std::to_string(settings_.composition.automatic_a_day) +
             " automatic mails within a day";
  return {};
}

void Dispatch::cancel(std::uint64_t token) {
  const auto open = open_.find(token);
  if (open == open_.end()) return;
  *open->second = true;
  pool_->cancel(token);
}

// One file after the other, so that memory holds one message's files and no more than its limit of them.
void Dispatch::fetch_files(JobPtr job) {
  if (job->is_cancelled() || job->fetched == job->outbound.blobs.size()) return note_id(std::move(job));
  const std::string blob = job->outbound.blobs[job->fetched];
  const std::size_t limit = settings_.max_size - std::min(settings_.max_size, job->bytes);
  host_.read_blob(blob, limit, [this, job = std::move(job)](jf_status status, std::string bytes) mutable {
    if (status == JF_OK) {
      job->bytes += bytes.size();
      job->outbound.mail.files[job->fetched++].bytes = std::move(bytes);
      return fetch_files(std::move(job));
    }
    open_.erase(job->send.token());
    if (status == JF_INVALID)
      return job->send.rejected({.error = sdk::ErrorClass::content, .detail = "its files are larger than max_size"});
    if (status == JF_NOT_FOUND)
      return job->send.rejected({.error = sdk::ErrorClass::content, .detail = "a file of it is not there any more"});
    job->send.retry({.error = sdk::ErrorClass::internal, .detail = "a file of it could not be read"});
  });
}

// The id is durable before the server may know it, so that an answer or a bounce always finds its message.
void Dispatch::note_id(JobPtr job) {
  Job& here = *job;
  here.send.note({here.outbound.mail.message_id}, [this, job = std::move(job)](jf_status status) mutable {
    if (status == JF_OK && !job->is_cancelled()) return hand_over(std::move(job));
    if (status != JF_OK)
      job->result.detail = "its Message-ID could not be stored";
    else
      job->result.outcome = SendOutcome::cancelled;
    answer(*job);
  });
}

void Dispatch::hand_over(JobPtr job) {
  auto bytes = std::make_shared<std::string>();
  Job& here = *job;
  const auto write = [bytes, mail = &here.outbound.mail] { *bytes = write_mail(*mail); };
  if (here.bytes + here.outbound.mail.text.size() <= write_inline) {
    write();
    return send_bytes(std::move(job), std::move(bytes));
  }
  host_.offload(write, [this, bytes, job = std::move(job)](jf_status status) mutable {
    if (status == JF_OK) return send_bytes(std::move(job), std::move(bytes));
    job->result.detail = "it could not be written as a mail";
    answer(*job);
  });
}

void Dispatch::send_bytes(JobPtr job, std::shared_ptr<const std::string> bytes) {
  SmtpMail mail;
  mail.from = job->outbound.mail.from.address;
  for (const Mailbox& mailbox : job->outbound.mail.to) mail.to.push_back(mailbox.address);
  mail.envelope_id = job->outbound.mail.message_id;
  mail.bytes = bytes;
  if (job->is_cancelled()) {
    job->result.outcome = SendOutcome::cancelled;
    return answer(*job);
  }
  const std::uint64_t token = job->send.token();
  const auto shared = std::make_shared<JobPtr>(std::move(job));
  pool_->send(token, std::move(mail), [this, shared, bytes](const SmtpResult& result) {
    if (result.outcome == SendOutcome::accepted && keep_) keep_(bytes);
    (*shared)->result = result;
    answer(**shared);
  });
}

void Dispatch::answer(Job& job) {
  open_.erase(job.send.token());
  const SmtpResult& result = job.result;
  const sdk::Failure why{.error = class_of(result.fault),
                         .code = result.code,
                         .detail = result.detail,
                         .after_ms = wait_of(result),
                         .scope = scope_of(result)};
  tell_state(result);
  switch (result.outcome) {
    case SendOutcome::accepted: return job.send.accepted({std::string_view(job.outbound.mail.message_id)});
    case SendOutcome::retry: return job.send.retry(why);
    case SendOutcome::rejected: return job.send.rejected(why);
    case SendOutcome::unknown: return job.send.unknown(result.detail);
    case SendOutcome::cancelled: return job.send.cancelled();
  }
}

void Dispatch::tell_state(const SmtpResult& result) {
  if (result.server_fault)
    health_.ill(part, result.detail);
  else if (result.outcome == SendOutcome::accepted)
    health_.well(part);
}

}  // namespace jackfield::email
