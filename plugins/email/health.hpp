// How the channel is, from how its parts are: ready when all of them work, degraded with what is wrong else. [strand]
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "jackfield/jackfield.hpp"

namespace jackfield::email {

class Health {
 public:
  explicit Health(sdk::Host& host) : host_(host) {}

  void starting(const std::string& part);  // keeps the channel from being ready
  void well(const std::string& part);
  void ill(const std::string& part, std::string_view why);

 private:
  enum class State : unsigned char { starting, well, ill };
  struct Part {
    State state = State::starting;
    std::string why;
  };
  void set(const std::string& part, State state, std::string_view why);
  void tell();

  sdk::Host& host_;
  std::map<std::string, Part> parts_;
};

}  // namespace jackfield::email
