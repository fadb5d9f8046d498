// Twilio-compatible HTTP: Programmable Messaging's REST API out, its webhooks in.
#pragma once

#include "http_sending.hpp"
#include "preview.hpp"
#include "provider.hpp"
#include "settings.hpp"
#include "twilio_decode.hpp"
#include "twilio_signature.hpp"

namespace jackfield::sms {

class Twilio : public Provider {
 public:
  // Throws sdk::Error (CONFIG).
  Twilio(sdk::Host& host, Inbox& inbox, std::string_view settings);

  void start() override { host_.set_state(sdk::State::ready); }
  void send(sdk::Send&& send, Outbound&& message) override;
  void cancel(std::uint64_t token) override { sending_.cancel(token); }
  void on_webhook(sdk::Webhook&& request) override;
  void fetch_media(sdk::Fetch&& fetch) override;
  std::string preview(const Outbound& message) const override;
  std::optional<std::vector<Inbound>> replay(std::string_view raw) override;

 private:
  std::optional<SendProblem> problem_of(const Outbound& message) const;
  std::string body_of(const Outbound& message) const;
  sdk::Headers signed_in() const;
  bool may_sign_in(std::string_view url) const;
  std::optional<Form> authentic(const sdk::Webhook& request);
  void refuse(sdk::Webhook& request);

  sdk::Host& host_;
  Inbox& inbox_;
  TwilioSettings settings_;
  TextRules text_;
  TwilioSignature signature_;
  std::string authorization_;
  HttpSending sending_;
  bool said_no_url_ = false;
};

}  // namespace jackfield::sms
