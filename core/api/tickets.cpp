#include "api/tickets.hpp"

#include "base/crypto.hpp"

namespace jackfield::api {

std::optional<Tickets::Ticket> Tickets::issue(std::shared_ptr<const Caller> caller) {
  Ticket ticket{random_.hex(24), clock_.now() + kTicketLife};
  std::lock_guard lock(mutex_);
  std::erase_if(open_, [now = clock_.now()](const auto& entry) { return entry.second.expires_at <= now; });
  if (open_.size() >= kMostTickets) return std::nullopt;
  open_.emplace(sha256_hex(ticket.secret), Entry{std::move(caller), ticket.expires_at});
  return ticket;
}

std::shared_ptr<const Caller> Tickets::take(std::string_view secret) {
  if (secret.empty()) return nullptr;
  const std::string hash = sha256_hex(secret);
  std::lock_guard lock(mutex_);
  const auto found = open_.find(hash);
  if (found == open_.end()) return nullptr;
  const Entry entry = found->second;
  open_.erase(found);
  return entry.expires_at > clock_.now() ? entry.caller : nullptr;
}

}  // namespace jackfield::api
