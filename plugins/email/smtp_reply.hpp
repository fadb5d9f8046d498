// What an SMTP server says (RFC 5321), bytes to replies. Pure and bounded.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace jackfield::email {

struct SmtpReply {
  int code = 0;
  std::vector<std::string> lines;  // without the code
  std::string text() const;        // on one line, for people: "550 5.1.1 no such user"
  bool good() const { return code >= 200 && code < 400; }
};

class SmtpReplies {
 public:
  void receive(std::string_view bytes) { input_.append(bytes); }
  std::optional<SmtpReply> next();
  bool broken() const { return broken_; }  // it speaks something else, or without end
  void forget();

 private:
  std::string input_;
  SmtpReply under_way_;
  std::size_t bytes_ = 0;  // of it
  bool broken_ = false;
};

// "greylisted, try again in 300 seconds": 300000; 0 when no time is said.
std::int64_t wait_said_in(std::string_view text);

}  // namespace jackfield::email
