// Digests and encodings, over OpenSSL. Any thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace jackfield {

using Sha256 = std::array<std::uint8_t, 32>;

Sha256 sha256(std::string_view bytes);
std::string sha256_hex(std::string_view bytes);
Sha256 hmac_sha256(std::string_view key, std::string_view bytes);

std::string to_hex(const void* bytes, std::size_t len);
std::string to_base64(std::string_view bytes);
std::string to_base64url(std::string_view bytes);  // no padding
std::optional<std::string> from_base64(std::string_view text);

// Compares in a time that depends on the lengths only.
bool equal_constant_time(std::string_view a, std::string_view b);

// SHA-256 piece by piece.
class Sha256Stream {
 public:
  Sha256Stream();
  ~Sha256Stream();
  Sha256Stream(const Sha256Stream&) = delete;
  Sha256Stream& operator=(const Sha256Stream&) = delete;
  void add(std::string_view bytes);
  std::string hex();  // ends it

 private:
  void* context_;
};

}  // namespace jackfield
