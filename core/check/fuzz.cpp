#include "check/fuzz.hpp"

#include <array>

namespace jackfield::check {
namespace {

using namespace std::string_view_literals;

constexpr std::array kOddPieces = {"\0"sv,
                                   "\xff\xfe"sv,
                                   "\""sv,
                                   "{"sv,
                                   "]"sv,
                                   "\\u0000"sv,
                                   "\\ud800"sv,
                                   "null"sv,
                                   "-1"sv,
                                   "1e999"sv,
                                   "18446744073709551616"sv,
                                   "\r\n"sv,
                                   "\r\n.\r\n"sv,
                                   "%n"sv,
                                   "[[[[[[[[[[[[[[[["sv,
                                   "\xe2\x80\xae"sv,
                                   "true"sv,
                                   ","sv,
                                   ":"sv,
                                   "<>"sv,
                                   "="sv};

std::size_t below(std::mt19937_64& chance, std::size_t bound) { return bound == 0 ? 0 : chance() % bound; }

void change(std::mt19937_64& chance, std::string& text) {
  const std::size_t at = below(chance, text.size() + 1);
  const std::size_t len = below(chance, std::min<std::size_t>(text.size() - at, 32) + 1);
  switch (below(chance, 6)) {
    case 0:
      if (at < text.size()) text[at] = static_cast<char>(chance());
      break;
    case 1: text.erase(at, len); break;
    case 2: text.insert(at, text.substr(at, len)); break;
    case 3: text.insert(at, kOddPieces[below(chance, kOddPieces.size())]); break;
    case 4: text.insert(below(chance, text.size() + 1), random_text(chance, 16)); break;
    default:
      if (below(chance, 4) == 0) text.resize(at);
  }
}

}  // namespace

std::string random_text(std::mt19937_64& chance, std::size_t most) {
  std::string out(below(chance, most + 1), '\0');
  for (char& c : out) c = static_cast<char>(chance());
  return out;
}

std::string mutated(std::mt19937_64& chance, std::string_view text) {
  std::string out(text);
  for (std::size_t changes = 1 + below(chance, 8); changes > 0; --changes) change(chance, out);
  return out;
}

}  // namespace jackfield::check
