#include <cstring>

#include "base/crypto.hpp"
#include "store/rows.hpp"

namespace jackfield::store {

ProviderKey provider_key(std::string_view channel, KeyKind kind, std::string_view id) {
  // Channel names hold no zero byte, so that no two pairs make the same text.
  std::string text;
  text.reserve(channel.size() + id.size() + 2);
  text.append(channel).push_back('\0');
  text.push_back(static_cast<char>(kind));
  text.append(id);
  const Sha256 digest = sha256(text);
  ProviderKey key;
  std::memcpy(key.bytes.data(), digest.data(), key.bytes.size());
  return key;
}

}  // namespace jackfield::store
