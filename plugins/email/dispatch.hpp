// Mail going out: fetches a message's files, notes its Message-ID, and hands it to the SMTP server.
// All [strand].
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "automatic_cap.hpp"
#include "health.hpp"
#include "jackfield/jackfield.hpp"
#include "mime_reader.hpp"
#include "outbound.hpp"
#include "settings.hpp"
#include "smtp_pool.hpp"

namespace jackfield::email {

class Dispatch {
 public:
  Dispatch(sdk::Host& host, std::string channel, const Settings& settings, Health& health);
  // Before the first send; a second time does no harm. tokens: null when the password is used.
  void start(std::shared_ptr<OauthTokens> tokens);
  // What gets the bytes of each mail that was sent. Before the first send.
  void keep_copies(std::function<void(std::shared_ptr<const std::string>)> keep) { keep_ = std::move(keep); }
  void drain();
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
  void send_bytes(JobPtr job, std::shared_ptr<const std::string> bytes);
  void answer(Job& job);
  void tell_state(const SmtpResult& result);

  sdk::Host& host_;
  std::string channel_;
  const Settings& settings_;
  Health& health_;
  std::shared_ptr<const ReadingRules> rules_;
  AutomaticCap automatic_cap_;
  std::function<void(std::shared_ptr<const std::string>)> keep_;  // null: nobody wants them
  std::shared_ptr<SmtpPool> pool_;
  std::map<std::uint64_t, std::shared_ptr<bool>> open_;  // by token: was it cancelled?
};

}  // namespace jackfield::email
