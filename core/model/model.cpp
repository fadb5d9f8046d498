#include <cstdio>
#include <utility>

#include "model/address.hpp"
#include "model/conversation.hpp"
#include "model/event.hpp"

namespace jackfield {

std::string_view scheme_of(std::string_view uri) {
  const auto colon = uri.find(':');
  return colon == std::string_view::npos ? std::string_view{} : uri.substr(0, colon);
}

bool is_address(std::string_view text) {
  const auto scheme = scheme_of(text);
  if (scheme.empty() || text.size() <= scheme.size() + 1 || text.size() > 512) return false;
  for (const char c : scheme)
    if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.')) return false;
  for (const char c : text.substr(scheme.size() + 1))
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return false;
  return true;
}

const ChannelUse* Conversation::use_of(std::string_view channel) const {
  for (const auto& use : channels)
    if (use.channel == channel) return &use;
  return nullptr;
}

ChannelUse* Conversation::use_of(std::string_view channel) {
  return const_cast<ChannelUse*>(std::as_const(*this).use_of(channel));
}

std::string to_cursor(std::int64_t cursor) {
  char out[24];
  std::snprintf(out, sizeof out, "%016lld", static_cast<long long>(cursor));
  return out;
}

bool parse_cursor(std::string_view text, std::int64_t& out) {
  if (text.size() > 18) return false;
  std::int64_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return false;
    value = value * 10 + (c - '0');
  }
  out = value;
  return true;
}

}  // namespace jackfield
