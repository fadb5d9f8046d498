// How many automatic mails one address has had of late: the last brake on two machines that answer each other. Pure.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>

namespace jackfield::email {

class AutomaticCap {
 public:
  explicit AutomaticCap(std::size_t most_a_day) : most_(most_a_day) {}
  // May this message go to that address? Counts it; a further try of the same message counts once.
  bool admit(const std::string& address, std::string_view message_key, std::int64_t now_ms);

 private:
  struct Sent {
    std::int64_t at_ms;
    std::string key;
  };
  void forget_old(std::int64_t now_ms);

  std::size_t most_;
  std::map<std::string, std::deque<Sent>> sent_;  // by address, 10,000 at most
};

}  // namespace jackfield::email
