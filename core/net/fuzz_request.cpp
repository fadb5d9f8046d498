// Any bytes as an HTTP request, cut anywhere: the body stays within its bound.
#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "net/address_guard.hpp"
#include "net/request_parser.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace jackfield::net;
  if (size < 1) return 0;
  RequestParser parser;
  parser.header_limit(2048);
  parser.body_limit = 1024;
  const std::size_t step = data[0] + 1u;
  std::string_view bytes(reinterpret_cast<const char*>(data + 1), size - 1);
  std::string held;
  beast::error_code error;
  while (!bytes.empty() && !parser.is_done()) {
    held.append(bytes.substr(0, step));
    bytes.remove_prefix(std::min(step, bytes.size()));
    const auto taken = parser.put(boost::asio::buffer(held), error);
    if (error && error != http::error::need_more) break;
    held.erase(0, taken);
  }
  if (parser.request.body.size() > 1024) std::abort();
  if (!parser.request.target.starts_with(parser.request.path) && parser.request.path != "/" &&
      parser.request.target.find(parser.request.path) == std::string::npos)
    std::abort();
  for (const auto& [name, value] : parse_query(parser.request.query))
    if (percent_decode(name).size() > name.size()) std::abort();
  is_public_address(parser.request.header("host"));
  origin_of(parser.request.target);
  return 0;
}
