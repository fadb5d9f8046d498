#include "quotes.hpp"

#include <optional>
#include <vector>

#include "ascii.hpp"
#include "quote_words.hpp"

namespace jackfield::email {
namespace {

constexpr std::size_t most_lines = 20000;      // more are no mail that somebody wrote
constexpr std::size_t longest_signature = 15;  // lines

bool is_blank(std::string_view line) { return line.find_first_not_of(" \t\r\xC2\xA0") == std::string_view::npos; }
bool is_quoted(std::string_view line) {
  const auto first = line.find_first_not_of(' ');
  return first != std::string_view::npos && first < 3 && line[first] == '>';
}
bool is_rule(std::string_view line) {
  line = trim(line);
  return line.size() >= 10 && line.find_first_not_of('_') == std::string_view::npos;
}

class Splitter {
 public:
  explicit Splitter(std::string_view text) : text_(text) {
    for (std::string_view rest = text; !rest.empty() && lines_.size() <= most_lines;) lines_.push_back(take_line(rest));
  }

  std::string new_text() {
    if (lines_.size() > most_lines) return {};
    end_ = lines_.size();
    cut_quotes();
    cut_signature();
    return rest();
  }
  std::string unsigned_text() {
    if (lines_.size() > most_lines) return {};
    end_ = lines_.size();
    cut_signature();
    return rest();
  }

 private:
  std::size_t next_filled(std::size_t line) const {
    while (line < end_ && is_blank(lines_[line])) ++line;
    return line;
  }

  // How many lines an attribution takes that begins here; 0: none does.
  std::size_t attribution_at(std::size_t line) const {
    bool ends = false;
    for (std::size_t i = line; i < line + 3 && i < end_ && !ends; ++i) ends = may_end_attribution(lines_[i]);
    if (!ends || !may_begin_attribution(lines_[line])) return 0;
    std::string joined;
    for (std::size_t count = 1; count <= 3 && line + count <= end_; ++count) {
      const std::string_view part = lines_[line + count - 1];
      if (is_blank(part) || (is_quoted(part) && count > 1)) return 0;
      joined += (joined.empty() ? "" : " ") + std::string(trim(part));
      if (is_attribution(joined)) return count;
    }
    return 0;
  }

  // From, Sent, To and Subject, at least three of them, within a few lines. Long values may go on in the next.
  bool headers_at(std::size_t line) const {
    const char first = header_field(lines_[line]);
    if (first != 'f' && first != 's') return false;
    std::string seen(1, first);
    for (std::size_t i = line + 1; i < end_ && i <= line + 8; ++i) {
      if (is_blank(lines_[i]) && i > line + 1) break;
      const char field = header_field(lines_[i]);
      if (field != 0 && seen.find(field) == std::string::npos) seen += field;
    }
    const bool both = seen.find('f') != std::string::npos;
    return both && seen.size() >= 3;
  }

  bool rule_at(std::size_t line) const {
    if (!is_rule(lines_[line])) return false;
    const std::size_t next = next_filled(line + 1);
    return next < end_ && header_field(lines_[next]) != 0;
  }

  // Where only quoted and empty lines follow; text below quotes keeps them.
  bool only_quotes_from(std::size_t line) const {
    bool quoted = false;
    for (; line < end_; ++line) {
      if (is_quoted(lines_[line]))
        quoted = true;
      else if (quoted && lines_[line] == "-- ")
        return true;
      else if (!is_blank(lines_[line]))
        return false;
    }
    return quoted;
  }

  // An attribution counts when quoted lines follow to the end, or text that is not marked as quoted.
  bool begins_quote(std::size_t line, std::size_t taken) const {
    const std::size_t next = next_filled(line + taken);
    if (next >= end_) return true;
    return !is_quoted(lines_[next]) || only_quotes_from(next);
  }

  void cut_quotes() {
    for (std::size_t i = 0; i < end_; ++i) {
      const std::string_view line = lines_[i];
      if (is_blank(line) || is_quoted(line)) continue;
      const std::size_t taken = attribution_at(i);
      if ((taken > 0 && begins_quote(i, taken)) || is_separator(line) || rule_at(i) || headers_at(i)) {
        end_ = i;
        break;
      }
    }
    cut_trailing_quotes();
  }

  // Quoted lines at the end, when something stands above them.
  void cut_trailing_quotes() {
    std::size_t end = end_;
    while (end > 0 && (is_blank(lines_[end - 1]) || is_quoted(lines_[end - 1]))) --end;
    if (end > 0) end_ = end;
  }

  void cut_signature() {
    std::size_t filled = 0;
    for (std::size_t i = end_; i-- > 0 && filled <= longest_signature;) {
      const std::string_view line = lines_[i];
      if (!is_blank(line)) ++filled;
      const bool device = filled <= 3 && is_device_signature(line);
      if (line != "-- " && line != "--" && line != "-- \xC2\xA0" && !device) continue;
      end_ = i;
      cut_trailing_quotes();
      if (!device) return;
    }
  }

  std::string rest() const {
    if (end_ == lines_.size() || end_ == 0) return {};
    const auto size = static_cast<std::size_t>(lines_[end_].data() - text_.data());
    std::string_view text = text_.substr(0, size);
    const auto last = text.find_last_not_of(" \t\r\n");
    const bool empty = last == std::string_view::npos || is_blank(text.substr(0, last + 1));
    return empty ? std::string() : std::string(text.substr(0, last + 1));
  }

  std::string_view text_;
  std::vector<std::string_view> lines_;
  std::size_t end_ = 0;  // of the new text, in lines
};

}  // namespace

std::string new_text_of(std::string_view text) { return Splitter(text).new_text(); }
std::string without_signature(std::string_view text) { return Splitter(text).unsigned_text(); }

}  // namespace jackfield::email
