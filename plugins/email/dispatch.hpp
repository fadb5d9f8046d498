// Mail going out: fetches a message's files, notes its Message-ID, and has it handed to the SMTP server off the strand.
// All [strand].
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "automatic_cap.hpp"
#include "health.hpp"
#include "jackfield/jackfield.hpp"
#include "mime_reader.hpp"
#include "outbound.hpp"
#include "settings.hpp"
#include "smtp_send.hpp"

namespace jackfield::email {

class Dispatch {
 public:
  Dispatch(sdk::Host& host, std::string channel, const Settings& settings, Health& health);
  void start();  // before the first send
  void use(std::shared_ptr<const ReadingRules> rules) { rules_ = std::move(rules); }  // before the first send
  void send(sdk::Send&& send);
  void cancel(std::uint64_t token);

 private:
  struct Job;
  using JobPtr = std::unique_ptr<Job>;

  std::string refuse_automatic(const Outbound& outbound, std::string_view key);
  void fetch_files(JobPtr job);
  void note_id(JobPtr job);
  void hand_over(JobPtr job);
  void finish(JobPtr job, jf_status status);
  void answer(Job& job);
  void tell_state(const SmtpResult& result);

  sdk::Host& host_;
  std::string channel_;
  const Settings& settings_;
  Health& health_;
  std::shared_ptr<const ReadingRules> rules_;
  AutomaticCap automatic_cap_;
  std::shared_ptr<SmtpSender> sender_;
  std::map<std::uint64_t, std::shared_ptr<std::atomic<bool>>> open_;  // by token: was it cancelled?
};

}  // namespace jackfield::email
