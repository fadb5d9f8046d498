#include "api/auth.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>

namespace jackfield::api {
namespace {

constexpr std::array<std::pair<Role, std::string_view>, 3> kRoles{
    {{Role::admin, "admin"}, {Role::agent, "agent"}, {Role::integration, "integration"}}};
constexpr Millis kNotedEvery{60'000};

bool has_expired(const Caller& caller, Time now) { return caller.expires_at != Time{} && caller.expires_at <= now; }

std::string_view bytes_of(const Sha256& hash) { return {reinterpret_cast<const char*>(hash.data()), hash.size()}; }

// "Bearer TOKEN", the scheme in any case (RFC 9110); empty when it is something else.
std::string_view bearer(std::string_view header) {
  constexpr std::string_view kScheme = "bearer ";
  if (header.size() <= kScheme.size()) return {};
  const bool is_bearer = std::equal(kScheme.begin(), kScheme.end(), header.begin(), [](char want, char got) {
    return want == (got >= 'A' && got <= 'Z' ? static_cast<char>(got - 'A' + 'a') : got);
  });
  if (!is_bearer) return {};
  header.remove_prefix(kScheme.size());
  while (!header.empty() && header.front() == ' ') header.remove_prefix(1);
  while (!header.empty() && header.back() == ' ') header.remove_suffix(1);
  return header;
}

}  // namespace

std::string_view name_of(Role role) {
  for (const auto& [value, name] : kRoles)
    if (value == role) return name;
  return "?";
}

bool parse(std::string_view text, Role& out) {
  for (const auto& [value, name] : kRoles)
    if (name == text) return out = value, true;
  return false;
}

bool Caller::sees_queue(std::string_view queue) const {
  return sees_all() || std::find(queues.begin(), queues.end(), queue) != queues.end();
}

Result<void> Caller::check(const Conversation& conversation) const {
  if (sees_queue(conversation.queue)) return {};
  return fail(Errc::denied, "conversation " + to_string(conversation.id) + " is in none of your queues");
}

bool Caller::operator==(const Caller& other) const {
  return name == other.name && role == other.role && agent == other.agent && queues == other.queues &&
         token_hash == other.token_hash && token == other.token && expires_at == other.expires_at;
}

bool TokenUse::used(Time now) {
  const std::int64_t ms = to_ms(now);
  at_.store(ms, std::memory_order_relaxed);
  std::int64_t noted = noted_.load(std::memory_order_relaxed);
  // Also when the clock went back.
  return std::abs(ms - noted) >= kNotedEvery.count() && noted_.compare_exchange_strong(noted, ms);
}

Tokens::Tokens(const std::vector<Token>& configured, const std::vector<store::ApiToken>& made, std::string key,
               const Tokens* before)
    : key_(std::move(key)) {
  for (const Token& token : configured) {
    if (token.secret.empty() && token.hash.empty()) continue;  // would let in who sends none
    const std::string hash = token.hash.empty() ? sha256_hex(token.secret) : token.hash;
    add({token.name, token.role, token.agent, token.queues, hash, Id{}, Time{}, Time{}, nullptr}, Time{}, before);
  }
  for (const store::ApiToken& token : made) {
    Role role{};
    if (!parse(token.role, role)) continue;  // of a newer version: it lets nobody in
    add({token.name, role, token.agent, token.queues, token.hash, token.id, token.expires_at, token.created_at,
         nullptr},
        token.last_used_at, before);
  }
}

void Tokens::add(Caller caller, Time used_at, const Tokens* before) {
  const Caller* known = before ? before->with_hash(caller.token_hash) : nullptr;
  caller.use = known ? known->use : std::make_shared<TokenUse>(used_at);
  all_.push_back(std::make_shared<const Caller>(std::move(caller)));
  by_place_.emplace(place_of(all_.back()->token_hash), all_.back());  // the first of two, which is the file's
}

std::string Tokens::place_of(std::string_view hash) const {
  const Sha256 place = hmac_sha256(key_, hash);
  return std::string(bytes_of(place));
}

const Caller* Tokens::with_hash(std::string_view hash) const {
  const auto at = by_place_.find(place_of(hash));
  return at != by_place_.end() && equal_constant_time(at->second->token_hash, hash) ? at->second.get() : nullptr;
}

std::shared_ptr<const Caller> Tokens::find(std::string_view authorization_header, Time now) const {
  const std::string_view secret = bearer(authorization_header);
  if (secret.empty()) return nullptr;
  const std::string hash = sha256_hex(secret);
  const auto at = by_place_.find(place_of(hash));
  if (at == by_place_.end() || !equal_constant_time(at->second->token_hash, hash)) return nullptr;
  return has_expired(*at->second, now) ? nullptr : at->second;
}

bool Tokens::know(const Caller& caller, Time now) const {
  const Caller* known = with_hash(caller.token_hash);
  return known && *known == caller && !has_expired(*known, now);
}

bool Tokens::any_expires(Time after, Time until) const {
  return std::any_of(all_.begin(), all_.end(),
                     [&](const auto& caller) { return caller->expires_at > after && caller->expires_at <= until; });
}

}  // namespace jackfield::api
