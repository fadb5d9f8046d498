// The way out: a message becomes its submits, one after the other, over the bind with the most room; their answers
// become the outcome. All [strand].
#pragma once

#include <cstdint>
#include <deque>
#include <jackfield/jackfield.hpp>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "part_receipts.hpp"
#include "provider.hpp"
#include "receipt_ids.hpp"
#include "smpp_bind.hpp"
#include "smpp_pace.hpp"
#include "smpp_settings.hpp"

namespace jackfield::sms::smpp {

class Sending {
 public:
  using Binds = std::vector<std::unique_ptr<Bind>>;

  // All outlive it.
  Sending(sdk::Host& host, Inbox& inbox, const SmppSettings& settings, const Binds& binds, ReceiptIdMatcher& ids,
          PartReceipts& parts);

  void send(sdk::Send&& send, const Outbound& message);
  void cancel(std::uint64_t token);

  void on_answered(std::uint64_t ticket, std::uint32_t status, const std::string& id, bool late);
  void on_lost(std::uint64_t ticket, std::string_view why);
  void binds_changed();  // there is more or less room
  void drain();          // what has not been begun goes back
  std::size_t open() const { return open_.size(); }
  std::size_t open_parted() const { return open_parted_; }  // of several parts

  // The text as it goes out: files as links, since SMPP carries none. Empty refusal: it can be sent.
  static std::string text_with_links(const Outbound& message, std::string& refusal);

 private:
  struct Job {
    sdk::Send send;
    std::string key;
    std::vector<ShortMessage> submits;
    std::vector<std::string> ids;  // of those that were taken
    std::uint32_t tries = 0;       // of the submit that is next, after others were taken
    bool asked = false;            // it is out, and not answered
    std::size_t next() const { return ids.size(); }
  };
  using JobPtr = std::shared_ptr<Job>;

  void submit_next(const JobPtr& job);
  void submit_waiting();
  void taken(const JobPtr& job, const std::string& id);
  void refused(const JobPtr& job, std::uint32_t status);
  void finish(const JobPtr& job, const KvWrites& writes);
  void break_off(const JobPtr& job, const sdk::Failure& why);
  void give_back(const JobPtr& job, std::string_view why);
  void give_back_waiting(std::string_view why);
  void end(const JobPtr& job);
  void told_late(std::uint64_t ticket, std::uint32_t status, const std::string& id);
  void set_capacity();
  Bind* roomiest() const;

  sdk::Host& host_;
  Inbox& inbox_;
  const SmppSettings& settings_;
  const Binds& binds_;
  ReceiptIdMatcher& ids_;
  PartReceipts& parts_;
  Pace pace_;
  std::unordered_map<std::uint64_t, JobPtr> open_;           // by token, which is the ticket of its submits too
  std::deque<std::uint64_t> waiting_;                        // for room
  std::unordered_map<std::uint64_t, std::string> given_up_;  // token → message, of overdue submits
  std::deque<std::uint64_t> given_up_order_;
  std::size_t open_parted_ = 0;
  std::size_t full_ = 0;  // what the windows of all binds that are up hold together
  std::uint16_t reference_ = 0;
  bool resuming_ = false;     // a timer waits for the end of the pause
  std::size_t capacity_ = 1;  // what the host was told; made 0 at once
};

}  // namespace jackfield::sms::smpp
