#include "store/unit.hpp"

#include "store/unit_state.hpp"

namespace jackfield::store {

Unit::Unit(Backend& backend) : state_(std::make_unique<State>(backend)) {}
Unit::~Unit() = default;

// --- contacts

Contact* Unit::contact(Id id) {
  return state_->contacts.find(id, [&] { return state_->backend.load_contact(id); });
}

Contact* Unit::contact_by_address(std::string_view scope, std::string_view uri) {
  const auto [at, fresh] = state_->addresses.try_emplace(compound(scope, uri));
  if (fresh) at->second = state_->backend.find_address(scope, uri);
  return at->second ? contact(at->second) : nullptr;
}

Contact& Unit::add(Contact contact) {
  Contact& row = state_->contacts.add(std::move(contact));
  for (const Address& address : row.addresses) {
    state_->addresses[compound(address.scope, address.uri)] = row.id;
    state_->address_changes.push_back({row.id, address, Change::insert});
  }
  return row;
}

void Unit::add_address(Contact& contact, Address address) {
  const auto at = std::find_if(contact.addresses.begin(), contact.addresses.end(),
                               [&](const Address& has) { return has.same_as(address); });
  state_->addresses[compound(address.scope, address.uri)] = contact.id;
  if (at == contact.addresses.end()) {
    state_->address_changes.push_back({contact.id, address, Change::insert});
    contact.addresses.push_back(std::move(address));
    return;
  }
  at->evidence = std::max(at->evidence, address.evidence);
  if (!address.name.empty()) at->name = std::move(address.name);
  state_->address_changes.push_back({contact.id, *at, Change::update});
}

void Unit::remove_address(Contact& contact, const Address& address) {
  const Address gone = address;  // it may be one of those below
  state_->addresses[compound(gone.scope, gone.uri)] = Id{};
  state_->address_changes.push_back({contact.id, gone, Change::remove});
  std::erase_if(contact.addresses, [&](const Address& has) { return has.same_as(gone); });
}

void Unit::changed(Contact& contact, const Address& address) {
  state_->address_changes.push_back({contact.id, address, Change::update});
}

void Unit::remove(Contact& contact) {
  while (!contact.addresses.empty()) remove_address(contact, contact.addresses.front());
  state_->contacts.remove(contact);
}

void Unit::changed(Contact& contact) { state_->contacts.changed(contact); }

Merge* Unit::merge(Id id) {
  return state_->merges.find(id, [&] { return state_->backend.load_merge(id); });
}

Merge& Unit::add(Merge merge) { return state_->merges.add(std::move(merge)); }
void Unit::changed(Merge& merge) { state_->merges.changed(merge); }

// --- conversations

Conversation* Unit::conversation(Id id) {
  return state_->met(state_->conversations.find(id, [&] { return state_->backend.load_conversation(id); }));
}

Conversation* Unit::latest_in_scope(std::string_view scope) {
  State& s = *state_;
  if (s.scopes_stale) {
    flush();
    s.scopes.clear();
    s.scopes_stale = false;
  }
  const auto [at, fresh] = s.scopes.try_emplace(std::string(scope));
  if (fresh) {
    if (auto row = s.backend.load_latest_in_scope(scope))
      at->second.latest = s.met(&s.conversations.found(std::move(*row)));
  }
  return at->second.latest;
}

Conversation& Unit::add(Conversation conversation) {
  State& s = *state_;
  Conversation& row = s.conversations.add(std::move(conversation));
  s.known[row.id] = {row.scope, {}};
  s.place_touched(row);
  // Ids rise, so that what is added is the newest; when nobody asked yet, the database need not be asked any more.
  Conversation*& latest = s.scopes[row.scope].latest;
  if (!latest || latest->id < row.id) latest = &row;
  return row;
}

void Unit::changed(Conversation& conversation) {
  State& s = *state_;
  s.conversations.changed(conversation);
  s.place_touched(conversation);
  std::string& known = s.known[conversation.id].scope;
  if (known == conversation.scope) return;
  known = conversation.scope;
  s.scopes_stale = true;
}

std::string Unit::decision(Id conversation) {
  const auto* row = state_->decisions.find(conversation, [&]() -> std::optional<Decision> {
    std::string json = state_->backend.load_decision(conversation);
    if (json.empty()) return std::nullopt;
    return Decision{conversation, std::move(json)};
  });
  return row ? row->json : std::string();
}

void Unit::set_decision(Id conversation, std::string json) { state_->decisions.add({conversation, std::move(json)}); }

// --- messages

Message* Unit::message(Id id) {
  return state_->messages.find(id, [&] { return state_->backend.load_message(id); });
}

Message& Unit::add(Message message) { return state_->messages.add(std::move(message)); }
void Unit::changed(Message& message) { state_->messages.changed(message); }
void Unit::remove(Message& message) { state_->messages.remove(message); }

Id Unit::message_by_key(const ProviderKey& key) {
  const auto* row = state_->keys.find(key, [&]() -> std::optional<BoundKey> {
    const Id message = state_->backend.find_key(key);
    if (!message) return std::nullopt;
    return BoundKey{key, message};
  });
  return row ? row->message : Id{};
}

void Unit::bind_key(const ProviderKey& key, Id message) { state_->keys.add({key, message}); }

std::vector<ParkedReceipt> Unit::parked(const ProviderKey& key) {
  const auto [at, fresh] = state_->parked.try_emplace(key);
  if (fresh) at->second = state_->backend.load_parked(key);
  return at->second;
}

void Unit::park(ParkedReceipt receipt) {
  parked(receipt.key);  // so that the list below holds the stored ones as well
  state_->parked[receipt.key].push_back(receipt);
  state_->new_parked.push_back(std::move(receipt));
}

void Unit::unpark(const ProviderKey& key) {
  std::erase_if(state_->new_parked, [&](const ParkedReceipt& receipt) { return receipt.key == key; });
  state_->parked[key].clear();
  state_->backend.remove_parked(key);
}

Media* Unit::media(Id id) {
  return state_->media.find(id, [&] { return state_->backend.load_media(id); });
}

Media& Unit::add(Media media) { return state_->media.add(std::move(media)); }
void Unit::changed(Media& media) { state_->media.changed(media); }
void Unit::remove(Media& media) { state_->media.remove(media); }

// --- work to do

OutboxEntry* Unit::outbox(Id message) {
  return state_->outbox.find(message, [&] { return state_->backend.load_outbox(message); });
}

OutboxEntry& Unit::add(OutboxEntry entry) {
  state_->outbox_touched(entry);
  return state_->outbox.add(std::move(entry));
}

void Unit::changed(OutboxEntry& entry) {
  state_->outbox_touched(entry);
  state_->outbox.changed(entry);
}

void Unit::remove(OutboxEntry& entry) {
  state_->outbox_touched(entry);
  state_->outbox.remove(entry);
}

Timer* Unit::timer(TimerKind kind, std::string_view channel, std::string_view key) {
  return state_->timers.find(timer_key(kind, channel, key),
                             [&] { return state_->backend.load_timer(kind, channel, key); });
}

Timer& Unit::add(Timer timer) {
  state_->timer_touched(timer);
  this->timer(timer.kind, timer.channel, timer.key);  // whether there is one to replace
  return state_->timers.add(std::move(timer));
}

void Unit::changed(Timer& timer) {
  state_->timer_touched(timer);
  state_->timers.changed(timer);
}

void Unit::remove(Timer& timer) { state_->timers.remove(timer); }

DeadLetter* Unit::dead_letter(Id id) {
  return state_->dead_letters.find(id, [&] { return state_->backend.load_dead_letter(id); });
}

DeadLetter& Unit::add(DeadLetter letter) { return state_->dead_letters.add(std::move(letter)); }
void Unit::changed(DeadLetter& letter) { state_->dead_letters.changed(letter); }
void Unit::remove(DeadLetter& letter) { state_->dead_letters.remove(letter); }

// --- agents and queues

Agent* Unit::agent(std::string_view name) {
  return state_->agents.find(std::string(name), [&] { return state_->backend.load_agent(name); });
}

Agent& Unit::add(Agent agent) { return state_->agents.add(std::move(agent)); }
void Unit::changed(Agent& agent) { state_->agents.changed(agent); }

QueueHistory* Unit::queue_history(std::string_view queue) {
  return state_->queue_histories.find(std::string(queue), [&] { return state_->backend.load_queue_history(queue); });
}

QueueHistory& Unit::add(QueueHistory history) { return state_->queue_histories.add(std::move(history)); }
void Unit::changed(QueueHistory& history) { state_->queue_histories.changed(history); }

// --- callbacks

Callback* Unit::callback(Id id) {
  return state_->callbacks.find(id, [&] { return state_->backend.load_callback(id); });
}

Callback& Unit::add(Callback callback) { return state_->callbacks.add(std::move(callback)); }
void Unit::changed(Callback& callback) { state_->callbacks.changed(callback); }
void Unit::remove(Callback& callback) { state_->callbacks.remove(callback); }

// --- webhooks

Webhook* Unit::webhook(Id id) {
  return state_->webhooks.find(id, [&] { return state_->backend.load_webhook(id); });
}

Webhook& Unit::add(Webhook webhook) { return state_->webhooks.add(std::move(webhook)); }
void Unit::changed(Webhook& webhook) { state_->webhooks.changed(webhook); }
void Unit::remove(Webhook& webhook) { state_->webhooks.remove(webhook); }
void Unit::put(WebhookEvent event) { state_->webhook_events.emplace_back(std::move(event), Change::insert); }
void Unit::remove(const WebhookEvent& event) { state_->webhook_events.emplace_back(event, Change::remove); }

// --- tokens

ApiToken* Unit::api_token(Id id) {
  return state_->api_tokens.find(id, [&] { return state_->backend.load_api_token(id); });
}

ApiToken& Unit::add(ApiToken token) {
  state_->tokens_changed = true;
  return state_->api_tokens.add(std::move(token));
}

void Unit::changed(ApiToken& token) { state_->api_tokens.changed(token); }

void Unit::remove(ApiToken& token) {
  state_->tokens_changed = true;
  state_->api_tokens.remove(token);
}

// --- the rest

std::optional<std::string> Unit::kv(std::string_view channel, std::string_view key) {
  const auto* row = state_->kv.find(compound(channel, key), [&]() -> std::optional<KvEntry> {
    auto value = state_->backend.load_kv(channel, key);
    if (!value) return std::nullopt;
    return KvEntry{std::string(channel), std::string(key), std::move(*value)};
  });
  return row ? std::optional(row->value) : std::nullopt;
}

void Unit::set_kv(std::string_view channel, std::string_view key, std::optional<std::string> value) {
  const bool had = kv(channel, key).has_value();
  if (value)
    state_->kv.add({std::string(channel), std::string(key), std::move(*value)});
  else if (had)
    state_->kv.remove({std::string(channel), std::string(key), {}});
}

std::optional<IdempotentAnswer> Unit::idempotent_answer(std::string_view owner, std::string_view key) {
  const auto* row = state_->answers.find(compound(owner, key), [&] { return state_->backend.load_answer(owner, key); });
  return row ? std::optional(*row) : std::nullopt;
}

void Unit::keep_answer(IdempotentAnswer answer) { state_->answers.add(std::move(answer)); }

void Unit::add(Event event) { state_->events.push_back(std::move(event)); }

}  // namespace jackfield::store
