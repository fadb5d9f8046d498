// What a unit of work holds: the rows met, and what is not written yet. Private to unit*.cpp.
#pragma once

#include <algorithm>
#include <cstring>
#include <map>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "store/backend.hpp"
#include "store/identity_map.hpp"
#include "store/unit.hpp"

namespace jackfield::store {

// Parts of a compound key as one string; lengths keep "a","bc" and "ab","c" apart.
inline std::string compound(std::string_view a, std::string_view b) {
  std::string out = std::to_string(a.size());
  out.reserve(out.size() + 1 + a.size() + b.size());
  out.append(":").append(a).append(b);
  return out;
}

inline std::string timer_key(TimerKind kind, std::string_view channel, std::string_view key) {
  return static_cast<char>('0' + static_cast<int>(kind)) + compound(channel, key);
}

struct Decision {
  Id conversation;
  std::string json;
};

struct BoundKey {
  ProviderKey key;
  Id message;
};

struct ProviderKeyHash {
  std::size_t operator()(const ProviderKey& key) const noexcept {
    std::size_t hash;  // the key is a hash already
    std::memcpy(&hash, key.bytes.data(), sizeof hash);
    return hash;
  }
};

// How rows are found that have no id of their own.
struct KeyOf {
  Id operator()(const OutboxEntry& row) const { return row.message; }
  Id operator()(const Decision& row) const { return row.conversation; }
  ProviderKey operator()(const BoundKey& row) const { return row.key; }
  std::string operator()(const Agent& row) const { return row.name; }
  std::string operator()(const QueueCount& row) const { return row.queue; }
  std::string operator()(const QueueHistory& row) const { return row.queue; }
  std::string operator()(const Timer& row) const { return timer_key(row.kind, row.channel, row.key); }
  std::string operator()(const KvEntry& row) const { return compound(row.channel, row.key); }
  std::string operator()(const IdempotentAnswer& row) const { return compound(row.owner, row.key); }
};

struct Unit::State {
  explicit State(Backend& b) : backend(b) {}

  Backend& backend;

  // The kinds of rows; what each is written after is said in unit_writing.cpp.
  IdentityMap<Contact> contacts;
  IdentityMap<Conversation> conversations;
  IdentityMap<Message> messages;
  IdentityMap<OutboxEntry, KeyOf> outbox;
  IdentityMap<DeadLetter> dead_letters;
  IdentityMap<Media> media;
  IdentityMap<Merge> merges;
  IdentityMap<Callback> callbacks;
  IdentityMap<Webhook> webhooks;
  IdentityMap<ApiToken> api_tokens;
  IdentityMap<Agent, KeyOf> agents;
  IdentityMap<QueueCount, KeyOf> queue_counts;
  IdentityMap<QueueHistory, KeyOf> queue_histories;
  IdentityMap<Timer, KeyOf> timers;
  IdentityMap<Decision, KeyOf> decisions;
  IdentityMap<KvEntry, KeyOf> kv;
  IdentityMap<IdempotentAnswer, KeyOf> answers;
  IdentityMap<BoundKey, KeyOf, ProviderKeyHash> keys;
  std::vector<std::pair<WebhookEvent, Change>> webhook_events;
  std::vector<Event> events;

  struct AddressChange {
    Id contact;
    Address address;
    Change change;
  };
  std::unordered_map<std::string, Id> addresses;  // by scope and uri; 0: looked for and not there
  std::vector<AddressChange> address_changes;

  struct InScope {
    Conversation* latest = nullptr;
  };
  std::unordered_map<std::string, InScope> scopes;  // latest in them, null: none
  struct Known {
    std::string scope;     // as the scopes above know it
    std::string waits_in;  // the queue that counts it as waiting; empty: none
  };
  std::unordered_map<Id, Known> known;              // the conversations met
  std::vector<const Conversation*> changed_places;  // may wait elsewhere than where they are counted
  bool scopes_stale = false;                        // one moved: ask the database, after writing

  std::map<ProviderKey, std::vector<ParkedReceipt>> parked;
  std::vector<ParkedReceipt> new_parked;

  // Who must be woken, and how far the events went.
  std::int64_t last_cursor = 0;
  std::vector<std::string> outbox_channels;
  Time earliest_timer{};
  bool tokens_changed = false;

  Conversation* met(Conversation* conversation) {
    if (!conversation) return nullptr;
    const auto [at, fresh] = known.try_emplace(conversation->id);
    if (fresh) at->second = {conversation->scope, waits_in(*conversation)};
    return conversation;
  }

  static const std::string& waits_in(const Conversation& conversation) {
    static const std::string nowhere;
    return conversation.work.order != 0 ? conversation.queue : nowhere;
  }

  void place_touched(const Conversation& conversation) {
    if (changed_places.empty() || changed_places.back() != &conversation) changed_places.push_back(&conversation);
  }

  void outbox_touched(const OutboxEntry& entry) {
    if (std::find(outbox_channels.begin(), outbox_channels.end(), entry.channel) == outbox_channels.end())
      outbox_channels.push_back(entry.channel);
  }

  void timer_touched(const Timer& timer) {
    if (earliest_timer == Time{} || timer.due_at < earliest_timer) earliest_timer = timer.due_at;
  }

  QueueCount* count_of(const std::string& queue);
  void count_in(const std::string& queue, std::int64_t QueueCount::*what, int by);
  void count_place(const Conversation& conversation);
  void count_places();

  void write_addresses();
  void write_agents();
  void write_beside_messages();
  void write_webhooks();
  void write_events();
};

}  // namespace jackfield::store
