// An HTTP/1.1 answer whose body is lines, read as the bytes come: the activity stream. Pure.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace jackfield::twitter {

class HttpLines {
 public:
  using OnLine = std::function<void(std::string_view line)>;  // empty ones as well: they keep the connection alive

  // False: it is no HTTP, or larger than a head or a line may be; feed it no more. on_line may not feed.
  bool feed(std::string_view bytes, const OnLine& on_line);

  int status() const { return status_; }                 // 0: not known yet
  std::string_view headers() const { return headers_; }  // "name: value\r\n" lines as they came
  // A chunked body has ended. One that is not chunked ends with the connection.
  bool ended() const { return state_ == State::end; }
  // What came after the last end of a line.
  std::string_view rest() const { return line_; }

 private:
  enum class State { head, size, chunk, chunk_end, plain, trailer, end };

  bool head(std::string_view& bytes);
  bool read_head(std::string_view head);
  bool size(std::string_view& bytes);
  bool chunk(std::string_view& bytes, const OnLine& on_line);
  bool crlf(std::string_view& bytes);
  bool body(std::string_view bytes, const OnLine& on_line);

  State state_ = State::head;
  int status_ = 0;
  std::string headers_, text_, line_;  // text_: of a head or a chunk's size, until it is whole
  std::size_t left_ = 0;               // of the chunk
};

}  // namespace jackfield::twitter
