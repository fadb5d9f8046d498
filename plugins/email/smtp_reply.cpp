#include "smtp_reply.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "charset.hpp"
#include "mail_envelope.hpp"

namespace jackfield::email {
namespace {

constexpr std::size_t most_line = 4096, most_reply = 64 * 1024;
constexpr std::int64_t most_wait_ms = 6 * 3600 * 1000;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// "250-SIZE 1000": does it end the reply? Nothing: it is none.
std::optional<bool> is_last(std::string_view line) {
  if (line.size() < 3 || !std::all_of(line.begin(), line.begin() + 3, is_digit)) return std::nullopt;
  if (line.size() == 3 || line[3] == ' ') return true;
  return line[3] == '-' ? std::optional(false) : std::nullopt;
}

}  // namespace

std::string SmtpReply::text() const {
  std::string out = std::to_string(code);
  for (const std::string& line : lines) out += " " + line;
  return clean_line(out, 300);
}

std::optional<SmtpReply> SmtpReplies::next() {
  while (!broken_) {
    const auto end = input_.find('\n');
    if (end == std::string::npos) {
      broken_ = input_.size() > most_line;
      return std::nullopt;
    }
    std::string line = input_.substr(0, end);
    input_.erase(0, end + 1);
    if (line.ends_with('\r')) line.pop_back();
    const auto last = is_last(line);
    bytes_ += line.size();
    if (!last || line.size() > most_line || bytes_ > most_reply) {
      broken_ = true;
      return std::nullopt;
    }
    std::from_chars(line.data(), line.data() + 3, under_way_.code);
    under_way_.lines.push_back(line.substr(std::min<std::size_t>(4, line.size())));
    if (!*last) continue;
    bytes_ = 0;
    return std::exchange(under_way_, {});
  }
  return std::nullopt;
}

void SmtpReplies::forget() { *this = {}; }

std::int64_t wait_said_in(std::string_view text) {
  const std::string lower = lower_case(text);
  for (std::size_t at = 0; at < lower.size(); ++at) {
    if (!is_digit(lower[at]) || (at > 0 && lower[at - 1] != ' ' && lower[at - 1] != '(')) continue;
    std::int64_t number = 0;
    const char* end = std::from_chars(lower.data() + at, lower.data() + lower.size(), number).ptr;
    std::string_view rest(end, static_cast<std::size_t>(lower.data() + lower.size() - end));
    if (rest.starts_with(' ')) rest.remove_prefix(1);
    const std::int64_t unit = rest.starts_with("sec") || rest == "s" || rest.starts_with("s)") ? 1000
                              : rest.starts_with("min")                                        ? 60000
                              : rest.starts_with("hour")                                       ? 3600000
                                                                                               : 0;
    if (unit > 0 && number > 0 && number <= most_wait_ms / unit) return number * unit;
  }
  return 0;
}

}  // namespace jackfield::email
