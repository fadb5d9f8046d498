#include "net/http_reply.hpp"

#include <boost/beast/core/string.hpp>
#include <charconv>

#include "net/beast.hpp"

namespace jackfield::net {
namespace {

void append_number(std::string& out, std::uint64_t number) {
  char digits[20];
  const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  out.append(digits, end);
}

void append_clean(std::string& out, std::string_view text) {
  const auto from = out.size();
  out.append(text);
  for (auto i = from; i < out.size(); ++i) {
    if (out[i] == '\r' || out[i] == '\n' || out[i] == '\0') out[i] = ' ';
  }
}

void append_field(std::string& out, std::string_view name, std::string_view value) {
  append_clean(out, name);
  out.append(": ");
  append_clean(out, value);
  out.append("\r\n");
}

bool frames_the_message(std::string_view name) {
  return beast::iequals(name, "content-length") || beast::iequals(name, "transfer-encoding") ||
         beast::iequals(name, "connection");
}

std::string_view reason(int status) {
  const auto text = http::obsolete_reason(http::int_to_status(static_cast<unsigned>(status)));
  return {text.data(), text.size()};
}

}  // namespace

bool has_body(int status) { return status >= 200 && status != 204 && status != 304; }

void append_head(std::string& out, const HttpResponse& response, const ReplyFrame& frame) {
  out.append("HTTP/1.1 ");
  append_number(out, static_cast<std::uint64_t>(response.status));
  out.append(" ");
  out.append(reason(response.status));
  out.append("\r\n");
  if (!response.content_type.empty()) append_field(out, "Content-Type", response.content_type);
  if (frame.stream) {
    if (!frame.http10) out.append("Transfer-Encoding: chunked\r\n");
  } else if (has_body(response.status)) {
    out.append("Content-Length: ");
    append_number(out, frame.length);
    out.append("\r\n");
  }
  for (const auto& [name, value] : response.headers) {
    if (!frames_the_message(name)) append_field(out, name, value);
  }
  if (!frame.keep_alive) {
    out.append("Connection: close\r\n");
  } else if (frame.http10) {
    out.append("Connection: keep-alive\r\n");
  }
  out.append("\r\n");
}

HttpResponse problem(int status, std::string_view detail) {
  HttpResponse out;
  out.status = status;
  out.content_type = "application/problem+json";
  out.body = R"({"type":"about:blank","title":")";
  out.body += reason(status);
  out.body += R"(","status":)";
  append_number(out.body, static_cast<std::uint64_t>(status));
  out.body += R"(,"detail":")";
  out.body += detail;
  out.body += R"("})";
  return out;
}

}  // namespace jackfield::net
