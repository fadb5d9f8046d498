// One connection's work on one folder, from its selection on: lists what is new, fetches it in batches, hands it to the
// feed, marks what has been taken, then waits for more (IDLE, or polling). [strand]
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "imap_feed.hpp"
#include "imap_link.hpp"
#include "mail_budget.hpp"

namespace jackfield::email {

class ImapVisit : public std::enable_shared_from_this<ImapVisit> {
 public:
  struct Wiring {
    sdk::Host& host;
    const ImapSettings& settings;
    std::string folder;
    std::size_t max_size = 0;            // of a mail; of a larger one only the header is fetched
    std::shared_ptr<MailBudget> budget;  // of bytes on the way, with all others
    std::shared_ptr<ImapFeed> feed;      // loaded, and not busy
    std::shared_ptr<ImapLink> link;      // logged in
    int broke_off = 0;                   // times in a row that a connection ended amid the mails of this folder
    std::function<void()> opened;        // the folder is there
    std::function<void()> progress;      // mails have become durable, or there are none
    std::function<void(const std::string& why)> trouble;  // it works, but not all of it
    std::function<void(const std::string& why)> broken;   // it cannot go on; the connection is to be given up
  };
  explicit ImapVisit(Wiring wiring) : at_(std::move(wiring)) {}
  ~ImapVisit();

  void begin();
  void untagged(ImapResponse& response);
  bool is_fetching() const { return asking_ == Asking::mails; }
  void leave();  // no more mails: the connection is about to be closed

 private:
  struct Listed {
    std::uint64_t size = 0;
    std::int64_t arrived_ms = 0;
  };

  void selected(const ImapResponse& answer);
  void start_cursor();
  void start_again();
  bool wants_old(const ImapValue* flags, std::int64_t arrived_ms) const;

  void catch_up();
  void list();
  void listed(const std::vector<ImapValue>& items);
  void list_done(const ImapResponse& answer);
  void next_batch();
  void fetch();
  void fetched(std::vector<ImapValue>& items);
  void fetch_done();
  void fetch_header(std::uint32_t uid);
  void header_done(std::uint32_t uid, const ImapResponse& answer);
  void hand_over();

  void mark();
  void mark_with(std::string command, std::function<void()> then);
  void move_by_copy(const std::string& set);
  void expunge(const std::string& set);
  void marked();

  void wait();
  void idle();
  void poll();
  void wake();

  template <class Function>
  auto safely(Function function);  // not called when this is gone
  std::uint64_t after(std::int64_t ms, void (ImapVisit::*then)());

  Wiring at_;
  ImapCursor cursor_;
  enum class Asking : std::uint8_t { nothing, list, mails } asking_ = Asking::nothing;
  std::uint32_t validity_ = 0, uid_next_ = 0, highest_listed_ = 0;
  std::uint64_t modseq_ = 0;
  bool more_listed_ = false;  // than listed_ holds
  bool unreadable_ = false;   // something of the list was malformed
  bool again_ = false;        // something came while it was busy
  bool leaving_ = false, created_target_ = false, told_trouble_ = false;
  std::map<std::uint32_t, Listed> listed_;      // to be fetched
  std::map<std::uint32_t, Listed> batch_;       // being fetched
  std::map<std::uint32_t, std::string> bytes_;  // of these, as they come
  std::vector<std::uint32_t> missing_;          // of these, to be asked for again
  std::vector<FetchedMail> mails_;              // ready
  std::size_t bytes_came_ = 0;
  std::size_t reserved_ = 0;  // of the budget
  std::uint64_t timer_ = 0;
};

template <class Function>
auto ImapVisit::safely(Function function) {
  return [weak = weak_from_this(), function](auto&&... arguments) {
    if (const auto self = weak.lock()) function(*self, arguments...);
  };
}

}  // namespace jackfield::email
