// Any text as the URL of an outgoing webhook: one that is taken over the API is https with a host, and nothing in it
// can break a line of the request.
#include <cstdint>
#include <cstdlib>

#include "net/address_guard.hpp"
#include "outbound/receiver_url.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view url(reinterpret_cast<const char*>(data), size);
  jackfield::outbound::why_no_receiver(url, false);
  if (!jackfield::outbound::why_no_receiver(url, true).empty()) return 0;
  const auto origin = jackfield::net::origin_of(url);
  if (!origin.starts_with("https://") || origin.size() < std::string_view("https://h:1").size()) std::abort();
  for (const char c : url)
    if (static_cast<unsigned char>(c) <= ' ') std::abort();
  return 0;
}
