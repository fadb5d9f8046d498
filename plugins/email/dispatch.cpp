#include "dispatch.hpp"

#include <algorithm>
#include <utility>

namespace jackfield::email {
namespace {

constexpr const char* part = "sending";

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

SmtpJob smtp_job(const OutboundMail& mail, std::uint64_t timeout_ms) {
  SmtpJob job;
  job.from = mail.from.address;
  for (const Mailbox& mailbox : mail.to) job.to.push_back(mailbox.address);
  job.timeout_ms = std::max<std::int64_t>(static_cast<std::int64_t>(timeout_ms) - 1000, 1000);
  return job;
}

}  // namespace

struct Dispatch::Job {
  sdk::Send send;
  Outbound outbound;
  std::size_t fetched = 0, bytes = 0;  // of its files
  SmtpJob smtp;
  SmtpResult result;
  bool cancelled() const { return smtp.cancelled->load(); }
};

Dispatch::Dispatch(sdk::Host& host, std::string channel, const Settings& settings, Health& health)
    : host_(host),
      channel_(std::move(channel)),
      settings_(settings),
      health_(health),
      automatic_cap_(settings.composition.automatic_a_day) {}

void Dispatch::start() {
  if (!settings_.smtp) return;
  sender_ = std::make_shared<SmtpSender>(*settings_.smtp);
  health_.well(part);
}

void Dispatch::send(sdk::Send&& send) {
  if (!sender_) return send.rejected({.error = sdk::ErrorClass::config, .detail = "this channel has no smtp settings"});
  if (!rules_) return send.retry({.error = sdk::ErrorClass::internal, .detail = "the channel has not started"});
  Outbound outbound = read_outbound(send.message(), send.key(), rules_->own, settings_.composition);
  if (!outbound.refusal.empty()) {
    const auto fault = outbound.bad_recipient ? sdk::ErrorClass::recipient : sdk::ErrorClass::content;
    return send.rejected({.error = fault, .detail = outbound.refusal});
  }
  if (const std::string why = refuse_automatic(outbound, send.key()); !why.empty())
    return send.rejected({.error = sdk::ErrorClass::throttled, .detail = why});
  outbound.mail.date_ms = host_.now_ms();
  SmtpJob smtp = smtp_job(outbound.mail, send.timeout_ms());
  smtp.cancelled = std::make_shared<std::atomic<bool>>(false);
  open_[send.token()] = smtp.cancelled;
  fetch_files(std::make_unique<Job>(Job{std::move(send), std::move(outbound), 0, 0, std::move(smtp), {}}));
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
  if (const auto open = open_.find(token); open != open_.end()) open->second->store(true);
}

// One file after the other, so that memory holds one message's files and no more than its limit of them.
void Dispatch::fetch_files(JobPtr job) {
  if (job->cancelled() || job->fetched == job->outbound.blobs.size()) return note_id(std::move(job));
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
    if (status == JF_OK && !job->cancelled()) return hand_over(std::move(job));
    if (status != JF_OK)
      job->result.detail = "its Message-ID could not be stored";
    else
      job->result.outcome = SendOutcome::cancelled;
    answer(*job);
  });
}

void Dispatch::hand_over(JobPtr job) {
  Job* here = job.get();
  auto work = [here, sender = sender_] {
    here->smtp.bytes = write_mail(here->outbound.mail);
    here->result = sender->send(here->smtp);
  };
  host_.offload(std::move(work),
                [this, job = std::move(job)](jf_status status) mutable { finish(std::move(job), status); });
}

void Dispatch::finish(JobPtr job, jf_status status) {
  if (status == JF_INTERNAL) {  // threw: nobody knows how far it came
    job->result.outcome = SendOutcome::unknown;
    job->result.detail = "the send broke off";
  } else if (status != JF_OK) {
    job->result.detail = "too much is being sent";
  }
  answer(*job);
}

void Dispatch::answer(Job& job) {
  open_.erase(job.send.token());
  const SmtpResult& result = job.result;
  const sdk::Failure why{.error = class_of(result.fault), .code = result.code, .detail = result.detail};
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
