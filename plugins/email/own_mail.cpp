#include "own_mail.hpp"

#include <openssl/crypto.h>
#include <openssl/hmac.h>

#include <array>
#include <utility>

#include "ascii.hpp"

namespace jackfield::email {
namespace {

constexpr std::size_t longest_local = 64;  // RFC 5321, 4.5.3.1.1
constexpr std::size_t mac_digits = 16;
constexpr std::size_t longest_key = 40;
constexpr std::size_t most_tried = 200;  // ids in one text

// A message's key as it may stand in an address: what lower-casing on the way does not change.
std::string plain_key(std::string_view message_key) {
  std::string plain;
  for (const char c : message_key.substr(0, longest_key))
    if (is_letter(c) || is_digit(c) || c == '-' || c == '_') plain += lower(c);
  return plain.empty() ? "message" : plain;
}

bool is_token_character(char c) { return is_letter(c) || is_digit(c) || c == '-' || c == '_' || c == '.'; }

struct Token {
  std::string key, mac;
};

std::optional<Token> parse_token(std::string_view text) {
  const auto dot = text.rfind('.');
  if (dot == std::string_view::npos || dot == 0 || text.size() - dot - 1 != mac_digits) return std::nullopt;
  return Token{lower_case(text.substr(0, dot)), lower_case(text.substr(dot + 1))};
}

}  // namespace

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

OwnMail::OwnMail(std::string key, std::string channel, Mailbox from, std::vector<std::string> recipients)
    : key_(std::move(key)),
      channel_(std::move(channel)),
      from_(std::move(from)),
      domain_(domain_of(from_.address)),
      recipients_(std::move(recipients)) {}

// The channel is part of what is signed, and each purpose has its own: a Message-ID, which travels on with whoever
// forwards the mail, does not give away the token.
std::string OwnMail::mac(std::string_view purpose, std::string_view message_key) const {
  const std::string signed_text =
      std::string(purpose) + '\n' + channel_ + '\n' + std::string(message_key.substr(0, longest_key));
  std::array<unsigned char, 32> digest{};
  unsigned size = 0;
  HMAC(EVP_sha256(), key_.data(), static_cast<int>(key_.size()),
       reinterpret_cast<const unsigned char*>(signed_text.data()), signed_text.size(), digest.data(), &size);
  std::string hex;
  for (std::size_t i = 0; i < mac_digits / 2; ++i) {
    constexpr char digits[] = "0123456789abcdef";
    hex += digits[digest[i] >> 4];
    hex += digits[digest[i] & 15];
  }
  return hex;
}

std::string OwnMail::message_id(std::string_view message_key) const {
  const std::string key = plain_key(message_key);
  return key + "." + mac("message-id", key) + "@" + domain_;
}

bool OwnMail::wrote(std::string_view message_id) const {
  const auto at = message_id.rfind('@');
  if (key_.empty() || at == std::string_view::npos || !is_word(message_id.substr(at + 1), domain_)) return false;
  const auto token = parse_token(message_id.substr(0, at));
  return token && equal_in_constant_time(token->mac, mac("message-id", token->key));
}

std::string OwnMail::find_own_id(std::string_view text) const {
  std::size_t tried = 0;
  for (auto at = text.find('@'); at != std::string_view::npos && tried < most_tried; at = text.find('@', at + 1)) {
    if (domain_.empty() || !starts_with_word(text.substr(at + 1), domain_)) continue;
    std::size_t begin = at;
    while (begin > 0 && at - begin < 80 && is_token_character(text[begin - 1])) --begin;
    ++tried;
    const std::string id(text.substr(begin, at + 1 + domain_.size() - begin));
    if (wrote(id)) return lower_case(id);
  }
  return {};
}

std::string OwnMail::with_tag(std::string_view tag) const {
  const auto at = from_.address.rfind('@');
  const std::string_view local = std::string_view(from_.address).substr(0, at);
  if (at == std::string::npos || local.find_first_of("+\"") != std::string_view::npos) return {};
  if (local.size() + 1 + tag.size() > longest_local) return {};
  const std::string address = std::string(local) + "+" + std::string(tag) + from_.address.substr(at);
  return takes_recipient(recipients_, address) ? address : std::string();
}

std::string OwnMail::reply_address(std::string_view message_key) const {
  if (key_.empty()) return {};
  const std::string key = plain_key(message_key);
  return with_tag(key + "." + mac("reply", key));
}

std::optional<std::string> OwnMail::answered(std::string_view address) const {
  const auto at = address.rfind('@');
  const auto plus = address.find('+');
  if (key_.empty() || at == std::string_view::npos || plus == std::string_view::npos || plus > at) return std::nullopt;
  if (!is_word(address.substr(at + 1), domain_)) return std::nullopt;
  const auto token = parse_token(address.substr(plus + 1, at - plus - 1));
  if (!token || !equal_in_constant_time(token->mac, mac("reply", token->key))) return std::nullopt;
  return message_id(token->key);
}

bool OwnMail::is_ours(std::string_view address) const {
  return is_word(address, lower_case(from_.address)) || takes_recipient(recipients_, address);
}

}  // namespace jackfield::email
