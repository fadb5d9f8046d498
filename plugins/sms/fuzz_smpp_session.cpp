// Any bytes, cut anywhere, at any pace: the session stays within its bounds, gives back every ticket exactly once, and
// what it reads of messages is written back the same.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <set>

#include "smpp_inbound.hpp"
#include "smpp_session.hpp"

using namespace jackfield::sms::smpp;

namespace {

void check(bool holds) {
  if (!holds) std::abort();
}

struct Listener : SessionListener {
  Session* session = nullptr;
  std::set<std::uint64_t> out, late, responses;
  std::uint64_t next_response = 1;
  void on_bound(std::string_view) override {}
  void on_bind_refused(std::uint32_t) override {}
  void on_submit_answered(std::uint64_t ticket, std::uint32_t, const std::string& id, bool is_late) override {
    check((is_late ? late : out).erase(ticket) == 1);
    check(id.size() <= 65);
  }
  void on_submit_overdue(std::uint64_t ticket) override {
    check(out.erase(ticket) == 1);
    late.insert(ticket);
  }
  void on_message(std::uint32_t command, std::uint32_t sequence, ShortMessage&& message) override {
    const std::string body = command == data_sm ? write_data_sm(message) : write_short_message(message);
    check((command == data_sm ? read_data_sm(body) : read_short_message(body)) == message);
    std::string reason;
    read_inbound(message, DefaultAlphabet::gsm, reason);
    if (sequence % 5 == 0) return;  // never answered
    responses.insert(next_response);
    session->respond(command, sequence, sequence % 3 == 0 ? 0x58 : 0, next_response++);
  }
  void on_response_read(std::uint64_t ticket) override { check(responses.erase(ticket) == 1); }
  void on_malformed(std::string_view, std::string_view) override {}
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 3) return 0;
  Listener listener;
  SessionOptions options;
  options.window = data[0] % 8 + 1u;
  options.most_unanswered = 16;
  Session session(options, listener);
  listener.session = &session;
  std::int64_t now = 1'000'000;
  session.start(now);
  if (data[0] & 0x80) session.receive(write(bind_transceiver | response_bit, 0, 1), now);
  const std::size_t step = data[1] + 1u;
  std::string_view bytes(reinterpret_cast<const char*>(data + 3), size - 3);
  for (std::uint64_t ticket = 1; !bytes.empty() && !session.is_over(); ++ticket) {
    if (session.room() > 0) {
      listener.out.insert(ticket);
      session.submit(ticket, {}, now);
    }
    session.receive(bytes.substr(0, step), now);
    bytes.remove_prefix(std::min(step, bytes.size()));
    session.tick(now += data[2] * 100);
    check(session.open_submits() <= options.window);
    session.take_output();
  }
  for (const std::uint64_t ticket : session.take_open_submits()) check(listener.out.erase(ticket) == 1);
  check(listener.out.empty());
  return 0;
}
