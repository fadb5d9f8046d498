// X-Hub-Signature-256: HMAC-SHA256 of the raw request bytes with the app secret.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace jackfield::whatsapp {

// Takes the same time whatever the bytes are; the lengths are not hidden.
bool equal_constant_time(std::string_view a, std::string_view b);

// Holds a keyed context per secret, so that a request costs one HMAC and no key set-up. Not for two threads at once.
class Signature {
 public:
  // Several secrets while one is being replaced. Empty ones are left out: they would let everybody in.
  explicit Signature(const std::vector<std::string>& secrets);
  ~Signature();

  // Is `header` ("sha256=" and 64 lower-case hex digits) the signature of `body` by one of the secrets?
  bool verify(std::string_view body, std::string_view header);

  // The header's value by the first secret.
  std::string sign(std::string_view body);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace jackfield::whatsapp
