// libFuzzer: whatever the body, decode says something that is JSON, and what it could decode replays the same.
#include <boost/json/parse.hpp>
#include <cstdlib>

#include "decode.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view body(reinterpret_cast<const char*>(bytes), size);
  const auto decoded = jackfield::whatsapp::decode(body);
  boost::system::error_code error;
  const auto events = boost::json::parse(decoded.events, error);
  if (error || !events.is_array() || events.get_array().size() != decoded.count) std::abort();
  const auto again = jackfield::whatsapp::replay(body);
  if (decoded.undecodable == 0 && decoded.count > 0 && again != decoded.events) std::abort();
  return 0;
}
