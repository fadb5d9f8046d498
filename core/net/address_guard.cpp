#include "net/address_guard.hpp"

#include <arpa/inet.h>
#include <curl/curl.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <memory>

namespace jackfield::net {
namespace {

using V6 = std::array<std::uint8_t, 16>;

struct V4Block {
  std::uint32_t prefix;
  int bits;
};
constexpr std::uint32_t v4(unsigned a, unsigned b, unsigned c, unsigned d) {
  return (a << 24) | (b << 16) | (c << 8) | d;
}
constexpr V4Block closed_v4[] = {
    {v4(0, 0, 0, 0), 8},        // this network
    {v4(10, 0, 0, 0), 8},       // private
    {v4(100, 64, 0, 0), 10},    // shared by carriers
    {v4(127, 0, 0, 0), 8},      // loopback
    {v4(169, 254, 0, 0), 16},   // link-local, the clouds' metadata services
    {v4(172, 16, 0, 0), 12},    // private
    {v4(192, 0, 0, 0), 24},     // protocol assignments
    {v4(192, 0, 2, 0), 24},     // documentation
    {v4(192, 88, 99, 0), 24},   // 6to4 relays, withdrawn
    {v4(192, 168, 0, 0), 16},   // private
    {v4(198, 18, 0, 0), 15},    // benchmarks
    {v4(198, 51, 100, 0), 24},  // documentation
    {v4(203, 0, 113, 0), 24},   // documentation
    {v4(224, 0, 0, 0), 3},      // multicast, reserved, broadcast
};

bool is_public_v4(std::uint32_t address) {
  for (const V4Block& block : closed_v4) {
    if ((address ^ block.prefix) >> (32 - block.bits) == 0) return false;
  }
  return true;
}

std::uint32_t v4_at(const V6& address, std::size_t from) {
  return v4(address[from], address[from + 1], address[from + 2], address[from + 3]);
}

struct V6Block {
  std::array<std::uint8_t, 16> prefix;
  int bits;
};
constexpr V6Block mapped{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96};
constexpr V6Block nat64{{0x00, 0x64, 0xff, 0x9b}, 96};
constexpr V6Block six_to_four{{0x20, 0x02}, 16};
constexpr V6Block global{{0x20}, 3};  // all that is given out; what is outside is loopback, local, multicast, reserved
constexpr V6Block closed_v6[] = {
    {{0x20, 0x01, 0x00}, 23},        // protocol assignments, Teredo among them
    {{0x20, 0x01, 0x0d, 0xb8}, 32},  // documentation
    {{0x3f, 0xff, 0x00}, 20},        // documentation
};

bool inside(const V6& address, const V6Block& block) {
  for (int bit = 0; bit < block.bits; ++bit) {
    const auto byte = static_cast<std::size_t>(bit / 8);
    if (((address[byte] ^ block.prefix[byte]) >> (7 - bit % 8)) & 1) return false;
  }
  return true;
}

bool is_public_v6(const V6& address) {
  if (inside(address, mapped) || inside(address, nat64)) return is_public_v4(v4_at(address, 12));
  if (inside(address, six_to_four)) return is_public_v4(v4_at(address, 2));
  if (!inside(address, global)) return false;
  for (const V6Block& block : closed_v6) {
    if (inside(address, block)) return false;
  }
  return true;
}

std::string part_of(CURLU* url, CURLUPart part) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, CURLU_DEFAULT_PORT) != CURLUE_OK) return {};
  std::string out = text;
  curl_free(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
  }
  return out;
}

}  // namespace

bool is_public_address(std::string_view ip) {
  const std::string text(ip);
  in_addr four{};
  if (inet_pton(AF_INET, text.c_str(), &four) == 1) return is_public_v4(ntohl(four.s_addr));
  V6 six{};
  if (inet_pton(AF_INET6, text.c_str(), six.data()) == 1) return is_public_v6(six);
  return false;
}

// By libcurl's own parser: another one might see another host than the one that is connected to.
std::string origin_of(std::string_view url) {
  const std::unique_ptr<CURLU, void (*)(CURLU*)> parsed(curl_url(), curl_url_cleanup);
  if (!parsed || curl_url_set(parsed.get(), CURLUPART_URL, std::string(url).c_str(), 0) != CURLUE_OK) return {};
  const std::string scheme = part_of(parsed.get(), CURLUPART_SCHEME);
  const std::string host = part_of(parsed.get(), CURLUPART_HOST);
  const std::string port = part_of(parsed.get(), CURLUPART_PORT);
  if (scheme.empty() || host.empty() || port.empty()) return {};
  return scheme + "://" + host + ":" + port;
}

}  // namespace jackfield::net
