#include "net/lookup.hpp"

#include <netdb.h>

#include <cstring>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

namespace jackfield::net {
namespace {

Lookups::Found endpoints_of(const addrinfo* list, std::uint16_t port) {
  Lookups::Found out;
  for (; list; list = list->ai_next) {
    Tcp::endpoint endpoint;
    if (list->ai_addrlen > endpoint.capacity()) continue;
    endpoint.resize(list->ai_addrlen);
    std::memcpy(endpoint.data(), list->ai_addr, list->ai_addrlen);
    endpoint.port(port);
    out.push_back(endpoint);
  }
  return out;
}

// Blocks for as long as the name servers take.
Result<Lookups::Found> ask(const std::string& host, std::uint16_t port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_ADDRCONFIG;
  addrinfo* list = nullptr;
  int failed = ::getaddrinfo(host.c_str(), nullptr, &hints, &list);
  if (failed == EAI_NONAME) {  // of a machine with the loopback only: what it has not configured is left out
    hints.ai_flags = 0;
    failed = ::getaddrinfo(host.c_str(), nullptr, &hints, &list);
  }
  if (failed != 0) return fail(Errc::unavailable, ::gai_strerror(failed));
  auto found = endpoints_of(list, port);
  ::freeaddrinfo(list);
  if (found.empty()) return fail(Errc::unavailable, "has no address");
  return found;
}

}  // namespace

// Who waits stays here, so that a thread which comes too late finds nobody and touches nothing of the io context.
struct Lookups::State {
  struct Waiting {
    StrandExecutor strand;
    Done done;
  };

  std::mutex mutex;
  std::map<std::uint64_t, Waiting> waiting;
  std::uint64_t next = 1;
  int threads = 0;

  void answer(std::uint64_t id, Result<Found> found) {
    std::lock_guard lock(mutex);
    --threads;
    auto node = waiting.extract(id);
    if (!node) return;
    auto& [strand, done] = node.mapped();
    asio::post(strand, [done = std::move(done), found = std::move(found)]() mutable { done(std::move(found)); });
  }
};

Lookups::Lookups() : state_(std::make_shared<State>()) {}

Lookups::~Lookups() {
  std::map<std::uint64_t, State::Waiting> last;  // let go outside the lock
  std::lock_guard lock(state_->mutex);
  last.swap(state_->waiting);
}

void Lookups::find(const std::string& host, std::uint16_t port, const StrandExecutor& strand, Done done) {
  const auto say = [&](Result<Found> found) {
    asio::post(strand, [done = std::move(done), found = std::move(found)]() mutable { done(std::move(found)); });
  };
  error_code no_address;
  const auto address = asio::ip::make_address(host, no_address);
  if (!no_address) return say(Found{Tcp::endpoint(address, port)});
  std::uint64_t id = 0;
  {
    std::lock_guard lock(state_->mutex);
    if (state_->threads >= kMostLookups) return say(fail(Errc::busy, "too many names are being looked up"));
    ++state_->threads;
    id = state_->next++;
    state_->waiting.emplace(id, State::Waiting{strand, std::move(done)});
  }
  try {
    std::thread([state = state_, id, host, port] { state->answer(id, ask(host, port)); }).detach();
  } catch (const std::system_error&) {
    state_->answer(id, fail(Errc::busy, "no thread is left to look a name up"));
  }
}

}  // namespace jackfield::net
