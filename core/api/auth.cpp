#include "api/auth.hpp"

#include <algorithm>

namespace jackfield::api {
namespace {

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

bool Caller::sees_queue(std::string_view queue) const {
  return sees_all() || std::find(queues.begin(), queues.end(), queue) != queues.end();
}

Result<void> Caller::check(const Conversation& conversation) const {
  if (sees_queue(conversation.queue)) return {};
  return fail(Errc::denied, "conversation " + to_string(conversation.id) + " is in none of your queues");
}

Tokens::Tokens(const std::vector<Token>& tokens) {
  for (const Token& token : tokens) {
    if (token.secret.empty()) continue;  // would let in who sends none
    entries_.push_back({sha256(token.secret), std::make_shared<const Caller>(Caller{
                                                  token.name, token.role, token.agent, token.queues,
                                                  sha256_hex(token.secret)})});
  }
}

std::shared_ptr<const Caller> Tokens::find(std::string_view authorization_header) const {
  const std::string_view secret = bearer(authorization_header);
  if (secret.empty()) return nullptr;
  const Sha256 hash = sha256(secret);
  std::shared_ptr<const Caller> found;
  for (const Entry& entry : entries_) {  // all of them, so that the time tells nothing
    if (equal_constant_time(bytes_of(entry.hash), bytes_of(hash))) found = entry.caller;
  }
  return found;
}

bool Tokens::know(const Caller& caller) const {
  return std::any_of(entries_.begin(), entries_.end(), [&](const Entry& entry) { return *entry.caller == caller; });
}

}  // namespace jackfield::api
