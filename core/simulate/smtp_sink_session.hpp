// One connection of the sink: lines in, answers out. Pure; one thread.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace jackfield::simulate {

struct SunkMail {
  std::string from;
  std::vector<std::string> to;
  std::string bytes;  // as it came, dots unstuffed
};

struct SinkFaults {
  int reject_rcpt = 0;           // the code to answer RCPT with; 0: none
  int reject_data = 0;           // the code to answer a whole mail with
  bool greylist = false;         // 451 to each recipient's first RCPT
  bool drop_after_data = false;  // takes the mail and closes without an answer
  Millis slow{0};                // waits before it answers a whole mail
};
// "reject-rcpt=550", "reject-data=554", "greylist", "drop-after-data", "slow=2s" (or 200ms).
Result<SinkFaults> parse_faults(const std::vector<std::string>& faults);

class SinkSession {
 public:
  struct Reaction {
    std::string answer;
    std::string delayed_answer;  // after faults.slow; nothing more is read before it was sent
    bool start_tls = false;      // after the answer
    bool close = false;          // after the answer
  };

  // greylisted: recipients seen before, shared by all connections. keep takes what came.
  SinkSession(bool offer_tls, std::set<std::string>& greylisted, std::function<void(SunkMail)> keep);

  static std::string greeting();
  Reaction receive(std::string_view bytes, const SinkFaults& faults);
  void tls_started();

 private:
  void line(std::string_view text, const SinkFaults& faults, Reaction& reaction);
  void recipient(const std::string& address, const SinkFaults& faults, Reaction& reaction);
  void data_line(std::string_view text, const SinkFaults& faults, Reaction& reaction);
  void end_mail(const SinkFaults& faults, Reaction& reaction);

  bool offer_tls_;
  std::set<std::string>& greylisted_;
  std::function<void(SunkMail)> keep_;
  std::string input_;
  SunkMail mail_;
  bool in_data_ = false;
};

}  // namespace jackfield::simulate
