#include "imap_response.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace jackfield::email {
namespace {

constexpr std::uint64_t most_skipped = 1ull << 30;  // a literal longer than that is nonsense
constexpr std::size_t most_literals = 256;          // in one response

std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
  return out;
}

std::optional<std::uint64_t> number_in(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::string_view take_word(std::string_view& text) {
  const std::string_view word = text.substr(0, text.find(' '));
  text.remove_prefix(std::min(word.size() + 1, text.size()));
  return word;
}

bool is_status(std::string_view name) {
  return name == "OK" || name == "NO" || name == "BAD" || name == "BYE" || name == "PREAUTH";
}

// Status responses and go-aheads are text for people: a "{7}" at their end is no literal.
bool may_hold_literals(std::string_view line) {
  if (take_word(line) != "*") return false;
  return !is_status(upper(line.substr(0, line.find(' '))));
}

// "… {7}" or "… {7+}": 7.
std::optional<std::uint64_t> literal_at_end(std::string_view line) {
  const auto open = line.rfind('{');
  if (!line.ends_with('}') || open == std::string_view::npos) return std::nullopt;
  std::string_view digits = line.substr(open + 1, line.size() - open - 2);
  if (digits.ends_with('+')) digits.remove_suffix(1);
  return number_in(digits);
}

// The values of a response, from its line and literals. Throws nothing; false when they break the grammar.
class ValueParser {
 public:
  ValueParser(std::string_view text, std::vector<std::string>& literals, const ImapLimits& limits)
      : text_(text), literals_(literals), limits_(limits) {}

  bool parse(std::vector<ImapValue>& out) { return parse_items(out, 0) && text_.empty(); }

 private:
  bool parse_items(std::vector<ImapValue>& out, int depth) {
    for (;;) {
      while (text_.starts_with(' ')) text_.remove_prefix(1);
      if (text_.empty() || text_.front() == ')') return true;
      if (++count_ > limits_.values) return false;
      if (!parse_value(out.emplace_back(), depth)) return false;
    }
  }

  bool parse_value(ImapValue& out, int depth) {
    switch (text_.front()) {
      case '(': return parse_list(out, depth + 1);
      case '"': return parse_quoted(out);
      case '{': return parse_literal(out);
      default: return parse_atom(out);
    }
  }

  bool parse_list(ImapValue& out, int depth) {
    out.kind = ImapValue::Kind::list;
    text_.remove_prefix(1);
    if (depth > limits_.depth || !parse_items(out.items, depth) || text_.empty()) return false;
    text_.remove_prefix(1);
    return true;
  }

  bool parse_quoted(ImapValue& out) {
    out.kind = ImapValue::Kind::string;
    for (std::size_t at = 1; at < text_.size(); ++at) {
      if (text_[at] == '"') return text_.remove_prefix(at + 1), true;
      if (text_[at] == '\\' && ++at == text_.size()) return false;
      out.text.push_back(text_[at]);
    }
    return false;
  }

  bool parse_literal(ImapValue& out) {
    const auto close = text_.find('}');
    if (close == std::string_view::npos || next_literal_ == literals_.size()) return false;
    out.kind = ImapValue::Kind::string;
    out.text = std::move(literals_[next_literal_++]);
    text_.remove_prefix(close + 1);
    return true;
  }

  // The section of BODY[HEADER.FIELDS (FROM TO)] belongs to its name.
  bool parse_atom(ImapValue& out) {
    std::size_t end = 0;
    int brackets = 0;
    for (; end < text_.size(); ++end) {
      const char c = text_[end];
      if (c == '[') ++brackets;
      if (c == ']' && brackets > 0) --brackets;
      if (brackets == 0 && (c == ' ' || c == '(' || c == ')' || c == '"' || c == '{')) break;
    }
    if (end == 0) return false;
    out.text = text_.substr(0, end);
    out.kind = upper(out.text) == "NIL" ? ImapValue::Kind::nil : ImapValue::Kind::atom;
    text_.remove_prefix(end);
    return true;
  }

  std::string_view text_;
  std::vector<std::string>& literals_;
  const ImapLimits& limits_;
  std::size_t next_literal_ = 0, count_ = 0;
};

void read_status(std::string_view rest, ImapResponse& out) {
  const auto close = rest.find(']');
  if (rest.starts_with('[') && close != std::string_view::npos) {
    std::string_view inside = rest.substr(1, close - 1);
    out.code = upper(take_word(inside));
    out.argument = inside;
    rest.remove_prefix(close + 1);
    if (rest.starts_with(' ')) rest.remove_prefix(1);
  }
  out.text = rest;
}

}  // namespace

std::optional<std::uint64_t> ImapValue::number() const { return kind == Kind::atom ? number_in(text) : std::nullopt; }

const ImapValue* find_item(const std::vector<ImapValue>& items, std::string_view name) {
  for (std::size_t at = 0; at + 1 < items.size(); at += 2)
    if (items[at].is_text() && upper(items[at].text) == name) return &items[at + 1];
  return nullptr;
}

void ImapReader::receive(std::string_view bytes) {
  if (!problem_.empty()) return;
  if (in_literal_ && used_ == input_.size()) read_literal(bytes);  // the long part of a mail goes straight to its place
  input_.append(bytes);
}

std::optional<ImapResponse> ImapReader::next() {
  std::string_view input = std::string_view(input_).substr(used_);
  bool whole = false;
  for (std::size_t before = 0; !whole && problem_.empty() && input.size() != before;) {
    before = input.size();
    if (in_literal_)
      read_literal(input);
    else
      whole = read_line(input);
  }
  used_ = input_.size() - input.size();
  if (whole) return finish();
  input_.erase(0, used_);
  used_ = 0;
  return std::nullopt;
}

// Takes the rest of a line. True: it ends the response.
bool ImapReader::read_line(std::string_view& input) {
  const auto end = input.find('\n');
  const std::size_t length = end == std::string_view::npos ? input.size() : end;
  if (line_.size() + length > limits_.line) {
    problem_ = "a line is too long";
    return false;
  }
  if (end == std::string_view::npos) return false;
  line_.append(input.substr(0, end));
  input.remove_prefix(end + 1);
  if (line_.ends_with('\r')) line_.pop_back();
  return !start_literal();
}

bool ImapReader::start_literal() {
  if (!may_hold_literals(line_)) return false;
  const auto length = literal_at_end(std::string_view(line_).substr(line_start_));
  if (!length) return false;
  if (*length > most_skipped || literals_.size() == most_literals) {
    problem_ = "a response is too long";
    return true;
  }
  if (*length > limits_.literal - literal_bytes_) oversize_ = true;
  line_start_ = line_.size();
  literal_left_ = *length;
  in_literal_ = literal_left_ > 0;
  literals_.emplace_back();
  return true;
}

void ImapReader::read_literal(std::string_view& input) {
  const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(literal_left_, input.size()));
  if (oversize_) {
    literals_.back() = std::string();
  } else {
    literals_.back().append(input.substr(0, count));
    literal_bytes_ += count;
  }
  input.remove_prefix(count);
  literal_left_ -= count;
  in_literal_ = literal_left_ > 0;
}

ImapResponse ImapReader::finish() {
  const std::string line = std::exchange(line_, {});
  std::vector<std::string> literals = std::exchange(literals_, {});
  const bool oversize = std::exchange(oversize_, false);
  line_start_ = literal_bytes_ = 0;
  ImapResponse out;
  std::string_view rest = line;
  out.tag = take_word(rest);
  out.kind = out.tag == "*"   ? ImapResponse::Kind::untagged
             : out.tag == "+" ? ImapResponse::Kind::go_ahead
                              : ImapResponse::Kind::tagged;
  if (out.kind == ImapResponse::Kind::go_ahead) return out.text = rest, out;
  std::string_view word = take_word(rest);
  if (const auto number = number_in(word)) {
    out.number = *number;
    word = take_word(rest);
  }
  out.name = upper(word);
  if (is_status(out.name)) return read_status(rest, out), out;
  out.malformed = oversize || !ValueParser(rest, literals, limits_).parse(out.values);
  if (out.malformed) out.values.clear();
  return out;
}

void ImapReader::forget() { *this = ImapReader(limits_); }

std::size_t ImapReader::held() const { return input_.size() - used_ + line_.size() + literal_bytes_; }

}  // namespace jackfield::email
