// Vonage-compatible HTTP: the Messages API out, its signed webhooks in.
#pragma once

#include "http_sending.hpp"
#include "preview.hpp"
#include "provider.hpp"
#include "settings.hpp"
#include "vonage_jwt.hpp"

namespace jackfield::sms {

class Vonage : public Provider {
 public:
  // Throws sdk::Error (CONFIG).
  Vonage(sdk::Host& host, Inbox& inbox, std::string_view settings);

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

  sdk::Host& host_;
  Inbox& inbox_;
  VonageSettings settings_;
  TextRules text_;
  VonageJwt jwt_;
  std::string authorization_;
  HttpSending sending_;
};

}  // namespace jackfield::sms
