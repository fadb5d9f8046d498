// Names to addresses, for streams. Asio looks all names of an io context up on one thread, where one name server that
// does not answer holds up everybody, the end of the program included. Here each lookup has a thread of its own, up to
// a bound, that nobody waits for.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "net/asio.hpp"

namespace jackfield::net {

inline constexpr int kMostLookups = 64;

// The lookups of one io context; owned by its state. [any thread]
class Lookups {
 public:
  using Found = std::vector<Tcp::endpoint>;
  using Done = std::function<void(Result<Found>)>;

  Lookups();
  ~Lookups();  // what is under way ends without done being called

  // done is posted to that strand, once. Past the bound it is Errc::busy. What is no name needs no thread.
  void find(const std::string& host, std::uint16_t port, const StrandExecutor& strand, Done done);

 private:
  struct State;
  const std::shared_ptr<State> state_;
};

}  // namespace jackfield::net
