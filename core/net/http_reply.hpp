// The bytes of a response's head.
#pragma once

#include <string>
#include <string_view>

#include "net/http_server.hpp"

namespace jackfield::net {

struct ReplyFrame {
  std::uint64_t length = 0;  // of the body, also when it is not sent (HEAD)
  bool keep_alive = true;
  bool http10 = false;  // such a client must be told that the connection stays
  bool stream = false;  // of unknown length: chunked, or to the connection's end for http10
};

// Status line and header fields with the empty line, appended. Fields that say how the message is framed are ours;
// line breaks inside a value become blanks.
void append_head(std::string& out, const HttpResponse& response, const ReplyFrame& frame);

bool has_body(int status);  // not 1xx, 204, 304

// An RFC 9457 problem document. The detail is ours, never the client's bytes.
HttpResponse problem(int status, std::string_view detail);

}  // namespace jackfield::net
