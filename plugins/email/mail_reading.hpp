// A mail's bytes to its event, on the strand or off it: the one way in for mails of every transport.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "jackfield/jackfield.hpp"
#include "mail_envelope.hpp"
#include "mime_reader.hpp"
#include "settings.hpp"

namespace jackfield::email {

// A mail that came in whole, its lines ended by CRLF.
struct ReceivedMail {
  Envelope envelope;
  std::string bytes;
};

class MailReading {  // [strand]
 public:
  MailReading(sdk::Host& host, const Settings& settings) : host_(host), settings_(settings) {}
  // What is known of our own mail and of who vouches; before the first read.
  void use(std::shared_ptr<const ReadingRules> rules) { rules_ = std::move(rules); }
  const ReadingRules& rules() const { return *rules_; }
  // done comes once: OK with the event (or an array of events) as JSON; BUSY, or what else kept it from being read,
  // when the mail must come again.
  using Done = std::function<void(jf_status status, std::string event)>;
  void read(std::shared_ptr<const ReceivedMail> mail, Done done);

 private:
  sdk::Host& host_;
  const Settings& settings_;
  std::shared_ptr<const ReadingRules> rules_ = std::make_shared<ReadingRules>();
};

}  // namespace jackfield::email
