// What one webhook has still to get, in memory: which event may go next, what waits behind one that failed, and how far
// the log is dealt with. No clock, no network, no store: the deliverer brings those.
//
// Events of one lane (a conversation, else a contact) go one after the other, in the order of the log; lanes do not
// wait for each other. An event that failed is kept in the store, and so is what waits behind it, so that the cursor
// can move on past them; what was not tried yet is not, since the log has it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "store/rows.hpp"

namespace jackfield::outbound {

// One thread at a time.
class Lanes {
 public:
  explicit Lanes(Id webhook, std::int64_t cursor) : webhook_(webhook), read_to_(cursor) {}

  // The log was read up to here; add() comes first for what is wanted of it, in its order.
  void read_up_to(std::int64_t cursor) { read_to_ = cursor; }
  std::int64_t read_to() const { return read_to_; }
  void add(std::int64_t cursor, Id lane);
  // What the store has: after a restart, or because it is to be sent again. Replaces what is known of that event,
  // unless it is under way.
  void restore(const store::WebhookEvent& row);

  // Up to that many that may go now; they count as under way until one of the three below.
  std::vector<std::int64_t> take_due(Time now, std::size_t most);
  void delivered(std::int64_t cursor);
  void failed(std::int64_t cursor, Time now, Time next_at, std::string error);
  void give_up(std::int64_t cursor, Time now, std::string error);  // becomes a dead letter; its followers go on

  int attempts(std::int64_t cursor) const;   // that failed
  Time first_at(std::int64_t cursor) const;  // of the first of them; Time{}: none
  std::optional<Time> next_due() const;

  // Everything up to here is delivered or with the store, once the changes are.
  std::int64_t safe_cursor() const;
  std::size_t size() const { return entries_.size(); }
  std::size_t unstored() const { return unstored_.size(); }

  struct Changes {
    std::vector<store::WebhookEvent> put;
    std::vector<std::int64_t> removed;
    bool empty() const { return put.empty() && removed.empty(); }
  };
  bool has_changes() const { return !changed_.empty(); }
  Changes take_changes();
  void take_back(const Changes& changes);  // they could not be stored; what has changed since wins

 private:
  struct Entry {
    Id lane;
    int attempts = 0;
    Time first_at{}, next_at{};
    std::string error;
    bool stored = false, flying = false;
  };
  struct Lane {
    std::set<std::int64_t> cursors;
    std::optional<std::pair<Time, std::int64_t>> seat;  // in ready_: its head's
    bool flying = false;
  };

  store::WebhookEvent row_of(std::int64_t cursor, const Entry& entry, store::WebhookEventState state) const;
  void store(std::int64_t cursor, Entry& entry);
  void forget(std::int64_t cursor);
  void reseat(Lane& lane);
  bool is_held(const Lane& lane) const;  // by a head that failed

  const Id webhook_;
  std::int64_t read_to_;
  std::map<std::int64_t, Entry> entries_;
  std::unordered_map<Id, Lane> lanes_;
  std::set<std::pair<Time, std::int64_t>> ready_;
  std::set<std::int64_t> unstored_;
  std::map<std::int64_t, std::optional<store::WebhookEvent>> changed_;  // nothing: to be removed
};

}  // namespace jackfield::outbound
