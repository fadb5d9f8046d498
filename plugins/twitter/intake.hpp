// The inbound way: what X says becomes events, with what has to be remembered of them in the same transaction.
#pragma once

#include <cstdint>
#include <jackfield/jackfield.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "decode.hpp"
#include "open_sends.hpp"

namespace jackfield::twitter {

// On the strand. Kept: "cursor" (X's time up to which nothing is missing), "unsummoned.POST" (posts that may not be
// answered), "root.POST" (the first version of an edited post).
class Intake {
 public:
  using Done = sdk::Function<void(bool durable)>;

  Intake(sdk::Host& host, OpenSends& open_sends) : host_(host), open_sends_(open_sends) {}

  void load(sdk::Function<void()> then);  // the cursor
  // A webhook's body, or a line of the stream. done(false): it is not stored; give it again, or fill the gap later.
  void take(std::string_view body, Done done);
  void deliver(Decoded decoded, Done done);

  // 0: nothing was ever received.
  std::int64_t cursor_ms() const { return cursor_ms_; }
  // All until then was received or read. Moves the cursor forward only.
  void complete_until(std::int64_t ms);
  // From here on something is missing, so the cursor stands still until complete_until.
  void note_gap() { gap_ = true; }

  // An account took the app's rights back.
  sdk::Function<void(const std::string& user_id)> on_revoked;

 private:
  struct Waiting {
    std::string body;
    Done done;
    std::vector<std::string> ids;
    Roots roots;
  };
  void find_roots(std::shared_ptr<Waiting> waiting);
  std::string with_own_sends(const Decoded& decoded);
  std::string kv_writes(const Decoded& decoded, std::int64_t cursor);

  sdk::Host& host_;
  OpenSends& open_sends_;
  std::int64_t cursor_ms_ = 0;
  std::string stored_cursor_;
  bool gap_ = true;  // until somebody says that nothing before is missing
};

}  // namespace jackfield::twitter
