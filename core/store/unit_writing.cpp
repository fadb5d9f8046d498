// Writing what a unit of work changed.
#include "store/unit_state.hpp"

namespace jackfield::store {

// What is referred to comes before what refers to it.
void Unit::flush() {
  State& s = *state_;
  Backend& b = s.backend;
  const auto write = [&](const auto& row, Change change) { b.write(row, change); };
  s.contacts.flush(write);
  s.write_addresses();
  s.merges.flush(write);
  s.write_agents();
  s.queue_histories.flush(write);
  s.conversations.flush([&](Conversation& row, Change change) {
    b.write(row, change);
    row.work.changed = row.satisfaction.changed = false;
    s.count_place(row);
  });
  s.changed_places.clear();
  s.queue_counts.flush(write);
  s.decisions.flush([&](const Decision& row, Change) { b.write_decision(row.conversation, row.json); });
  s.messages.flush(write);
  s.keys.flush([&](const BoundKey& row, Change) { b.write_key(row.key, row.message); });
  s.outbox.flush(write);
  s.media.flush(write);
  s.callbacks.flush(write);
  s.dead_letters.flush(write);
  s.timers.flush(write);
  s.write_beside_messages();
  s.write_webhooks();
  s.api_tokens.flush(write);
  s.answers.flush([&](const IdempotentAnswer& row, Change) { b.write_answer(row); });
  s.write_events();
}

void Unit::finish() {
  flush();
  state_->figures.flush([&](const FiguresRow& row, Change change) { state_->backend.write(row, change); });
}

void Unit::State::write_addresses() {
  for (const auto& [contact, address, change] : address_changes) backend.write_address(contact, address, change);
  address_changes.clear();
}

void Unit::State::write_agents() {
  agents.flush([&](const Agent& row, Change change) { backend.write(row, change); });
}

void Unit::State::write_beside_messages() {
  kv.flush([&](const KvEntry& row, Change change) {
    backend.write_kv(row.channel, row.key, change == Change::remove ? std::nullopt : std::optional(row.value));
  });
  for (const ParkedReceipt& receipt : new_parked) backend.write_parked(receipt);
  new_parked.clear();
}

void Unit::State::write_webhooks() {
  webhooks.flush([&](const Webhook& row, Change change) { backend.write(row, change); });
  for (const auto& [event, change] : webhook_events) backend.write(event, change);
  webhook_events.clear();
}

void Unit::State::write_events() {
  for (const Event& event : events) last_cursor = backend.write(event);
  events.clear();
}

// --- removing in bulk

void Unit::forget(const std::vector<Id>& contacts) {
  flush();
  state_->backend.forget(contacts);
}

bool Unit::expire(Time events_before, Time answers_before, std::size_t most) {
  flush();
  state_->parked.clear();
  return state_->backend.expire(events_before, answers_before, most);
}

bool Unit::expire_figures(DayNumber before) { return state_->backend.expire_figures(before); }

// --- what the committer asks afterwards

std::int64_t Unit::last_cursor() const { return state_->last_cursor; }
const std::vector<std::string>& Unit::outbox_channels() const { return state_->outbox_channels; }
Time Unit::earliest_timer() const { return state_->earliest_timer; }
bool Unit::tokens_changed() const { return state_->tokens_changed; }

}  // namespace jackfield::store
