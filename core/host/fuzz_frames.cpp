// What a hostile connector's process may write, in pieces of any size: frames that break the rules are refused, and
// what the host remembers for it stays within its bounds. What FrameWriter makes of a frame that was read reads the
// same.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "host/child_calls.hpp"
#include "host/yes_side_test.hpp"

namespace {

using namespace jackfield::host;

void take_apart(Frame frame) {
  FrameReader in(frame);
  in.number("status", 10);
  in.whole("at");
  in.real("value");
  in.flag("tls");
  in.text();
  in.rest();
  in.good();
}

void must_read_the_same(const Frame& frame) {
  FrameWriter again(frame.type, frame.id);
  for (const auto& text : frame.texts) again.text(text);
  FrameDecoder decoder;
  decoder.add(again.done());
  const auto next = decoder.next();
  if (!next || !*next || (*next)->texts != frame.texts || (*next)->id != frame.id || (*next)->type != frame.type)
    std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  YesSide side;
  side.full = data[0] & 1;
  side.answer = static_cast<Status>((data[0] >> 1) % 11);
  std::size_t answered = 0;
  ChildCalls calls([&](const std::string& frame) { answered += frame.size(); });
  const std::size_t step = data[1] + 1u;
  std::string_view bytes(reinterpret_cast<const char*>(data + 2), size - 2);
  FrameDecoder decoder;
  while (!bytes.empty()) {
    decoder.add(bytes.substr(0, step));
    bytes.remove_prefix(std::min(step, bytes.size()));
    while (true) {
      auto next = decoder.next();
      if (!next) return 0;  // the process would be ended
      if (!*next) break;
      take_apart(**next);
      if ((*next)->texts.size() < 100) must_read_the_same(**next);
      if (!calls.take(side, **next)) return 0;
      if (side.delivered != 0 && data[0] & 32) calls.delivered(std::exchange(side.delivered, 0), Status::ok);
    }
  }
  jackfield::net::StreamEvent writable;
  writable.kind = jackfield::net::StreamEvent::Kind::writable;
  side.full = false;
  for (writable.stream = 0; writable.stream < 8; ++writable.stream) calls.stream_event(side, writable);
  if (answered > 1024 * (size + 1024)) std::abort();
  return 0;
}
