#include "mail_key.hpp"

#include <array>
#include <utility>

namespace jackfield::email {
namespace {

constexpr const char* kept_as = "mail-key";

std::string new_key(sdk::Host& host) {
  std::array<std::uint8_t, 32> bytes{};
  host.random(bytes);
  std::string hex;
  for (const std::uint8_t byte : bytes) {
    constexpr char digits[] = "0123456789abcdef";
    hex += digits[byte >> 4];
    hex += digits[byte & 15];
  }
  return hex;
}

}  // namespace

void with_mail_key(sdk::Host& host, std::function<void(std::string key)> then) {
  host.kv_get(kept_as, [&host, then = std::move(then)](jf_status status, std::string_view value) mutable {
    if (status == JF_OK && !value.empty()) return then(std::string(value));
    if (status != JF_OK && status != JF_NOT_FOUND) return then({});
    std::string key = new_key(host);
    host.kv_cas(kept_as, "", key, [&host, key, then = std::move(then)](jf_status stored) mutable {
      if (stored == JF_CONFLICT) return with_mail_key(host, std::move(then));  // another host was first
      then(stored == JF_OK ? std::move(key) : std::string());
    });
  });
}

}  // namespace jackfield::email
