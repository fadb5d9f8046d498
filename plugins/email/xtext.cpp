#include "xtext.hpp"

#include <algorithm>
#include <charconv>

namespace jackfield::email {

// RFC 3461, 4: printable ASCII but for + and =, which are written in hexadecimal, as is everything else.
std::string to_xtext(std::string_view text) {
  static constexpr char hex[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c > ' ' && c < 0x7F && c != '+' && c != '=')
      out.push_back(c);
    else
      out.append({'+', hex[byte >> 4], hex[byte & 15]});
  }
  return out;
}

// RFC 3461, 4: "+3D" stands for "=".
std::string from_xtext(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size() && out.size() < 512; ++at) {
    unsigned byte = 0;
    const char* end = text.data() + std::min(at + 3, text.size());
    if (text[at] == '+' && std::from_chars(text.data() + at + 1, end, byte, 16).ptr == text.data() + at + 3) {
      out.push_back(static_cast<char>(byte));
      at += 2;
    } else {
      out.push_back(text[at]);
    }
  }
  return out;
}

}  // namespace jackfield::email
