// What a hostile connector's process may answer, in any order: who asked hears once or never, nobody hears who did not
// ask, and once the process is given up nobody waits for ever.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <set>

#include "host/child_answers.hpp"

namespace {

using namespace jackfield::host;

// Asks as the host does, and knows who has not heard.
class Asker {
 public:
  explicit Asker(std::uint8_t how) : how_(how) {}

  void ask() {
    if (open_.insert("created").second) answers_.await_created([this](const auto&) { heard("created"); });
    if (open_.insert("started").second) answers_.await_started([this](const auto&) { heard("started"); });
    if (open_.insert("stopped").second) answers_.await_stopped([this] { heard("stopped"); });
    for (std::uint64_t token = 0; token < 4; ++token) {
      const auto sent = "sent " + std::to_string(token), fetched = "fetched " + std::to_string(token);
      if (open_.insert(sent).second)
        answers_.await_sent(token, [this, sent](Taken how, const std::string&) {
          if (how > Taken::unclear) std::abort();
          heard(sent);
        });
      if (open_.insert(fetched).second)
        answers_.await_fetch(token, [this, fetched](Status status) {
          if (status > Status::conflict) std::abort();
          heard(fetched);
        });
    }
    if (waiting_ >= 8) return;
    ++waiting_;
    answers_.await_answer([this](const auto&) {
      if (waiting_-- == 0) std::abort();
      ++calls_;
    });
  }

  bool take(Frame& frame) {
    const std::size_t before = calls_;
    const bool good = answers_.take(frame);
    const bool abandoned = std::exchange(abandoned_, false);
    if (!abandoned && calls_ - before != (good ? 1 : 0)) std::abort();
    return good;
  }

  void end() {
    answers_.abandon();
    if (waiting_ != 0) std::abort();
    if (const auto stopped = answers_.take_stopped()) stopped();
    if (open_.contains("stopped")) std::abort();
  }

 private:
  void heard(const std::string& what) {
    if (open_.erase(what) == 0) std::abort();
    ++calls_;
    if ((how_ & 1) == 0 || what == "stopped") return;
    abandoned_ = true;  // as after an instance that could not be made
    answers_.abandon();
    std::erase_if(open_, [](const std::string& each) { return each != "stopped"; });
  }

  const std::uint8_t how_;
  ChildAnswers answers_;
  std::set<std::string> open_;
  std::size_t waiting_ = 0, calls_ = 0;
  bool abandoned_ = false;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  Asker asker(data[0]);
  asker.ask();
  FrameDecoder decoder;
  decoder.add({reinterpret_cast<const char*>(data + 1), size - 1});
  while (true) {
    auto next = decoder.next();
    if (!next || !*next) break;
    if (!asker.take(**next) && (data[0] & 2) == 0) break;  // the process would be ended
    if (data[0] & 4) asker.ask();
  }
  asker.end();
  return 0;
}
