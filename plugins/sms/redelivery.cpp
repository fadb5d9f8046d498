#include "redelivery.hpp"

#include <algorithm>
#include <cstdio>
#include <iterator>
#include <sstream>
#include <utility>

namespace jackfield::sms::smpp {
namespace {

constexpr std::size_t most_suspects = 512;

// FNV-1a: the likes of messages are looked for, nobody gains by making two alike.
void mix(std::uint64_t& hash, std::string_view text) {
  for (const char each : text) hash = (hash ^ static_cast<std::uint8_t>(each)) * 1099511628211ull;
  hash = (hash ^ 0xFF) * 1099511628211ull;
}

}  // namespace

std::uint64_t fingerprint(const ShortMessage& message) {
  std::uint64_t hash = 14695981039346656037ull;
  mix(hash, message.source.digits);
  mix(hash, message.destination.digits);
  mix(hash, {reinterpret_cast<const char*>(&message.data_coding), 1});
  mix(hash, message.short_message);
  for (const Tlv& tlv : message.tlvs) {
    mix(hash, two_octets(tlv.tag));
    mix(hash, tlv.value);
  }
  return hash;
}

std::string Redeliveries::key_of(std::size_t slot) { return "smpp/open/" + std::to_string(slot); }

void Redeliveries::load(std::string_view value) {
  unsigned long long ticket = 0, hash = 0, settled = 0;
  long long at = 0;
  if (std::sscanf(std::string(value).c_str(), "%llx %llx %lld %llx", &ticket, &hash, &at, &settled) != 4) return;
  stored_[ticket] = Open{0, hash, at};
  last_ = std::max<std::uint64_t>(last_, ticket);
  stored_settled_ = std::max<std::uint64_t>(stored_settled_, settled);
}

// "SETTLED" and a line for each suspect: its fingerprint and when it came.
void Redeliveries::load_rest(std::string_view value) {
  std::istringstream lines{std::string(value)};
  std::uint64_t settled = 0;
  Open open{};
  lines >> std::hex >> settled;
  while (lines >> std::hex >> open.fingerprint >> std::dec >> open.at_ms && suspects_.size() < most_suspects)
    suspects_.push_back(open);
  stored_settled_ = std::max(stored_settled_, settled);
  last_ = std::max(last_, settled);
}

std::string Redeliveries::rest() const {
  std::ostringstream text;
  text << std::hex << settled();
  for (const Open& each : suspects_) text << '\n' << std::hex << each.fingerprint << ' ' << std::dec << each.at_ms;
  return text.str();
}

void Redeliveries::loaded(std::int64_t now_ms) {
  std::erase_if(suspects_, [&](const Open& each) { return now_ms - each.at_ms >= horizon_ms; });
  for (const auto& [ticket, open] : stored_)
    if (ticket > stored_settled_ && now_ms - open.at_ms < horizon_ms) suspect(open);
  stored_.clear();
}

Redeliveries::Arrival Redeliveries::arrived(std::uint64_t connection, std::uint64_t hash, std::int64_t now_ms) {
  Arrival arrival;
  const auto like =
      std::find_if(suspects_.begin(), suspects_.end(), [&](const Open& each) { return each.fingerprint == hash; });
  if (like != suspects_.end()) {
    arrival.suspected = now_ms - like->at_ms < horizon_ms;
    suspects_.erase(like);  // one message comes again once for each time it came
    rest_changed_ = true;
  }
  arrival.ticket = ++last_;
  open_[arrival.ticket] = Open{connection, hash, now_ms};
  written_settled_ = settled();
  char value[80];
  std::snprintf(value, sizeof value, "%llx %llx %lld %llx", static_cast<unsigned long long>(arrival.ticket),
                static_cast<unsigned long long>(hash), static_cast<long long>(now_ms),
                static_cast<unsigned long long>(written_settled_));
  arrival.writes.emplace_back(key_of(arrival.ticket % slots), value);
  if (std::exchange(rest_changed_, false)) arrival.writes.emplace_back(rest_key, rest());
  return arrival;
}

// The delivery that was to write the list did not, so it is written again.
void Redeliveries::refused(std::uint64_t ticket) {
  open_.erase(ticket);
  rest_changed_ = rest_changed_ || !suspects_.empty();
}

void Redeliveries::read(std::uint64_t ticket) { open_.erase(ticket); }

void Redeliveries::connection_lost(std::uint64_t connection) {
  for (auto each = open_.begin(); each != open_.end();) {
    const bool lost = each->second.connection == connection;
    if (lost) suspect(each->second);
    each = lost ? open_.erase(each) : std::next(each);
  }
}

KvWrites Redeliveries::unwritten() {
  if (!rest_changed_ && written_settled_ == settled()) return {};
  rest_changed_ = false;
  written_settled_ = settled();
  return {{std::string(rest_key), rest()}};
}

void Redeliveries::suspect(const Open& open) {
  if (suspects_.size() >= most_suspects) suspects_.pop_front();
  suspects_.push_back(open);
  rest_changed_ = true;
}

std::uint64_t Redeliveries::settled() const { return open_.empty() ? last_ : open_.begin()->first - 1; }

}  // namespace jackfield::sms::smpp
