#include "signature.hpp"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <stdexcept>

namespace jackfield::whatsapp {
namespace {

using Mac = std::unique_ptr<EVP_MAC, decltype(&EVP_MAC_free)>;
using Context = std::unique_ptr<EVP_MAC_CTX, decltype(&EVP_MAC_CTX_free)>;

Context keyed(EVP_MAC* mac, const std::string& key) {
  char digest[] = "SHA256";
  const OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                               OSSL_PARAM_construct_end()};
  Context context(EVP_MAC_CTX_new(mac), EVP_MAC_CTX_free);
  const auto* bytes = reinterpret_cast<const unsigned char*>(key.data());
  if (!context || EVP_MAC_init(context.get(), bytes, key.size(), params) != 1)
    throw std::runtime_error("HMAC-SHA256 is not available");
  return context;
}

// Without a key init goes back to the one it has.
std::string header_of(EVP_MAC_CTX* context, std::string_view body) {
  static constexpr char kHex[] = "0123456789abcdef";
  unsigned char mac[EVP_MAX_MD_SIZE];
  std::size_t len = 0;
  const auto* bytes = reinterpret_cast<const unsigned char*>(body.data());
  if (EVP_MAC_init(context, nullptr, 0, nullptr) != 1 || EVP_MAC_update(context, bytes, body.size()) != 1 ||
      EVP_MAC_final(context, mac, &len, sizeof mac) != 1)
    throw std::runtime_error("HMAC-SHA256 failed");
  std::string header = "sha256=";
  for (std::size_t i = 0; i < len; ++i) header += {kHex[mac[i] >> 4], kHex[mac[i] & 15]};
  return header;
}

}  // namespace

struct Signature::State {
  Mac mac{EVP_MAC_fetch(nullptr, "HMAC", nullptr), EVP_MAC_free};
  std::vector<Context> contexts;
};

bool equal_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

Signature::Signature(const std::vector<std::string>& secrets) : state_(std::make_unique<State>()) {
  if (!state_->mac) throw std::runtime_error("OpenSSL has no HMAC");
  for (const auto& secret : secrets)
    if (!secret.empty()) state_->contexts.push_back(keyed(state_->mac.get(), secret));
}

Signature::~Signature() = default;

bool Signature::verify(std::string_view body, std::string_view header) {
  bool right = false;
  for (const auto& context : state_->contexts) right |= equal_constant_time(header_of(context.get(), body), header);
  return right;
}

std::string Signature::sign(std::string_view body) {
  return state_->contexts.empty() ? std::string() : header_of(state_->contexts.front().get(), body);
}

}  // namespace jackfield::whatsapp
