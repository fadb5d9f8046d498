#include "http_lines.hpp"

#include <algorithm>
#include <charconv>
#include <jackfield/jackfield.hpp>

namespace jackfield::twitter {
namespace {

constexpr std::size_t kMostHead = 32 * 1024, kMostSize = 1024, kMostLine = 4 * 1024 * 1024;

bool says_chunked(std::string_view headers) {
  std::string value(sdk::find_header(headers, "transfer-encoding"));
  std::transform(value.begin(), value.end(), value.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return value.find("chunked") != std::string::npos;
}

}  // namespace

bool HttpLines::feed(std::string_view bytes, const OnLine& on_line) {
  while (!bytes.empty()) {
    bool fine = true;
    switch (state_) {
      case State::head: fine = head(bytes); break;
      case State::size: fine = size(bytes); break;
      case State::chunk: fine = chunk(bytes, on_line); break;
      case State::chunk_end: fine = crlf(bytes); break;
      case State::plain: return body(bytes, on_line);
      default: return true;  // what follows the end is nobody's
    }
    if (!fine) return false;
  }
  return true;
}

bool HttpLines::head(std::string_view& bytes) {
  // the end of the head may lie across two pieces
  const auto before = text_.size();
  text_ += bytes.substr(0, kMostHead + 4);
  const auto end = text_.find("\r\n\r\n", before > 3 ? before - 3 : 0);
  if (end == std::string::npos) {
    bytes = {};
    return text_.size() <= kMostHead;
  }
  bytes.remove_prefix(end + 4 - before);
  text_.resize(end + 2);
  const auto whole = std::exchange(text_, {});
  return read_head(whole);
}

// "HTTP/1.1 200 OK" and the header lines.
bool HttpLines::read_head(std::string_view head) {
  const auto line = head.find("\r\n");
  if (!head.starts_with("HTTP/1.") || line < 12) return false;
  int status = 0;
  std::from_chars(head.data() + 9, head.data() + 12, status);
  if (status < 100 || status > 599) return false;
  if (status < 200) return true;  // 100 Continue: the answer follows
  status_ = status;
  headers_ = head.substr(line + 2);
  state_ = says_chunked(headers_) ? State::size : State::plain;
  return true;
}

bool HttpLines::size(std::string_view& bytes) {
  const auto end = bytes.find('\n');
  text_ += bytes.substr(0, end);
  if (text_.size() > kMostSize) return false;
  if (end == std::string_view::npos) {
    bytes = {};
    return true;
  }
  bytes.remove_prefix(end + 1);
  const auto text = std::exchange(text_, {});
  std::size_t size = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), size, 16);
  if (read.ec != std::errc() ||
      (read.ptr != text.data() + text.size() && *read.ptr != '\r' && *read.ptr != ';' && *read.ptr != ' '))
    return false;
  left_ = size;
  state_ = size == 0 ? State::end : State::chunk;
  return true;
}

bool HttpLines::chunk(std::string_view& bytes, const OnLine& on_line) {
  const auto piece = bytes.substr(0, left_);
  bytes.remove_prefix(piece.size());
  left_ -= piece.size();
  if (left_ == 0) state_ = State::chunk_end;
  return body(piece, on_line);
}

bool HttpLines::crlf(std::string_view& bytes) {
  const char c = bytes.front();
  bytes.remove_prefix(1);
  if (c == '\n') state_ = State::size;
  return c == '\n' || c == '\r';
}

bool HttpLines::body(std::string_view bytes, const OnLine& on_line) {
  while (!bytes.empty()) {
    const auto end = bytes.find('\n');
    line_ += bytes.substr(0, end);
    if (line_.size() > kMostLine) return false;
    if (end == std::string_view::npos) return true;
    bytes.remove_prefix(end + 1);
    auto line = std::exchange(line_, {});
    if (line.ends_with('\r')) line.pop_back();
    on_line(line);
  }
  return true;
}

}  // namespace jackfield::twitter
