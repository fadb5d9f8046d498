#include "flow/score.hpp"

#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <array>
#include <utility>

#include "flow/words.hpp"

namespace jackfield::flow {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t kMost = 2048;  // bytes that are looked at
constexpr std::string_view kStar = "\u2605", kEmptyStar = "\u2606", kBlanks = " \t\r";

constexpr auto kNumbers = std::to_array<std::pair<std::string_view, int>>({
    {"one", 1},   {"two", 2},   {"three", 3},   {"four", 4},   {"five", 5},                                 // en
    {"un", 1},    {"une", 1},   {"deux", 2},    {"trois", 3},  {"quatre", 4}, {"cinq", 5},                  // fr
    {"uno", 1},   {"una", 1},   {"dos", 2},     {"tres", 3},   {"cuatro", 4}, {"cinco", 5},                 // es
    {"eins", 1},  {"ein", 1},   {"zwei", 2},    {"drei", 3},   {"vier", 4},   {"funf", 5},   {"fuenf", 5},  // de, nl
    {"due", 2},   {"tre", 3},   {"quattro", 4}, {"cinque", 5},                                              // it
    {"um", 1},    {"uma", 1},   {"dois", 2},    {"duas", 2},   {"quatro", 4},                               // pt
    {"een", 1},   {"twee", 2},  {"drie", 3},    {"vijf", 5},                                                // nl
    {"jeden", 1}, {"jedna", 1}, {"dwa", 2},     {"dwie", 2},   {"trzy", 3},   {"cztery", 4}, {"piec", 5},
});
constexpr std::array kUnits{"star"sv,   "stars"sv,   "etoile"sv,   "etoiles"sv,  "estrella"sv, "estrellas"sv,
                            "stern"sv,  "sterne"sv,  "stella"sv,   "stelle"sv,   "estrela"sv,  "estrelas"sv,
                            "ster"sv,   "sterren"sv, "gwiazdka"sv, "gwiazdki"sv, "gwiazdek"sv, "point"sv,
                            "points"sv, "punkt"sv,   "punkte"sv,   "punkten"sv,  "punto"sv,    "puntos"sv};
constexpr std::array kOutOf{"/"sv, "of"sv, "out"sv, "sur"sv, "von"sv, "de"sv, "su"sv, "na"sv, "van"sv, "z"sv};

template <class List>
bool among(const List& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

void append(std::string& out, UChar32 c) {
  char buffer[4];
  int32_t length = 0;
  U8_APPEND_UNSAFE(buffer, length, c);
  out.append(buffer, static_cast<std::size_t>(length));
}

// One kind of star, of digit and of blank, and nothing that only says how a sign is drawn.
std::string plain(std::string_view text) {
  text = text.substr(0, kMost);
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    UChar32 c = 0;
    U8_NEXT(text.data(), i, text.size(), c);
    if (c == 0xFE0F || c == 0x20E3 || (c >= 0x200B && c <= 0x200F)) continue;
    const int digit = c < 0 ? -1 : u_charDigitValue(c);
    if (digit >= 0)
      out += static_cast<char>('0' + digit);
    else if (c == 0x2B50 || c == 0x1F31F)
      out += kStar;
    else if (c == 0xA0 || c == 0x202F)
      out += ' ';
    else
      append(out, c < 0 ? 0xFFFD : c);
  }
  return out;
}

std::string_view trimmed(std::string_view text, std::string_view what) {
  const auto first = text.find_first_not_of(what);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(what) - first + 1);
}

// Where the first sentence ends: at a line break, a mark beside a blank, or a dash.
std::size_t end_of_head(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n') return i;
    if (i > 0 && text.substr(i).starts_with(" - ")) return i;
    if (text.substr(i).starts_with("\u2013") || text.substr(i).starts_with("\u2014")) return i;
    if (std::string_view(".,;:!?)").find(text[i]) == std::string_view::npos) continue;
    if (i > 0 && text[i - 1] == ' ') return i;
    if (i + 1 == text.size() || std::string_view(" \n\r\t.,;:!?)").find(text[i + 1]) != std::string_view::npos)
      return i;
  }
  return text.size();
}

// Blanks part them, and a slash is one of its own.
std::vector<std::string> tokens_of(std::string_view text) {
  std::vector<std::string> out;
  std::string token;
  const auto end = [&] {
    if (!token.empty()) out.push_back(std::exchange(token, {}));
  };
  for (const char c : text) {
    if (kBlanks.find(c) != std::string_view::npos || c == '\n')
      end();
    else if (c == '/')
      end(), out.emplace_back("/");
    else
      token += c;
  }
  end();
  return out;
}

int stars_of(std::string_view token) {
  int full = 0, all = 0;
  for (; !token.empty(); ++all) {
    const bool star = token.starts_with(kStar);
    if (!star && !token.starts_with(kEmptyStar)) return 0;
    if (star && full < all) return 0;
    full += star;
    token.remove_prefix(kStar.size());
  }
  return all <= kBestScore ? full : 0;
}

int number_of(const std::string& token) {
  if (token.size() == 1 && token[0] >= '1' && token[0] <= '0' + kBestScore) return token[0] - '0';
  if (const int stars = stars_of(token)) return stars;
  const std::string folded = fold(token);
  const auto at = std::find_if(kNumbers.begin(), kNumbers.end(), [&](const auto& n) { return n.first == folded; });
  return at == kNumbers.end() ? 0 : at->second;
}

// "5", "4 / 5", "4 out of 5", "4 stars", each alone: how many tokens it takes. 0: it is none.
std::size_t score_at(const std::vector<std::string>& tokens, int& value) {
  value = tokens.empty() ? 0 : number_of(tokens[0]);
  if (value == 0) return 0;
  std::size_t used = 1;
  if (used < tokens.size() && among(kUnits, fold(tokens[used]))) ++used;
  std::size_t at = used;
  while (at < tokens.size() && among(kOutOf, fold(tokens[at]))) ++at;
  if (at > used && at < tokens.size()) {
    const bool of_five = number_of(tokens[at]) == kBestScore;
    if (!of_five && tokens[used] == "/") return value = 0, 0;  // of another scale
    if (of_five) used = at + 1;
  }
  if (used < tokens.size() && among(kUnits, fold(tokens[used]))) ++used;
  return used;
}

bool says_something(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    UChar32 c = 0;
    U8_NEXT(text.data(), i, text.size(), c);
    if (c >= 0 && u_isalnum(c)) return true;
  }
  return false;
}

int named_in(const Scale& scale, std::string_view text) {
  const std::string folded = fold(text);
  for (const auto& [language, names] : scale)
    for (std::size_t i = 0; i < names.size(); ++i)
      if (!folded.empty() && fold(names[i]) == folded) return static_cast<int>(i) + 1;
  return 0;
}

}  // namespace

std::optional<Score> read_score(std::string_view text, const Scale& scale, bool surely) {
  const std::string all = plain(text);
  const std::string_view said = trimmed(all, " \t\r\n");
  if (said.empty()) return std::nullopt;
  const std::string_view head = trimmed(said.substr(0, end_of_head(said)), kBlanks);
  const std::string_view rest = said.substr(end_of_head(said));
  for (const auto name : {said, head})
    if (const int value = named_in(scale, name))
      return Score{value, name.size() != said.size() && says_something(rest)};
  int value = 0;
  const auto tokens = tokens_of(head);
  const std::size_t used = score_at(tokens, value);
  if (used == 0 || (used < tokens.size() && !surely)) return std::nullopt;
  return Score{value, used < tokens.size() || says_something(rest)};
}

}  // namespace jackfield::flow
