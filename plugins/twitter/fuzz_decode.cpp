// libFuzzer: whatever the body, decode says something that is JSON, what it could decode replays the same, and the
// other readers of what comes from outside (pages, the stream's framing, lengths) do not fall over either.
#include <boost/json/parse.hpp>
#include <cstdlib>

#include "decode.hpp"
#include "http_lines.hpp"
#include "weighted_length.hpp"

using namespace jackfield::twitter;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view body(reinterpret_cast<const char*>(bytes), size);
  const auto decoded = decode(body);
  boost::system::error_code error;
  const auto events = boost::json::parse(decoded.events, error);
  if (error || !events.is_array() || events.get_array().size() != decoded.count || decoded.ends.size() != decoded.count)
    std::abort();
  const auto again = replay(body);
  if (decoded.undecodable == 0 && decoded.count > 0 && again != decoded.events) std::abort();
  for (const auto kind : {PageKind::direct_messages, PageKind::mentions}) {
    const auto page = decode_page(kind, "111", body);
    if (boost::json::parse(page.decoded.events, error); error) std::abort();
  }
  std::string whole, cut;
  HttpLines at_once, in_pieces;
  const bool fine = at_once.feed(body, [&](std::string_view line) { whole.append(line).push_back('\n'); });
  bool still = true;
  for (std::size_t i = 0; i < size && still; i += 3)
    still = in_pieces.feed(body.substr(i, 3), [&](std::string_view line) { cut.append(line).push_back('\n'); });
  if (fine != still || whole != cut) std::abort();
  if (size < 4096) weighted_length(body);
  return 0;
}
