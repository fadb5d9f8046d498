// Sets of addresses, as operators write them: "10.0.0.0/8", "::1", "192.0.2.7".
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace jackfield::net {

// Constant; any thread; copies are cheap.
class Networks {
 public:
  Networks() = default;  // holds no address
  // Errc::invalid names the first that is no address or network. Bits behind the prefix must be zero.
  static Result<Networks> make(const std::vector<std::string>& written);
  // An IPv4 address that is written as an IPv6 one counts as IPv4. What is no address is in no network.
  bool contain(std::string_view address) const;

 private:
  struct State;
  std::shared_ptr<const State> state_;
};

// What one customer of a network can choose freely is left out: of an IPv6 address the first 64 bits stay, an IPv4 one
// stays whole. What is no address stays as it is.
std::string customer_of(std::string_view address);

}  // namespace jackfield::net
