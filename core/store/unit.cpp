#include "store/unit.hpp"

#include <algorithm>
#include <cstring>
#include <map>
#include <type_traits>
#include <unordered_map>
#include <utility>

#include "store/backend.hpp"

namespace jackfield::store {
namespace {

struct KeyHash {
  std::size_t operator()(const ProviderKey& key) const noexcept {
    std::size_t hash;  // the key is a hash already
    std::memcpy(&hash, key.bytes.data(), sizeof hash);
    return hash;
  }
};

// Parts of a compound key as one string; lengths keep "a","bc" and "ab","c" apart.
std::string compound(std::string_view a, std::string_view b) {
  std::string out = std::to_string(a.size());
  out.reserve(out.size() + 1 + a.size() + b.size());
  out.append(":").append(a).append(b);
  return out;
}

std::string timer_key(TimerKind kind, std::string_view channel, std::string_view key) {
  return static_cast<char>('0' + static_cast<int>(kind)) + compound(channel, key);
}

// The identity map of one kind of row. A row that was looked for and is not there is kept as absent.
template <class Key, class T, class Hash = std::hash<Key>>
class Rows {
 public:
  struct Row {
    T value{};
    bool stored = false;   // is it in the database, as of the last flush?
    bool present = false;  // shall it be?
    bool dirty = false;
  };

  template <class Load>
  T* find(const Key& key, Load load) {
    auto at = rows_.find(key);
    if (at == rows_.end()) at = keep(key, load());
    return at->second.present ? &at->second.value : nullptr;
  }

  // What a query found; what the group knows of that row already wins.
  T& found(const Key& key, T value) {
    auto at = rows_.find(key);
    if (at == rows_.end()) at = keep(key, std::optional<T>(std::move(value)));
    return at->second.value;
  }

  T& add(const Key& key, T value) {
    Row& row = rows_[key];
    row.value = std::move(value);
    row.present = true;
    mark(row);
    return row.value;
  }

  void changed(const Key& key) { mark(rows_.at(key)); }

  void remove(const Key& key) {
    Row& row = rows_.at(key);
    row.present = false;
    mark(row);
  }

  bool pending() const { return !dirty_.empty(); }

  // Writes what changed, in the order in which it first did.
  template <class Write>
  void flush(Write write) {
    for (Row* row : dirty_) {
      if (row->present)
        write(row->value, row->stored ? Change::update : Change::insert);
      else if (row->stored)
        write(row->value, Change::remove);
      row->stored = row->present;
      row->dirty = false;
    }
    dirty_.clear();
  }

 private:
  auto keep(const Key& key, std::optional<T> loaded) {
    Row row;
    row.stored = row.present = loaded.has_value();
    if (loaded) row.value = std::move(*loaded);
    return rows_.emplace(key, std::move(row)).first;
  }

  void mark(Row& row) {
    if (!std::exchange(row.dirty, true)) dirty_.push_back(&row);
  }

  std::unordered_map<Key, Row, Hash> rows_;  // its nodes stay where they are
  std::vector<Row*> dirty_;
};

struct AddressChange {
  Id contact;
  Address address;
  Change change;
};

}  // namespace

struct Unit::State {
  explicit State(Backend& b) : backend(b) {}

  Backend& backend;
  Rows<Id, Contact> contacts;
  Rows<Id, Conversation> conversations;
  Rows<Id, Message> messages;
  Rows<Id, OutboxEntry> outbox;
  Rows<Id, DeadLetter> dead_letters;
  Rows<Id, Media> media;
  Rows<Id, Merge> merges;
  Rows<Id, Webhook> webhooks;
  Rows<std::string, Agent> agents;
  Rows<std::string, QueueHistory> queue_histories;
  std::vector<std::pair<WebhookEvent, Change>> webhook_events;
  Rows<std::string, Timer> timers;
  Rows<Id, std::pair<Id, std::string>> decisions;
  Rows<std::string, KvEntry> kv;
  Rows<std::string, IdempotentAnswer> answers;
  Rows<ProviderKey, std::pair<ProviderKey, Id>, KeyHash> keys;

  std::unordered_map<std::string, Id> addresses;  // by scope and uri; 0: looked for and not there
  std::vector<AddressChange> address_changes;

  struct InScope {
    Conversation* latest;
  };
  std::unordered_map<std::string, InScope> scopes;  // latest in them, null: none
  std::unordered_map<Id, std::string> scope_of;     // of the conversations met, as the scopes above know it
  bool scopes_stale = false;                        // one moved: ask the database, after writing

  std::map<ProviderKey, std::vector<ParkedReceipt>> parked;
  std::vector<ParkedReceipt> new_parked;
  std::vector<Event> events;

  std::int64_t last_cursor = 0;
  std::vector<std::string> outbox_channels;
  Time earliest_timer{};

  Conversation* met(Conversation* conversation) {
    if (conversation) scope_of.try_emplace(conversation->id, conversation->scope);
    return conversation;
  }

  void outbox_touched(const OutboxEntry& entry) {
    if (std::find(outbox_channels.begin(), outbox_channels.end(), entry.channel) == outbox_channels.end())
      outbox_channels.push_back(entry.channel);
  }

  void timer_touched(const Timer& timer) {
    if (earliest_timer == Time{} || timer.due_at < earliest_timer) earliest_timer = timer.due_at;
  }

  void flush_agents() {
    agents.flush([&](const Agent& row, Change change) { backend.write(row, change); });
  }

  void write_addresses() {
    for (const auto& [contact, address, change] : address_changes) backend.write_address(contact, address, change);
    address_changes.clear();
  }

  void write_events() {
    for (const Event& event : events) last_cursor = backend.write(event);
    events.clear();
  }
};

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
  const Id id = contact.id;
  Contact& row = state_->contacts.add(id, std::move(contact));
  for (const Address& address : row.addresses) {
    state_->addresses[compound(address.scope, address.uri)] = id;
    state_->address_changes.push_back({id, address, Change::insert});
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
  state_->contacts.remove(contact.id);
}

std::vector<Contact*> Unit::merged_into(Id id) {
  flush();
  std::vector<Contact*> out;
  for (const Id from : state_->backend.merged_into(id))
    if (Contact* found = contact(from)) out.push_back(found);
  return out;
}

void Unit::changed(Contact& contact) { state_->contacts.changed(contact.id); }

Merge* Unit::merge(Id id) {
  return state_->merges.find(id, [&] { return state_->backend.load_merge(id); });
}

Merge& Unit::add(Merge merge) {
  const Id id = merge.id;
  return state_->merges.add(id, std::move(merge));
}

void Unit::changed(Merge& merge) { state_->merges.changed(merge.id); }

// --- webhooks

Webhook* Unit::webhook(Id id) {
  return state_->webhooks.find(id, [&] { return state_->backend.load_webhook(id); });
}

Webhook& Unit::add(Webhook webhook) {
  const Id id = webhook.id;
  return state_->webhooks.add(id, std::move(webhook));
}

void Unit::changed(Webhook& webhook) { state_->webhooks.changed(webhook.id); }
void Unit::remove(Webhook& webhook) { state_->webhooks.remove(webhook.id); }
void Unit::put(WebhookEvent event) { state_->webhook_events.emplace_back(std::move(event), Change::insert); }
void Unit::remove(const WebhookEvent& event) { state_->webhook_events.emplace_back(event, Change::remove); }

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
    if (auto row = s.backend.load_latest_in_scope(scope)) {
      const Id id = row->id;
      at->second.latest = s.met(&s.conversations.found(id, std::move(*row)));
    }
  }
  return at->second.latest;
}

Conversation& Unit::add(Conversation conversation) {
  State& s = *state_;
  const Id id = conversation.id;
  Conversation& row = s.conversations.add(id, std::move(conversation));
  s.scope_of[id] = row.scope;
  // Ids rise, so that what is added is the newest; when nobody asked yet, the database need not be asked any more.
  Conversation*& latest = s.scopes[row.scope].latest;
  if (!latest || latest->id < id) latest = &row;
  return row;
}

void Unit::changed(Conversation& conversation) {
  State& s = *state_;
  s.conversations.changed(conversation.id);
  std::string& known = s.scope_of[conversation.id];
  if (known == conversation.scope) return;
  known = conversation.scope;
  s.scopes_stale = true;
}

std::vector<Conversation*> Unit::conversations_of(Id contact) {
  flush();
  std::vector<Conversation*> out;
  for (const Id id : state_->backend.conversations_of(contact))
    if (Conversation* found = conversation(id)) out.push_back(found);
  return out;
}

std::string Unit::decision(Id conversation) {
  const auto* row = state_->decisions.find(conversation, [&]() -> std::optional<std::pair<Id, std::string>> {
    std::string json = state_->backend.load_decision(conversation);
    if (json.empty()) return std::nullopt;
    return std::pair(conversation, std::move(json));
  });
  return row ? row->second : std::string();
}

void Unit::set_decision(Id conversation, std::string json) {
  state_->decisions.add(conversation, std::pair(conversation, std::move(json)));
}

// --- messages

Message* Unit::message(Id id) {
  return state_->messages.find(id, [&] { return state_->backend.load_message(id); });
}

Message& Unit::add(Message message) {
  const Id id = message.id;
  return state_->messages.add(id, std::move(message));
}

void Unit::changed(Message& message) { state_->messages.changed(message.id); }
void Unit::remove(Message& message) { state_->messages.remove(message.id); }

std::vector<Id> Unit::messages_of(Id conversation) {
  flush();
  return state_->backend.messages_of(conversation);
}

std::vector<Id> Unit::messages_from(Id contact) {
  flush();
  return state_->backend.messages_from(contact);
}

Id Unit::message_by_key(const ProviderKey& key) {
  const auto* row = state_->keys.find(key, [&]() -> std::optional<std::pair<ProviderKey, Id>> {
    const Id message = state_->backend.find_key(key);
    if (!message) return std::nullopt;
    return std::pair(key, message);
  });
  return row ? row->second : Id{};
}

void Unit::bind_key(const ProviderKey& key, Id message) { state_->keys.add(key, std::pair(key, message)); }

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

Media& Unit::add(Media media) {
  const Id id = media.id;
  return state_->media.add(id, std::move(media));
}

void Unit::changed(Media& media) { state_->media.changed(media.id); }
void Unit::remove(Media& media) { state_->media.remove(media.id); }

bool Unit::file_used(std::string_view sha256) {
  flush();
  return state_->backend.file_used(sha256);
}

// --- work to do

OutboxEntry* Unit::outbox(Id message) {
  return state_->outbox.find(message, [&] { return state_->backend.load_outbox(message); });
}

OutboxEntry& Unit::add(OutboxEntry entry) {
  const Id message = entry.message;
  state_->outbox_touched(entry);
  return state_->outbox.add(message, std::move(entry));
}

void Unit::changed(OutboxEntry& entry) {
  state_->outbox_touched(entry);
  state_->outbox.changed(entry.message);
}

void Unit::remove(OutboxEntry& entry) {
  state_->outbox_touched(entry);
  state_->outbox.remove(entry.message);
}

std::vector<OutboxEntry*> Unit::due_outbox(std::string_view channel, Time now, std::size_t most,
                                           const std::vector<std::string>& paused_recipients) {
  flush();
  std::vector<OutboxEntry*> out;
  for (const Id message : state_->backend.due_outbox(channel, now, most, paused_recipients))
    if (OutboxEntry* entry = outbox(message)) out.push_back(entry);
  return out;
}

std::vector<OutboxEntry*> Unit::overdue_outbox(const std::vector<std::string>& served_channels, Time now,
                                               std::size_t most) {
  flush();
  std::vector<OutboxEntry*> out;
  for (const Id message : state_->backend.overdue_outbox(served_channels, now, most))
    if (OutboxEntry* entry = outbox(message)) out.push_back(entry);
  return out;
}

std::vector<OutboxEntry*> Unit::in_flight() {
  flush();
  std::vector<OutboxEntry*> out;
  for (const Id message : state_->backend.in_flight())
    if (OutboxEntry* entry = outbox(message)) out.push_back(entry);
  return out;
}

std::vector<OutboxEntry*> Unit::unsettled_outbox(std::string_view channel, std::string_view recipient) {
  flush();
  std::vector<OutboxEntry*> out;
  for (const Id message : state_->backend.unsettled_outbox(channel, recipient))
    if (OutboxEntry* entry = outbox(message)) out.push_back(entry);
  return out;
}

std::vector<Message*> Unit::sent_before(Id conversation, std::string_view channel, Id before, Status below) {
  flush();
  std::vector<Message*> out;
  for (const Id id : state_->backend.sent_before(conversation, channel, before, below))
    if (Message* found = message(id)) out.push_back(found);
  return out;
}

std::vector<OutboxEntry*> Unit::put_off(Time until) {
  flush();
  std::vector<OutboxEntry*> out;
  for (const Id message : state_->backend.put_off(until))
    if (OutboxEntry* entry = outbox(message)) out.push_back(entry);
  return out;
}

Timer* Unit::timer(TimerKind kind, std::string_view channel, std::string_view key) {
  return state_->timers.find(timer_key(kind, channel, key),
                             [&] { return state_->backend.load_timer(kind, channel, key); });
}

Timer& Unit::add(Timer timer) {
  state_->timer_touched(timer);
  const std::string key = timer_key(timer.kind, timer.channel, timer.key);
  this->timer(timer.kind, timer.channel, timer.key);  // whether there is one to replace
  return state_->timers.add(key, std::move(timer));
}

void Unit::changed(Timer& timer) {
  state_->timer_touched(timer);
  state_->timers.changed(timer_key(timer.kind, timer.channel, timer.key));
}

void Unit::remove(Timer& timer) { state_->timers.remove(timer_key(timer.kind, timer.channel, timer.key)); }

std::vector<Timer*> Unit::due_timers(Time now, std::size_t most) {
  flush();
  std::vector<Timer*> out;
  for (Timer& row : state_->backend.due_timers(now, most)) {
    const std::string key = timer_key(row.kind, row.channel, row.key);
    out.push_back(&state_->timers.found(key, std::move(row)));
  }
  return out;
}

DeadLetter* Unit::dead_letter(Id id) {
  return state_->dead_letters.find(id, [&] { return state_->backend.load_dead_letter(id); });
}

DeadLetter& Unit::add(DeadLetter letter) {
  const Id id = letter.id;
  return state_->dead_letters.add(id, std::move(letter));
}

void Unit::changed(DeadLetter& letter) { state_->dead_letters.changed(letter.id); }
void Unit::remove(DeadLetter& letter) { state_->dead_letters.remove(letter.id); }

std::vector<DeadLetter*> Unit::dead_letters_with(std::string_view text) {
  flush();
  std::vector<DeadLetter*> out;
  for (const Id id : state_->backend.dead_letters_with(text))
    if (DeadLetter* found = dead_letter(id)) out.push_back(found);
  return out;
}

std::vector<Timer*> Unit::timers_with(TimerKind kind, std::string_view text) {
  flush();
  std::vector<Timer*> out;
  for (Timer& row : state_->backend.timers_with(kind, text)) {
    const std::string key = timer_key(row.kind, row.channel, row.key);
    out.push_back(&state_->timers.found(key, std::move(row)));
  }
  return out;
}

// --- agents

Agent* Unit::agent(std::string_view name) {
  return state_->agents.find(std::string(name), [&] { return state_->backend.load_agent(name); });
}

Agent& Unit::add(Agent agent) {
  std::string name = agent.name;
  return state_->agents.add(name, std::move(agent));
}

void Unit::changed(Agent& agent) { state_->agents.changed(agent.name); }

std::vector<Agent*> Unit::free_agents(std::string_view queue, CapacityClass capacity_class, std::size_t most) {
  state_->flush_agents();  // asked for every message that waits: nothing else is written for it
  std::vector<Agent*> out;
  for (const auto& name : state_->backend.free_agents(queue, capacity_class, most))
    if (Agent* found = agent(name)) out.push_back(found);
  return out;
}

std::vector<Agent*> Unit::agents(std::optional<Presence> presence) {
  state_->flush_agents();
  std::vector<Agent*> out;
  for (const auto& name : state_->backend.agents(presence))
    if (Agent* found = agent(name)) out.push_back(found);
  return out;
}

std::vector<Conversation*> Unit::waiting(std::string_view queue, CapacityClass capacity_class, std::size_t most) {
  flush();
  std::vector<Conversation*> out;
  for (const Id id : state_->backend.waiting(queue, capacity_class, most))
    if (Conversation* found = conversation(id)) out.push_back(found);
  return out;
}

std::int64_t Unit::count_waiting(std::string_view queue, std::int64_t most) {
  flush();
  return state_->backend.count_waiting(queue, most);
}

std::vector<Conversation*> Unit::held_by(std::string_view agent) {
  flush();
  std::vector<Conversation*> out;
  for (const Id id : state_->backend.held_by(agent))
    if (Conversation* found = conversation(id)) out.push_back(found);
  return out;
}

QueueHistory* Unit::queue_history(std::string_view queue) {
  return state_->queue_histories.find(std::string(queue), [&] { return state_->backend.load_queue_history(queue); });
}

QueueHistory& Unit::add(QueueHistory history) {
  std::string queue = history.queue;
  return state_->queue_histories.add(queue, std::move(history));
}

void Unit::changed(QueueHistory& history) { state_->queue_histories.changed(history.queue); }

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
  const std::string row = compound(channel, key);
  const bool had = kv(channel, key).has_value();
  if (value)
    state_->kv.add(row, KvEntry{std::string(channel), std::string(key), std::move(*value)});
  else if (had)
    state_->kv.remove(row);
}

std::optional<IdempotentAnswer> Unit::idempotent_answer(std::string_view owner, std::string_view key) {
  const auto* row = state_->answers.find(compound(owner, key), [&] { return state_->backend.load_answer(owner, key); });
  return row ? std::optional(*row) : std::nullopt;
}

void Unit::keep_answer(IdempotentAnswer answer) {
  const std::string key = compound(answer.owner, answer.key);
  state_->answers.add(key, std::move(answer));
}

void Unit::add(Event event) { state_->events.push_back(std::move(event)); }

void Unit::forget(const std::vector<Id>& contacts) {
  flush();
  state_->backend.forget(contacts);
}

bool Unit::expire(Time events_before, Time answers_before, std::size_t most) {
  flush();
  state_->parked.clear();
  return state_->backend.expire(events_before, answers_before, most);
}

// --- the committer's

void Unit::flush() {
  State& s = *state_;
  Backend& b = s.backend;
  // What is referred to comes before what refers to it.
  const auto write = [&](const auto& row, Change change) { b.write(row, change); };
  s.contacts.flush(write);
  s.write_addresses();
  s.merges.flush(write);
  s.flush_agents();
  s.queue_histories.flush(write);
  s.conversations.flush([&](Conversation& row, Change change) {
    b.write(row, change);
    row.work.changed = false;
  });
  s.decisions.flush([&](const auto& row, Change) { b.write_decision(row.first, row.second); });
  s.messages.flush(write);
  s.keys.flush([&](const auto& row, Change) { b.write_key(row.first, row.second); });
  s.outbox.flush(write);
  s.media.flush(write);
  s.dead_letters.flush(write);
  s.timers.flush(write);
  s.kv.flush([&](const KvEntry& row, Change change) {
    b.write_kv(row.channel, row.key, change == Change::remove ? std::nullopt : std::optional(row.value));
  });
  for (const ParkedReceipt& receipt : s.new_parked) b.write_parked(receipt);
  s.new_parked.clear();
  s.webhooks.flush(write);
  for (const auto& [event, change] : s.webhook_events) b.write(event, change);
  s.webhook_events.clear();
  s.answers.flush([&](const IdempotentAnswer& row, Change) { b.write_answer(row); });
  s.write_events();
}

std::int64_t Unit::last_cursor() const { return state_->last_cursor; }
const std::vector<std::string>& Unit::outbox_channels() const { return state_->outbox_channels; }
Time Unit::earliest_timer() const { return state_->earliest_timer; }

}  // namespace jackfield::store
