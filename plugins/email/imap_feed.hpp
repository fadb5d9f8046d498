// The way of a mailbox's mails into the host: read, delivered in their order, the cursor in the same transaction as the
// mails. It outlives connections, and tries until it is done: what was taken from it is neither lost nor doubled.
// [strand]
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "imap_cursor.hpp"
#include "mail_reading.hpp"

namespace jackfield::email {

struct FetchedMail {
  std::uint32_t uid = 0;
  std::shared_ptr<const ReceivedMail> mail;
  std::uint64_t whole_size = 0;  // when the mail is only its header, as it was too large: what it has; else 0
  std::string problem;           // it could not be fetched, and this is why
};

class ImapFeed : public std::enable_shared_from_this<ImapFeed> {
 public:
  // key: of the cursor, in the channel's state.
  ImapFeed(sdk::Host& host, MailReading& reading, std::string key)
      : host_(host), reading_(reading), key_(std::move(key)) {}

  using Done = std::function<void()>;
  void load(std::function<void(bool loaded)> done);
  // Takes mails in the order of their UIDs. done comes when all are durable, and the cursor with them.
  void take(std::vector<FetchedMail> mails, ImapCursor cursor, Done done);
  // Makes the cursor durable without mails, when it has changed.
  void save(ImapCursor cursor);

  bool is_busy() const { return batch_ != nullptr; }
  const ImapCursor& cursor() const { return cursor_; }
  void forget_marks() { cursor_.unmarked.clear(); }

 private:
  struct Batch;
  void read_next();
  void read_one(std::size_t at);
  void read_done(std::size_t at, jf_status status, std::string event);
  void deliver();
  void delivered(jf_status status);
  void deliver_alone();
  void wait_and(void (ImapFeed::*then)());

  sdk::Host& host_;
  MailReading& reading_;
  std::string key_;
  ImapCursor cursor_;
  std::string stored_;  // the cursor as it is in the state
  std::shared_ptr<Batch> batch_;
};

}  // namespace jackfield::email
