// Mail coming in: the listener, its sessions, and the way of a mail from its last byte to the answer "250". All
// [strand].
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "health.hpp"
#include "jackfield/jackfield.hpp"
#include "mail_reading.hpp"
#include "peer_limits.hpp"
#include "settings.hpp"
#include "smtp_session.hpp"

namespace jackfield::email {

class MailStream;

class Intake {
 public:
  struct Wiring {
    sdk::Host& host;
    const Settings& settings;
    MailReading& reading;
    std::shared_ptr<MailBudget> budget;
    Health& health;
  };
  explicit Intake(const Wiring& wiring);
  ~Intake();

  void listen();  // FAILED when the listener cannot be
  void drain();   // no new mails; what is under way goes on

  // Reads the mail and delivers it; done says once what became of it.
  void take(std::shared_ptr<const ReceivedMail> mail, std::function<void(Verdict)> done);

  // May that peer speak? What to tell it if not.
  std::string_view refusal(std::string_view peer);
  void gone(std::string_view peer) { limits_.release(peer); }
  bool is_draining() const { return draining_; }
  SessionOptions session_options() const;
  const Settings& settings() const { return settings_; }
  sdk::Host& host() { return host_; }

 private:
  std::shared_ptr<sdk::Stream> accept(std::string_view peer);
  void deliver(std::string event, bool decoded, std::shared_ptr<const ReceivedMail> mail,
               std::function<void(Verdict)> done);
  void sweep();

  sdk::Host& host_;
  const Settings& settings_;
  MailReading& reading_;
  Health& health_;
  std::shared_ptr<MailBudget> budget_;
  PeerLimits limits_;
  std::vector<std::weak_ptr<MailStream>> streams_;
  std::uint64_t listener_ = 0;
  bool listening_ = false, draining_ = false, sweeping_ = false;
};

}  // namespace jackfield::email
