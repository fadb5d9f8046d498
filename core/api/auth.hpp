// Tokens and roles: who asks, and what of it they may see.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "api/api.hpp"
#include "base/crypto.hpp"
#include "model/conversation.hpp"

namespace jackfield::api {

using Roles = unsigned;  // of Role, or-ed
inline constexpr Roles kAdmin = static_cast<Roles>(Role::admin);
inline constexpr Roles kAgent = static_cast<Roles>(Role::agent);
inline constexpr Roles kIntegration = static_cast<Roles>(Role::integration);
inline constexpr Roles kAll = kAdmin | kAgent | kIntegration;

// Who asks: a token without its secret.
struct Caller {
  std::string name;
  Role role = Role::integration;
  std::string agent;
  std::vector<std::string> queues;  // what an agent is held to; empty: all
  std::string token_hash;           // tells a token from another of the same name
  bool operator==(const Caller&) const = default;

  bool has(Roles roles) const { return (static_cast<Roles>(role) & roles) != 0; }
  bool sees_all() const { return role != Role::agent || queues.empty(); }
  bool sees_queue(std::string_view queue) const;
  // Errc::denied, naming the conversation, when it is none of its queues'.
  Result<void> check(const Conversation& conversation) const;
  // What a message or a change says of who made it.
  const std::string& author() const { return agent.empty() ? name : agent; }
};

// Constant after construction; any thread.
class Tokens {
 public:
  explicit Tokens(const std::vector<Token>& tokens);
  // Null: no token, or none that is known. Takes the same time whichever it is.
  std::shared_ptr<const Caller> find(std::string_view authorization_header) const;
  // Is there still a token that lets in exactly this caller?
  bool know(const Caller& caller) const;

 private:
  struct Entry {
    Sha256 hash;
    std::shared_ptr<const Caller> caller;
  };
  std::vector<Entry> entries_;
};

}  // namespace jackfield::api
