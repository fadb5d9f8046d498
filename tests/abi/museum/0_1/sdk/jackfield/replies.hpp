// SPDX-License-Identifier: Apache-2.0
//
// replies.hpp: what a connector owes an answer to: a send, a webhook, a fetch of media. Each is moved, never copied;
// its destructor gives the cautious answer, so that a forgotten one cannot break the contract.
#ifndef JACKFIELD_REPLIES_HPP
#define JACKFIELD_REPLIES_HPP

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "jackfield/host.hpp"

namespace jackfield::sdk {

// Why a send did not work. Views are borrowed until the call returns. detail is for people and holds no secret.
struct Failure {
  ErrorClass error = ErrorClass::unavailable;
  std::string_view code = {};  // the provider's own
  std::string_view detail = {};
  std::uint64_t after_ms = 0;    // of a retry; 0: the host's backoff decides
  Scope scope = Scope::message;  // of a retry: what the wait concerns
};

// One try to send one message. Answered by exactly one of accepted, retry, rejected, unknown, cancelled, from any
// thread; later answers are ignored. Destroyed without one: UNKNOWN. key() and message() are views that live until
// Connector::send returns: copy what is needed later.
class Send {
 public:
  Send(Host& host, const jf_send& send)
      : host_(&host),
        token_(send.token),
        timeout_ms_(send.timeout_ms),
        attempt_(send.attempt),
        key_(view(send.idempotency_key)),
        message_(view(send.message)) {}
  Send(Send&& other) noexcept { take(other); }
  Send& operator=(Send&& other) noexcept {
    if (this != &other) {
      forgotten();
      take(other);
    }
    return *this;
  }
  ~Send() { forgotten(); }

  std::string_view key() const noexcept { return key_; }          // idempotency key: the message's id
  std::string_view message() const noexcept { return message_; }  // JSON, schema/outbound-message.json
  std::uint64_t token() const noexcept { return token_; }         // what Connector::cancel names
  std::uint64_t timeout_ms() const noexcept { return timeout_ms_; }
  std::uint32_t attempt() const noexcept { return attempt_; }
  bool is_open() const noexcept { return host_ != nullptr; }

  // The provider took it; every id that it gave.
  void accepted(std::initializer_list<std::string_view> ids) { accept(json_array(ids)); }
  void accepted(const std::vector<std::string>& ids) { accept(json_array(ids)); }
  // Certainly not sent; worth another try.
  void retry(const Failure& why) { answer(JF_OUTCOME_RETRY, why, {}); }
  // Certainly not sent; never will be.
  void rejected(const Failure& why) { answer(JF_OUTCOME_REJECTED, why, {}); }
  // May have been sent.
  void unknown(std::string_view detail) { answer(JF_OUTCOME_UNKNOWN, {.detail = detail}, {}); }
  // Certainly not sent, because the host cancelled it.
  void cancelled() { answer(JF_OUTCOME_CANCELLED, {.detail = "cancelled"}, {}); }
  // For an HTTP request without a complete answer: RETRY when no byte of it left, else UNKNOWN.
  void unanswered(const HttpResponse& response) {
    if (response.progress == JF_HTTP_NOT_SENT) return retry({.detail = response.error});
    unknown(response.error);
  }
  // Only inside Connector::send, before anything was started: the host queues it again. Prefer Host::set_capacity.
  void busy() noexcept {
    if (host_ != nullptr) busy_ = true;
    host_ = nullptr;
  }

  // Stores ids before they are used, so that a receipt that overtakes the answer finds its message.
  void note(const std::vector<std::string>& ids, Host::Done done) {
    if (host_ == nullptr) return done(JF_STATE);
    const std::uint64_t op = host_->add(std::move(done));
    const jf_host_api* api = host_->api();
    host_->refused(op, api->send_note(api->host, op, token_, str(json_array(ids))));
  }

  bool is_busy() const noexcept { return busy_; }  // for the wrapper

 private:
  void accept(const std::string& ids) { answer(JF_OUTCOME_ACCEPTED, {.error = ErrorClass::none}, ids); }
  void answer(std::uint32_t outcome, const Failure& why, std::string_view ids) noexcept {
    if (host_ == nullptr) return;
    const jf_host_api* api = std::exchange(host_, nullptr)->api();
    const jf_send_result result{sizeof(jf_send_result),
                                outcome,
                                static_cast<std::uint32_t>(why.error),
                                static_cast<std::uint32_t>(why.scope),
                                why.after_ms,
                                str(ids),
                                str(why.code),
                                str(why.detail)};
    api->send_done(api->host, token_, &result);
  }
  void forgotten() noexcept {
    answer(JF_OUTCOME_UNKNOWN, {.error = ErrorClass::internal, .detail = "the connector gave no answer"}, {});
  }
  void take(Send& other) noexcept {
    host_ = std::exchange(other.host_, nullptr);
    token_ = other.token_;
    timeout_ms_ = other.timeout_ms_;
    attempt_ = other.attempt_;
    key_ = other.key_;
    message_ = other.message_;
    busy_ = other.busy_;
  }

  Host* host_ = nullptr;  // null: answered
  std::uint64_t token_ = 0;
  std::uint64_t timeout_ms_ = 0;
  std::uint32_t attempt_ = 0;
  bool busy_ = false;
  std::string_view key_;
  std::string_view message_;
};

// A request to one of the routes of the manifest. Views live until Connector::on_webhook returns; the object may be
// moved away and answered later. Destroyed without a reply: 500.
class Webhook {
 public:
  Webhook(Host& host, const jf_webhook& raw) : host_(&host), raw_(raw) {}
  Webhook(Webhook&& other) noexcept : host_(std::exchange(other.host_, nullptr)), raw_(other.raw_) {}
  Webhook& operator=(Webhook&& other) noexcept {
    if (this != &other) {
      reply(500);
      host_ = std::exchange(other.host_, nullptr);
      raw_ = other.raw_;
    }
    return *this;
  }
  ~Webhook() { reply(500); }

  std::string_view method() const noexcept { return view(raw_.method); }
  std::string_view path() const noexcept { return view(raw_.path); }
  std::string_view query() const noexcept { return view(raw_.query); }
  std::optional<std::string> parameter(std::string_view name) const { return find_parameter(query(), name); }
  std::string_view headers() const noexcept { return view(raw_.headers); }
  std::string_view header(std::string_view name) const noexcept { return find_header(headers(), name); }
  std::string_view body() const noexcept { return view(raw_.body); }
  std::string_view remote() const noexcept { return view(raw_.remote); }
  std::string_view url() const noexcept { return view(raw_.url); }
  bool is_open() const noexcept { return host_ != nullptr; }

  // Hands over events whose commit the reply waits for. Call it before reply. BUSY: answer 503.
  jf_status deliver(std::string_view events, std::string_view kv_writes = {}) {
    if (host_ == nullptr) return JF_STATE;
    const jf_delivery delivery{sizeof(jf_delivery), 0, 0, raw_.request, str(events), str(kv_writes)};
    return host_->api()->deliver(host_->api()->host, &delivery);
  }

  // A 2xx leaves once every delivery is durable, and becomes 503 if one fails.
  void reply(std::uint32_t http_status, std::string_view body = {},
             std::string_view content_type = "text/plain; charset=utf-8") noexcept {
    if (host_ == nullptr) return;
    const jf_host_api* api = std::exchange(host_, nullptr)->api();
    const jf_webhook_reply raw{sizeof(jf_webhook_reply), http_status, body.empty() ? jf_str{} : str(content_type),
                               str(body)};
    api->webhook_reply(api->host, raw_.request, &raw);
  }

  // The usual end: deliver, then 200, or 503 when the host took nothing, or 500 when it cannot take it.
  void deliver_and_reply(std::string_view events, std::string_view kv_writes = {}) {
    const jf_status status = deliver(events, kv_writes);
    reply(status == JF_OK ? 200 : status == JF_BUSY ? 503 : 500);
  }

 private:
  Host* host_ = nullptr;  // null: answered
  jf_webhook raw_{};
};

// The bytes of a pending media part, wanted by the host. part() lives until Connector::fetch_media returns. Destroyed
// without an answer: retry.
class Fetch {
 public:
  Fetch(Host& host, std::uint64_t token, std::string_view part) : host_(&host), token_(token), part_(part) {}
  Fetch(Fetch&& other) noexcept
      : host_(std::exchange(other.host_, nullptr)), token_(other.token_), part_(other.part_) {}
  Fetch& operator=(Fetch&& other) noexcept {
    if (this != &other) {
      retry(0, {});
      host_ = std::exchange(other.host_, nullptr);
      token_ = other.token_;
      part_ = other.part_;
    }
    return *this;
  }
  ~Fetch() { retry(0, "the connector gave no answer"); }

  std::string_view part() const noexcept { return part_; }  // JSON, as it was delivered
  bool is_open() const noexcept { return host_ != nullptr; }

  void done(std::string_view blob, std::string_view media_type = {}) noexcept {
    answer(JF_OUTCOME_ACCEPTED, 0, blob, media_type, {});
  }
  void retry(std::uint64_t after_ms, std::string_view detail) noexcept {
    answer(JF_OUTCOME_RETRY, after_ms, {}, {}, detail);
  }
  void failed(std::string_view detail) noexcept { answer(JF_OUTCOME_REJECTED, 0, {}, {}, detail); }

 private:
  void answer(std::uint32_t outcome, std::uint64_t after_ms, std::string_view blob, std::string_view media_type,
              std::string_view detail) noexcept {
    if (host_ == nullptr) return;
    const Host* host = std::exchange(host_, nullptr);
    if (host->media_api() == nullptr) return;
    const jf_fetch_result result{sizeof(jf_fetch_result), outcome, after_ms, str(blob), str(media_type), str(detail)};
    host->media_api()->fetch_done(host->api()->host, token_, &result);
  }

  Host* host_ = nullptr;  // null: answered
  std::uint64_t token_ = 0;
  std::string_view part_;
};

}  // namespace jackfield::sdk
#endif
