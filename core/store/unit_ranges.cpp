// Many rows at once: what is pending is written, the database says which, and the unit's own copies are given.
#include "store/unit_state.hpp"

namespace jackfield::store {
namespace {

// The rows that find says for those keys.
template <class Keys, class Find>
auto each(const Keys& keys, Find find) {
  std::vector<decltype(find(*keys.begin()))> out;
  for (const auto& key : keys)
    if (auto* row = find(key)) out.push_back(row);
  return out;
}

std::vector<Timer*> keep(IdentityMap<Timer, KeyOf>& known, std::vector<Timer> rows) {
  std::vector<Timer*> out;
  for (Timer& row : rows) out.push_back(&known.found(std::move(row)));
  return out;
}

}  // namespace

// --- contacts, conversations, messages

std::vector<Callback*> Unit::callbacks_in(Id conversation) {
  flush();
  return each(state_->backend.callbacks_in(conversation), [&](Id id) { return callback(id); });
}

std::vector<Time> Unit::callback_times(std::string_view queue, Time from, Time until) {
  flush();
  return state_->backend.callback_times(queue, from, until);
}

std::vector<Contact*> Unit::merged_into(Id id) {
  flush();
  return each(state_->backend.merged_into(id), [&](Id from) { return contact(from); });
}

std::vector<Conversation*> Unit::conversations_of(Id contact) {
  flush();
  return each(state_->backend.conversations_of(contact), [&](Id id) { return conversation(id); });
}

std::vector<Conversation*> Unit::recent_conversations(Id contact, std::size_t most) {
  flush();
  return each(state_->backend.recent_conversations(contact, most), [&](Id id) { return conversation(id); });
}

std::vector<Conversation*> Unit::asked(Id contact, std::size_t most) {
  flush();
  return each(state_->backend.asked(contact, most), [&](Id id) { return conversation(id); });
}

std::vector<Conversation*> Unit::public_threads(Id contact, std::size_t most) {
  flush();
  return each(state_->backend.public_threads(contact, most), [&](Id id) { return conversation(id); });
}

std::vector<Id> Unit::messages_of(Id conversation) {
  flush();
  return state_->backend.messages_of(conversation);
}

std::vector<Id> Unit::messages_from(Id contact) {
  flush();
  return state_->backend.messages_from(contact);
}

std::vector<Message*> Unit::sent_before(Id conversation, std::string_view channel, Id before, Status below) {
  flush();
  return each(state_->backend.sent_before(conversation, channel, before, below), [&](Id id) { return message(id); });
}

bool Unit::file_used(std::string_view sha256) {
  flush();
  return state_->backend.file_used(sha256);
}

bool Unit::file_mentioned(std::string_view sha256) {
  flush();
  return state_->backend.file_mentioned(sha256);
}

// --- agents and who waits for them

std::vector<Agent*> Unit::free_agents(std::string_view queue, CapacityClass capacity_class, std::size_t most) {
  state_->write_agents();  // asked for every message that waits: nothing else is written for it
  return each(state_->backend.free_agents(queue, capacity_class, most), [&](const auto& name) { return agent(name); });
}

std::vector<Agent*> Unit::agents(std::optional<Presence> presence) {
  state_->write_agents();
  return each(state_->backend.agents(presence), [&](const auto& name) { return agent(name); });
}

std::vector<Conversation*> Unit::waiting(std::string_view queue, CapacityClass capacity_class, std::size_t most) {
  flush();
  return each(state_->backend.waiting(queue, capacity_class, most), [&](Id id) { return conversation(id); });
}

std::vector<Conversation*> Unit::held_by(std::string_view agent) {
  flush();
  return each(state_->backend.held_by(agent), [&](Id id) { return conversation(id); });
}

std::vector<ApiToken*> Unit::api_tokens() {
  flush();
  return each(state_->backend.api_tokens(), [&](Id id) { return api_token(id); });
}

// --- what waits to be sent

std::vector<OutboxEntry*> Unit::due_outbox(std::string_view channel, Time now, std::size_t most,
                                           const std::vector<std::string>& paused_recipients) {
  flush();
  return each(state_->backend.due_outbox(channel, now, most, paused_recipients), [&](Id id) { return outbox(id); });
}

std::vector<OutboxEntry*> Unit::overdue_outbox(const std::vector<std::string>& served_channels, Time now,
                                               std::size_t most) {
  flush();
  return each(state_->backend.overdue_outbox(served_channels, now, most), [&](Id id) { return outbox(id); });
}

std::vector<OutboxEntry*> Unit::in_flight() {
  flush();
  return each(state_->backend.in_flight(), [&](Id id) { return outbox(id); });
}

std::vector<OutboxEntry*> Unit::put_off(Time until) {
  flush();
  return each(state_->backend.put_off(until), [&](Id id) { return outbox(id); });
}

std::vector<OutboxEntry*> Unit::unsettled_outbox(std::string_view channel, std::string_view recipient) {
  flush();
  return each(state_->backend.unsettled_outbox(channel, recipient), [&](Id id) { return outbox(id); });
}

// --- timers and dead letters

std::vector<Timer*> Unit::due_timers(Time now, std::size_t most) {
  flush();
  return keep(state_->timers, state_->backend.due_timers(now, most));
}

std::vector<Timer*> Unit::timers_with(TimerKind kind, std::string_view text) {
  flush();
  return keep(state_->timers, state_->backend.timers_with(kind, text));
}

std::vector<DeadLetter*> Unit::dead_letters_with(std::string_view text) {
  flush();
  return each(state_->backend.dead_letters_with(text), [&](Id id) { return dead_letter(id); });
}

}  // namespace jackfield::store
