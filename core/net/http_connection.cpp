#include "net/http_connection.hpp"

namespace jackfield::net {

void ServerCore::add(const std::shared_ptr<Connection>& connection, bool counted) {
  std::lock_guard lock(mutex_);
  connections_.emplace(connection.get(), Entry{connection, counted});
  if (counted) ++counted_;
}

void ServerCore::remove(const Connection* connection) {
  std::lock_guard lock(mutex_);
  const auto found = connections_.find(connection);
  if (found == connections_.end()) return;
  if (found->second.counted) --counted_;
  connections_.erase(found);
  if (connections_.empty()) emptied_.notify_all();
}

std::vector<std::shared_ptr<Connection>> ServerCore::connections() const {
  std::vector<std::shared_ptr<Connection>> out;
  std::lock_guard lock(mutex_);
  out.reserve(connections_.size());
  for (const auto& [_, entry] : connections_) {
    if (auto connection = entry.connection.lock()) out.push_back(std::move(connection));
  }
  return out;
}

std::size_t ServerCore::open_connections() const {
  std::lock_guard lock(mutex_);
  return counted_;
}

bool ServerCore::wait_until_empty(Millis most) const {
  std::unique_lock lock(mutex_);
  return emptied_.wait_for(lock, most, [this] { return connections_.empty(); });
}

}  // namespace jackfield::net
