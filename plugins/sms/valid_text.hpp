// Text from outside, made fit for JSON.
#pragma once

#include <string>
#include <string_view>

#include "unicode.hpp"

namespace jackfield::sms {

// UTF-8 always: what is none in the text becomes U+FFFD.
inline std::string valid_text(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) append_utf8(out, take_character(text));
  return out;
}

}  // namespace jackfield::sms
