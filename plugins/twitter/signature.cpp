#include "signature.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <stdexcept>

namespace jackfield::twitter {
namespace {

std::string hmac(const EVP_MD* digest, std::string_view key, std::string_view bytes) {
  unsigned char mac[EVP_MAX_MD_SIZE];
  unsigned len = 0;
  if (!HMAC(digest, key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(bytes.data()),
            bytes.size(), mac, &len))
    throw std::runtime_error("HMAC failed");
  return {reinterpret_cast<const char*>(mac), len};
}

}  // namespace

bool equal_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string base64(std::string_view bytes) {
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');
  const int len = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                  reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(len));
  return text;
}

std::string hmac_sha1(std::string_view key, std::string_view bytes) { return hmac(EVP_sha1(), key, bytes); }

std::string signature_of(std::string_view secret, std::string_view bytes) {
  return "sha256=" + base64(hmac(EVP_sha256(), secret, bytes));
}

bool is_signed(const std::vector<std::string>& secrets, std::string_view body, std::string_view header) {
  bool right = false;
  for (const auto& secret : secrets)
    if (!secret.empty()) right |= equal_constant_time(signature_of(secret, body), header);
  return right;
}

std::string crc_answer(const std::vector<std::string>& secrets, std::string_view crc_token) {
  // base64 needs no escapes in JSON
  return R"({"response_token":")" + signature_of(secrets.front(), crc_token) + "\"}";
}

}  // namespace jackfield::twitter
