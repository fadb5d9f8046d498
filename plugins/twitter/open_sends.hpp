// Messages that may be on their way, kept over restarts: X tells us of everything that the account sends, and this is
// how one of Jackfield's own is known again whose answer never came.
#pragma once

#include <cstdint>
#include <deque>
#include <jackfield/jackfield.hpp>
#include <optional>
#include <string>
#include <vector>

#include "decode.hpp"

namespace jackfield::twitter {

struct OpenSend {
  std::string correlation;  // our message's id
  std::string to;           // user id; of a post the post it answers is not told again, so it is the text that counts
  std::string text;
  bool is_public = false;
  std::int64_t at_ms = 0;
};

// On the strand. At most 64: what is older is forgotten, and is then shown as sent from elsewhere.
class OpenSends {
 public:
  explicit OpenSends(sdk::Host& host) : host_(host) {}

  // What was open when the process ended; then(…) comes once.
  void load(sdk::Function<void()> then);
  // `then` once it is durable: only then may the message leave.
  void begin(OpenSend send, sdk::Function<void()> then);
  // Its end is known. One whose end is not stays.
  void end(const std::string& correlation);
  // The one that this is, which is then no longer open.
  std::optional<std::string> take(const Echo& echo);
  const std::deque<OpenSend>& all() const { return open_; }

  // X took it under that id; its echo is then a receipt. The latest few hundred are known, until the process ends.
  void accepted(std::string id);
  bool was_accepted(const std::string& id) const;

 private:
  void save();

  sdk::Host& host_;
  std::deque<OpenSend> open_;
  std::deque<std::string> accepted_;
  std::string stored_;  // what the key-value store holds
  bool saving_ = false, changed_ = false;
  std::vector<sdk::Function<void()>> waiting_;
};

}  // namespace jackfield::twitter
