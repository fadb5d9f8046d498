#include "reassembly.hpp"

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <functional>

#include "json_read.hpp"
#include "valid_text.hpp"

namespace jackfield::sms {
namespace {

namespace json = boost::json;
constexpr std::int64_t kTryAgainMs = 5'000;

unsigned hash_of(std::string_view text) {  // FNV-1a: the index is stored by it, so it never changes
  std::uint32_t hash = 2166136261u;
  for (const unsigned char c : text) hash = (hash ^ c) * 16777619u;
  return hash;
}

std::string shard_key(unsigned shard) { return "parts/index/" + std::to_string(shard); }

std::string json_of(const KvWrites& writes) {
  json::object out;
  for (const auto& [key, value] : writes) out[key] = value ? json::value(*value) : json::value();
  return json::serialize(out);
}

bool is_sane(const PartOf& part) { return part.total >= 1 && part.number >= 1 && part.number <= part.total; }

}  // namespace

Reassembly::Reassembly(sdk::Host& host, ReassemblyOptions options, Compose compose)
    : host_(host), options_(options), compose_(std::move(compose)), shards_(kShards) {}

void Reassembly::start() {
  if (started_) return;
  started_ = true;
  for (unsigned shard = 0; shard < kShards; ++shard)
    host_.kv_get(shard_key(shard), [this, shard](jf_status status, std::string_view text) {
      on_shard(shard, status == JF_OK ? text : std::string_view());
    });
}

void Reassembly::on_shard(unsigned, std::string_view text) {
  for (const auto& [key, due] : parsed_object(text))
    if (due.is_int64()) set_due(key, due.get_int64());
  if (--shards_to_come_ > 0) return;
  arm();
  auto early = std::move(early_);
  for (auto& pending : early) {
    const auto key = key_of_set(pending.part);
    begin(key, std::move(pending));
  }
}

void Reassembly::add(Inbound&& message, KvWrites&& writes, sdk::Host::Done done) {
  message.text = valid_text(message.text);  // as it is kept, so that it is the same after a restart
  Pending pending{false, std::move(message), std::move(writes), std::move(done)};
  if (!is_sane(*pending.part.part)) return deliver_alone(std::move(pending));
  if (shards_to_come_ > 0) return early_.push_back(std::move(pending));
  const auto key = key_of_set(pending.part);
  begin(key, std::move(pending));
}

void Reassembly::begin(const std::string& key, Pending pending) {
  auto found = sets_.find(key);
  if (found == sets_.end()) {
    const bool stored = due_at_.contains(key);
    if (!stored && due_at_.size() >= options_.most_open) return deliver_alone(std::move(pending));
    found = sets_.emplace(key, std::make_shared<Set>()).first;
    const auto set = found->second;
    set->loading = stored;
    if (stored) {
      set->waiting.push_back(std::move(pending));
      return load(key, set);
    }
  }
  const auto set = found->second;
  if (set->loading) return set->waiting.push_back(std::move(pending));
  take(key, set, std::move(pending));
}

void Reassembly::load(const std::string& key, const SetPtr& set) {
  host_.kv_get(key, [this, key, set](jf_status status, std::string_view text) {
    set->loading = false;
    set->broken = status != JF_OK && status != JF_NOT_FOUND;
    if (status == JF_OK)
      if (auto kept = kept_set_from(text)) set->kept = std::move(*kept);
    auto waiting = std::move(set->waiting);
    for (auto& pending : waiting) take(key, set, std::move(pending));
    if (set->in_flight == 0 && (set->broken || set->kept.parts.empty())) sets_.erase(key);
  });
}

void Reassembly::take(const std::string& key, const SetPtr& set, Pending pending) {
  if (set->broken) {
    if (pending.expiry) set_due(key, host_.now_ms() + kTryAgainMs);
    if (pending.done) pending.done(JF_BUSY);
    return;
  }
  pending.expiry ? take_expiry(key, set) : take_part(key, set, std::move(pending));
}

void Reassembly::take_part(const std::string& key, const SetPtr& set, Pending pending) {
  auto& kept = set->kept;
  if (kept.knows(pending.part) && pending.writes.empty()) {
    if (set->in_flight == 0) return pending.done(JF_OK);
    return set->asking.push_back(std::move(pending.done));
  }
  std::string items;
  if (!kept.knows(pending.part)) {
    // The reference is used again: what is there of the message before will not be completed any more.
    if (kept.contradicts(pending.part)) compose_(items, kept.whole());
    if (kept.is_empty() || kept.over || kept.contradicts(pending.part)) kept = KeptSet{.since_ms = host_.now_ms()};
    const auto number = pending.part.part->number;
    kept.parts[number] = std::move(pending.part);
  }
  if (kept.is_complete()) {
    compose_(items, kept.whole());
    kept.finish();
  }
  set_due(key, kept.over ? host_.now_ms() + options_.remember_ms : kept.since_ms + options_.wait_ms);
  commit(key, set, items, std::move(pending.writes), std::move(pending.done));
}

void Reassembly::take_expiry(const std::string& key, const SetPtr& set) {
  const auto due = due_at_.find(key);
  if (due == due_at_.end() || due->second > host_.now_ms()) return;  // it has gone on meanwhile
  std::string items;
  if (set->kept.parts.empty()) {
    set->kept = {};
    forget(key);
  } else {
    compose_(items, set->kept.whole());
    host_.count("incomplete_messages");
    set->kept.finish();
    set_due(key, host_.now_ms() + options_.remember_ms);
  }
  commit(key, set, items, {}, [this, key](jf_status status) {
    if (status != JF_OK) set_due(key, host_.now_ms() + kTryAgainMs);
  });
}

void Reassembly::deliver_alone(Pending pending) {
  const auto number = pending.part.part->number;
  Whole whole{std::move(pending.part), 1, {}};
  const auto total = whole.message.part->total;
  if (is_sane(*whole.message.part)) {
    whole.total = total;
    for (unsigned each = 1; each <= total; ++each)
      if (each != number) whole.missing.push_back(static_cast<std::uint8_t>(each));
  }
  std::string items;
  compose_(items, whole);
  host_.deliver('[' + items + ']', pending.writes.empty() ? "" : json_of(pending.writes), std::move(pending.done));
}

void Reassembly::commit(const std::string& key, const SetPtr& set, const std::string& items, KvWrites writes,
                        sdk::Host::Done done) {
  const auto shard = hash_of(key) % kShards;
  writes.emplace_back(key, set->kept.is_empty() ? std::nullopt : std::optional(to_json(set->kept)));
  writes.emplace_back(shard_key(shard), shards_[shard].empty() ? std::nullopt : std::optional(shard_text(shard)));
  ++set->in_flight;
  const auto own = std::make_shared<sdk::Host::Done>(std::move(done));
  host_.deliver('[' + items + ']', json_of(writes), [this, key, set, own](jf_status status) {
    on_committed(key, set, status);
    if (*own) (*own)(status);
  });
  arm();
}

void Reassembly::on_committed(const std::string& key, const SetPtr& set, jf_status status) {
  set->broken |= status != JF_OK;
  if (--set->in_flight > 0) return;
  const bool broken = set->broken;
  auto asking = std::move(set->asking);
  // Whole or spoilt: what is stored is read again when it is needed again.
  const auto found = sets_.find(key);
  if (found != sets_.end() && found->second == set && (broken || set->kept.parts.empty())) sets_.erase(found);
  for (auto& done : asking) done(broken ? JF_BUSY : JF_OK);
}

void Reassembly::set_due(const std::string& key, std::int64_t at_ms) {
  const auto [entry, is_new] = due_at_.emplace(key, at_ms);
  if (!is_new) by_due_.erase({entry->second, key});
  entry->second = at_ms;
  by_due_.emplace(at_ms, key);
  shards_[hash_of(key) % kShards].insert(key);
  if (shards_to_come_ == 0) arm();
}

void Reassembly::forget(const std::string& key) {
  const auto entry = due_at_.find(key);
  if (entry == due_at_.end()) return;
  by_due_.erase({entry->second, key});
  due_at_.erase(entry);
  shards_[hash_of(key) % kShards].erase(key);
}

std::string Reassembly::shard_text(unsigned shard) const {
  json::object out;
  for (const auto& key : shards_[shard]) out[key] = due_at_.at(key);
  return json::serialize(out);
}

void Reassembly::arm() {
  if (by_due_.empty()) return;
  const auto due = by_due_.begin()->first;
  if (timer_ != 0 && armed_for_ <= due) return;
  if (timer_ != 0) host_.cancel_timer(timer_);
  armed_for_ = due;
  timer_ = host_.at(due, [this] {
    timer_ = 0;
    expire();
  });
}

// Out of the order until they are dealt with, so that the timer does not fire for them again and again.
void Reassembly::expire() {
  std::vector<std::string> keys;
  while (!by_due_.empty() && by_due_.begin()->first <= host_.now_ms()) {
    keys.push_back(by_due_.begin()->second);
    by_due_.erase(by_due_.begin());
  }
  for (const auto& key : keys) begin(key, Pending{.expiry = true});
  arm();
}

}  // namespace jackfield::sms
