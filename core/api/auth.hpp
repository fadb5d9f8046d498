// Tokens and roles: who asks, and what of it they may see.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "api/api.hpp"
#include "base/crypto.hpp"
#include "model/conversation.hpp"
#include "store/rows.hpp"

namespace jackfield::api {

std::string_view name_of(Role role);
bool parse(std::string_view text, Role& out);

using Roles = unsigned;  // of Role, or-ed
inline constexpr Roles kAdmin = static_cast<Roles>(Role::admin);
inline constexpr Roles kAgent = static_cast<Roles>(Role::agent);
inline constexpr Roles kIntegration = static_cast<Roles>(Role::integration);
inline constexpr Roles kAll = kAdmin | kAgent | kIntegration;

// When a token was used. Shared by all who know the token; any thread.
class TokenUse {
 public:
  explicit TokenUse(Time stored = {}) : at_(to_ms(stored)), noted_(to_ms(stored)) {}
  // True for one of those who use it within a minute: that one notes it in the store.
  bool used(Time now);
  Time at() const { return time_from_ms(at_.load()); }  // Time{}: not yet

 private:
  std::atomic<std::int64_t> at_, noted_;
};

// Who asks: a token without its secret.
struct Caller {
  std::string name;
  Role role = Role::integration;
  std::string agent;
  std::vector<std::string> queues;  // what an agent is held to; empty: all
  std::string token_hash;           // tells a token from another of the same name
  Id token{};                       // of one made over the API; 0: it stands in the configuration file
  Time expires_at{};                // Time{}: never
  Time created_at{};                // of one made over the API
  std::shared_ptr<TokenUse> use;    // null in tests only

  // Are they the same, whatever they were used for?
  bool operator==(const Caller& other) const;

  bool has(Roles roles) const { return (static_cast<Roles>(role) & roles) != 0; }
  bool sees_all() const { return role != Role::agent || queues.empty(); }
  bool sees_queue(std::string_view queue) const;
  // Errc::denied, naming the conversation, when it is none of its queues'.
  Result<void> check(const Conversation& conversation) const;
  // What a message or a change says of who made it.
  const std::string& author() const { return agent.empty() ? name : agent; }
};

// All tokens that let somebody in at one time. Constant after construction; any thread.
//
// A token is found by its hash under a key that only this process knows, and then compared in constant time. So what
// the search costs says nothing of the tokens that there are, to somebody who may try as often as they like; and it
// does not grow with their number.
class Tokens {
 public:
  // key: 32 random bytes. before: what these take the place of, for when the tokens were used; may be null.
  Tokens(const std::vector<Token>& configured, const std::vector<store::ApiToken>& made = {}, std::string key = {},
         const Tokens* before = nullptr);
  // Null: no token, none that is known, or one that has expired.
  std::shared_ptr<const Caller> find(std::string_view authorization_header, Time now) const;
  // Does a token let in exactly this caller?
  bool know(const Caller& caller, Time now) const;
  const std::vector<std::shared_ptr<const Caller>>& all() const { return all_; }  // the file's first
  bool any_expires(Time after, Time until) const;                                 // in (after, until]

 private:
  std::string place_of(std::string_view hash) const;
  const Caller* with_hash(std::string_view hash) const;
  void add(Caller caller, Time used_at, const Tokens* before);

  const std::string key_;
  std::vector<std::shared_ptr<const Caller>> all_;
  std::unordered_map<std::string, std::shared_ptr<const Caller>> by_place_;
};

}  // namespace jackfield::api
