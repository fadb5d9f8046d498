// RTF to text: the words of the document group; tables of fonts, colours and whatever a reader may skip are skipped.
#include <cstdint>
#include <string>
#include <vector>

#include "ascii.hpp"
#include "charset.hpp"
#include "tnef.hpp"

namespace jackfield::email {
namespace {

constexpr std::size_t deepest_group = 500, most_text = 1024 * 1024;

struct Group {
  bool silent = false;
  int skip = 1;  // characters that stand in for each \u
};

void append_utf8(std::string& out, std::uint32_t c) {
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xC0 | c >> 6);
    out += static_cast<char>(0x80 | (c & 0x3F));
  } else {
    out += static_cast<char>(0xE0 | c >> 12);
    out += static_cast<char>(0x80 | (c >> 6 & 0x3F));
    out += static_cast<char>(0x80 | (c & 0x3F));
  }
}

int hex(char c) { return is_digit(c) ? c - '0' : lower(c) >= 'a' && lower(c) <= 'f' ? lower(c) - 'a' + 10 : -1; }

class Reader {
 public:
  explicit Reader(std::string_view rtf) : rest_(rtf) {}

  std::string read() {
    while (!rest_.empty() && out_.size() < most_text && groups_.size() <= deepest_group) step();
    flush();
    return clean_text(out_);
  }

 private:
  char next() {
    const char c = rest_.front();
    rest_.remove_prefix(1);
    return c;
  }
  bool silent() const { return groups_.back().silent || html_as_rtf_; }

  void step() {
    const char c = next();
    if (c == '{') return groups_.push_back(groups_.back());
    if (c == '}') return groups_.size() > 1 ? groups_.pop_back() : void();
    if (c == '\\' && !rest_.empty()) return control();
    if (c != '\r' && c != '\n') put(c);
  }

  void put(char c) {
    if (to_skip_ > 0) return void(--to_skip_);
    if (!silent()) bytes_ += c;
  }
  void flush() {
    out_ += to_utf8(bytes_, charset_);
    bytes_.clear();
  }
  void put_text(std::string_view text) {
    if (silent()) return;
    flush();
    out_ += text;
  }

  void control() {
    const char c = rest_.front();
    if (is_letter(c)) return word();
    next();
    if (c == '\'' && rest_.size() >= 2) {
      const int high = hex(next()), low = hex(next());
      if (high >= 0 && low >= 0) put(static_cast<char>(high * 16 + low));
    } else if (c == '*') {
      groups_.back().silent = true;
    } else if (c == '~') {
      put(' ');
    } else if (c == '\\' || c == '{' || c == '}') {
      put(c);
    }
  }

  void word() {
    std::size_t end = 0;
    while (end < rest_.size() && end < 32 && is_letter(rest_[end])) ++end;
    const std::string_view name = rest_.substr(0, end);
    rest_.remove_prefix(end);
    const bool negative = rest_.starts_with('-');
    if (negative) rest_.remove_prefix(1);
    int value = 0;
    std::size_t digits = 0;
    for (; digits < 6 && !rest_.empty() && is_digit(rest_.front()); ++digits) value = value * 10 + (next() - '0');
    if (rest_.starts_with(' ')) rest_.remove_prefix(1);
    act(name, negative ? -value : value, digits > 0);
  }

  void act(std::string_view name, int value, bool has_value) {
    static constexpr std::string_view tables[] = {"fonttbl", "colortbl", "stylesheet", "info",     "pict",
                                                  "header",  "footer",   "object",     "listtable"};
    if (name == "par" || name == "line" || name == "row") return put_text("\n");
    if (name == "tab" || name == "cell") return put_text(" ");
    if (name == "emdash" || name == "endash") return put_text("–");
    if (name == "ansicpg" && value > 0) charset_ = value == 65001 ? "utf-8" : "cp" + std::to_string(value);
    if (name == "uc" && value >= 0 && value < 8) groups_.back().skip = value;
    if (name == "htmlrtf") html_as_rtf_ = !has_value || value != 0;
    if (name == "u") unicode(value < 0 ? value + 65536 : value);
    for (const std::string_view table : tables)
      if (name == table) groups_.back().silent = true;
  }

  void unicode(int unit) {
    std::string text;
    if (unit >= 0x20 && unit < 0x10000 && (unit < 0xD800 || unit > 0xDFFF))
      append_utf8(text, static_cast<std::uint32_t>(unit));
    put_text(text);
    to_skip_ = groups_.back().skip;
  }

  std::string_view rest_;
  std::vector<Group> groups_ = {Group{}};
  std::string out_, bytes_, charset_ = "cp1252";
  int to_skip_ = 0;
  bool html_as_rtf_ = false;  // what follows only repeats in RTF what stands beside it in HTML
};

}  // namespace

std::string rtf_to_text(std::string_view rtf) { return Reader(rtf).read(); }

}  // namespace jackfield::email
