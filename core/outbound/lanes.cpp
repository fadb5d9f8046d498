#include "outbound/lanes.hpp"

namespace jackfield::outbound {

using store::WebhookEvent;
using store::WebhookEventState;

void Lanes::add(std::int64_t cursor, Id lane) {
  const auto [at, is_new] = entries_.try_emplace(cursor);
  if (!is_new) return;  // asked for by hand already
  at->second.lane = lane;
  unstored_.insert(cursor);
  Lane& its = lanes_[lane];
  its.cursors.insert(cursor);
  if (is_held(its)) store(cursor, at->second);
  reseat(its);
}

void Lanes::restore(const WebhookEvent& row) {
  Entry& entry = entries_[row.cursor];
  if (entry.flying) return;
  entry = {row.lane, row.attempts, row.first_at, row.next_at, row.error, true, false};
  unstored_.erase(row.cursor);
  Lane& lane = lanes_[row.lane];
  lane.cursors.insert(row.cursor);
  reseat(lane);
}

std::vector<std::int64_t> Lanes::take_due(Time now, std::size_t most) {
  std::vector<std::int64_t> out;
  while (out.size() < most && !ready_.empty() && ready_.begin()->first <= now) {
    const std::int64_t cursor = ready_.begin()->second;
    Entry& entry = entries_.at(cursor);
    Lane& lane = lanes_.at(entry.lane);
    entry.flying = lane.flying = true;
    reseat(lane);
    out.push_back(cursor);
  }
  return out;
}

void Lanes::delivered(std::int64_t cursor) {
  if (entries_.at(cursor).stored) changed_[cursor] = std::nullopt;
  forget(cursor);
}

void Lanes::failed(std::int64_t cursor, Time now, Time next_at, std::string error) {
  Entry& entry = entries_.at(cursor);
  if (entry.attempts++ == 0) entry.first_at = now;
  entry.next_at = next_at;
  entry.error = std::move(error);
  entry.flying = false;
  Lane& lane = lanes_.at(entry.lane);
  lane.flying = false;
  store(cursor, entry);
  for (const std::int64_t follower : lane.cursors) {
    if (Entry& held = entries_.at(follower); !held.stored) store(follower, held);
  }
  reseat(lane);
}

void Lanes::give_up(std::int64_t cursor, Time now, std::string error) {
  Entry& entry = entries_.at(cursor);
  if (entry.attempts++ == 0) entry.first_at = now;
  entry.error = std::move(error);
  changed_[cursor] = row_of(cursor, entry, WebhookEventState::dead);
  forget(cursor);
}

int Lanes::attempts(std::int64_t cursor) const { return entries_.at(cursor).attempts; }
Time Lanes::first_at(std::int64_t cursor) const { return entries_.at(cursor).first_at; }

std::optional<Time> Lanes::next_due() const {
  if (ready_.empty()) return std::nullopt;
  return ready_.begin()->first;
}

std::int64_t Lanes::safe_cursor() const { return unstored_.empty() ? read_to_ : *unstored_.begin() - 1; }

Lanes::Changes Lanes::take_changes() {
  Changes out;
  for (auto& [cursor, row] : changed_) {
    if (row) {
      out.put.push_back(std::move(*row));
    } else {
      out.removed.push_back(cursor);
    }
  }
  changed_.clear();
  return out;
}

void Lanes::take_back(const Changes& changes) {
  for (const auto& row : changes.put) changed_.try_emplace(row.cursor, row);
  for (const std::int64_t cursor : changes.removed) changed_.try_emplace(cursor, std::nullopt);
}

WebhookEvent Lanes::row_of(std::int64_t cursor, const Entry& entry, WebhookEventState state) const {
  return {webhook_, cursor, entry.lane, state, entry.attempts, entry.first_at, entry.next_at, entry.error};
}

void Lanes::store(std::int64_t cursor, Entry& entry) {
  entry.stored = true;
  unstored_.erase(cursor);
  changed_[cursor] = row_of(cursor, entry, WebhookEventState::waiting);
}

void Lanes::forget(std::int64_t cursor) {
  const auto at = entries_.find(cursor);
  const auto lane = lanes_.find(at->second.lane);
  if (at->second.flying) lane->second.flying = false;
  lane->second.cursors.erase(cursor);
  unstored_.erase(cursor);
  entries_.erase(at);
  reseat(lane->second);
  if (lane->second.cursors.empty()) lanes_.erase(lane);
}

// Only the head of a lane has a seat, and only while nothing of the lane is under way.
void Lanes::reseat(Lane& lane) {
  if (lane.seat) ready_.erase(*lane.seat);
  lane.seat.reset();
  if (lane.flying || lane.cursors.empty()) return;
  const std::int64_t head = *lane.cursors.begin();
  lane.seat.emplace(entries_.at(head).next_at, head);
  ready_.insert(*lane.seat);
}

bool Lanes::is_held(const Lane& lane) const { return entries_.at(*lane.cursors.begin()).attempts > 0; }

}  // namespace jackfield::outbound
