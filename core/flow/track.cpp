#include "flow/track.hpp"

#include <algorithm>

#include "flow/merge.hpp"
#include "flow/opt_out.hpp"

namespace jackfield::flow {
namespace {

using store::KeyKind;
using store::provider_key;

constexpr std::size_t kMostErrors = 20;

std::string status_data(Status status, Status before, const SendError* error) {
  std::string out = "{\"status\":\"";
  out += name_of(status);
  out += "\",\"previous\":\"";
  out += name_of(before);
  out += '"';
  if (error) {
    out += ",\"error\":{\"class\":";
    append_string(out, error->error_class);
    out += ",\"code\":";
    append_string(out, error->code);
    out += ",\"detail\":";
    append_string(out, error->detail);
    out += '}';
  }
  return out + "}";
}

// A receipt that settles an unknown send frees its place in the outbox.
void settle_outbox(store::Unit& unit, const Message& message) {
  auto* entry = unit.outbox(message.id);
  if (entry && entry->state == store::OutboxState::held) unit.remove(*entry);
}

Message* find_ours(store::Unit& unit, const Channel& channel, const Inbound& receipt) {
  if (!receipt.id.empty()) {
    const Id id = unit.message_by_key(provider_key(channel.policy.name, KeyKind::id, receipt.id));
    if (id.value > 0) return unit.message(id);
  }
  const auto id = parse_id(receipt.correlation);
  Message* message = id ? unit.message(*id) : nullptr;
  return message && message->channel == channel.policy.name && message->direction == Direction::out ? message : nullptr;
}

}  // namespace

void keep_dead_letter(store::Unit& unit, const Message& message, const SendError* error, Time now) {
  store::DeadLetter letter;
  letter.id = message.id;
  letter.kind = store::DeadLetterKind::outbound;
  letter.channel = message.channel;
  letter.message = message.id;
  letter.at = now;
  letter.reason = error ? error->error_class + (error->code.empty() ? "" : " " + error->code) +
                              (error->detail.empty() ? "" : ": " + error->detail)
                        : "failed";
  if (auto* known = unit.dead_letter(message.id)) {
    *known = std::move(letter);
    unit.changed(*known);
  } else {
    unit.add(std::move(letter));
  }
}

void note_error(store::Unit& unit, const Environment& env, Message& message, SendError error) {
  if (error.error_class == "opted-out" && !message.content.to.empty()) {
    if (auto* contact = living_contact(unit, message.contact))
      opt_out(unit, env, *contact, message.content.to.front(),
              {message.channel, "the provider says so: " + error.detail, error.at});
  }
  auto& errors = message.track.errors;
  if (errors.size() >= kMostErrors) errors.erase(errors.begin());
  errors.push_back(std::move(error));
  unit.changed(message);
}

// That something is wrong though the status stays: told, and kept with the message.
static void tell_trouble(store::Unit& unit, const Environment& env, Message& message, SendError error,
                         const std::string& source) {
  unit.add(Event{.type = EventType::message_status,
                 .at = env.clock.now(),
                 .source = source,
                 .conversation = message.conversation,
                 .message = message.id,
                 .contact = message.contact,
                 .data = status_data(message.status, message.status, &error)});
  note_error(unit, env, message, std::move(error));
}

void fail_message(store::Unit& unit, const Environment& env, Message& message, SendError error,
                  const std::string& source) {
  if (advance(unit, env, message, Status::failed, env.clock.now(), &error, source)) return;
  keep_dead_letter(unit, message, &error, env.clock.now());
  tell_trouble(unit, env, message, std::move(error), source);
}

void settle_dead_letter(store::Unit& unit, Id message, Time now) {
  auto* letter = unit.dead_letter(message);
  if (!letter || letter->resolved_at != Time{}) return;
  letter->resolved_at = now;
  unit.changed(*letter);
}

bool advance(store::Unit& unit, const Environment& env, Message& message, Status status, Time at,
             const SendError* error, const std::string& source) {
  if (message.direction != Direction::out || status == Status::received || status <= message.status) return false;
  const Status before = message.status;
  message.status = status;
  message.track.history.push_back({status, at});
  if (error && !error->error_class.empty()) note_error(unit, env, message, *error);
  if (status >= Status::accepted && status != Status::failed && status != Status::unknown && !message.sent_at)
    message.sent_at = at;
  unit.changed(message);
  unit.add(Event{.type = EventType::message_status,
                 .at = env.clock.now(),
                 .source = source,
                 .conversation = message.conversation,
                 .message = message.id,
                 .contact = message.contact,
                 .data = status_data(status, before, error)});
  if (status == Status::failed) keep_dead_letter(unit, message, error, env.clock.now());
  if (before == Status::failed) settle_dead_letter(unit, message.id, env.clock.now());
  if (status > Status::unknown) settle_outbox(unit, message);
  return true;
}

void bind_ids(store::Unit& unit, const Environment& env, Message& message,
              const std::vector<std::string>& provider_ids) {
  for (const auto& id : provider_ids) {
    if (id.empty()) continue;
    auto& known = message.track.provider_ids;
    if (std::find(known.begin(), known.end(), id) == known.end()) {
      known.push_back(id);
      unit.changed(message);
    }
    const auto key = provider_key(message.channel, KeyKind::id, id);
    if (!unit.message_by_key(key)) unit.bind_key(key, message.id);
    const auto parked = unit.parked(key);
    if (parked.empty()) continue;
    for (const auto& receipt : parked)
      advance(unit, env, message, receipt.status, receipt.at,
              receipt.error.error_class.empty() ? nullptr : &receipt.error, message.channel);
    unit.unpark(key);
  }
}

// What has been read up to here was read before it too; whether an unknown one was sent is another matter.
static void advance_earlier(store::Unit& unit, const Environment& env, const Message& message, Status status, Time at) {
  for (auto* earlier : unit.sent_before(message.conversation, message.channel, message.id, status))
    advance(unit, env, *earlier, status, at, nullptr, message.channel);
}

// Trouble that moves no status (a mail that is late): told once, and kept with the message. What arrived is beyond it.
static void note_trouble(store::Unit& unit, const Environment& env, Message& message, const SendError& error,
                         const std::string& source) {
  const auto same = [&](const SendError& known) { return known.code == error.code && known.detail == error.detail; };
  const auto& errors = message.track.errors;
  if (message.status >= Status::failed || std::any_of(errors.begin(), errors.end(), same)) return;
  tell_trouble(unit, env, message, error, source);
}

void track_receipt(store::Unit& unit, const Environment& env, const Channel& channel, const Inbound& receipt,
                   Time now) {
  SendError error = receipt.error;
  error.at = receipt.sent_at.value_or(now);
  if (Message* message = find_ours(unit, channel, receipt)) {
    if (receipt.through) advance_earlier(unit, env, *message, receipt.status, error.at);
    if (message->direction != Direction::out) return;  // a receipt about what the customer wrote says nothing to us
    // Before its ids: they may bring receipts of their own, which this one must not be held back by.
    const SendError* told = error.error_class.empty() ? nullptr : &error;
    if (!advance(unit, env, *message, receipt.status, error.at, told, channel.policy.name) && told)
      note_trouble(unit, env, *message, *told, channel.policy.name);
    if (!receipt.id.empty()) bind_ids(unit, env, *message, {receipt.id});
    return;
  }
  if (receipt.id.empty()) return;
  store::ParkedReceipt parked;
  parked.key = provider_key(channel.policy.name, KeyKind::id, receipt.id);
  if (unit.message_by_key(parked.key)) return;  // of a message that was erased
  parked.status = receipt.status;
  parked.error = error;
  parked.at = error.at;
  unit.park(std::move(parked));
}

}  // namespace jackfield::flow
