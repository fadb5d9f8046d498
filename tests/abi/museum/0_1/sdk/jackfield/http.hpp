// SPDX-License-Identifier: Apache-2.0
//
// http.hpp: a request that the host runs for the connector, and its answer.
#ifndef JACKFIELD_HTTP_HPP
#define JACKFIELD_HTTP_HPP

#include <charconv>
#include <cstdint>
#include <ctime>
#include <string>
#include <string_view>

#include "jackfield/values.hpp"

namespace jackfield::sdk {

// The header lines of a request. A value with a line break in it is cut there, so that no header can be smuggled in.
class Headers {
 public:
  Headers& add(std::string_view name, std::string_view value) {
    lines_.append(name).append(": ").append(value.substr(0, value.find_first_of("\r\n"))).append("\r\n");
    return *this;
  }
  operator std::string_view() const noexcept { return lines_; }

 private:
  std::string lines_;
};

// Views are borrowed until Host::http returns. Fields are those of jf_http_request.
struct HttpRequest {
  std::string_view method = "GET";
  std::string_view url = {};
  std::string_view headers = {};  // "name: value\r\n" lines; see Headers
  std::string_view body = {};
  std::uint32_t flags = 0;  // JF_HTTP_*
  std::uint64_t timeout_ms = 0;
  std::uint64_t max_bytes = 0;
  std::string_view body_blob = {};
  std::string_view form = {};
};

// Views are borrowed until the callback returns.
struct HttpResponse {
  std::uint32_t progress = JF_HTTP_NOT_SENT;
  unsigned http_status = 0;
  jf_status status = JF_OK;
  std::string_view headers;
  std::string_view body;
  std::string_view blob;
  std::string_view error;

  bool answered() const noexcept { return progress == JF_HTTP_ANSWERED; }
  bool ok() const noexcept { return answered() && http_status >= 200 && http_status < 300; }
  std::string_view header(std::string_view name) const noexcept { return find_header(headers, name); }

  // Retry-After in milliseconds from now, given as seconds or as an HTTP date; 0 when absent or past.
  std::uint64_t retry_after_ms(std::int64_t now_ms) const {
    const std::string text(header("retry-after"));
    std::uint64_t seconds = 0;
    if (std::from_chars(text.data(), text.data() + text.size(), seconds).ec == std::errc()) {
      return seconds > 86400u * 365u ? 86400000ull * 365u : seconds * 1000;
    }
    std::tm date{};
    if (text.empty() || strptime(text.c_str(), "%a, %d %b %Y %H:%M:%S", &date) == nullptr) return 0;
    const std::int64_t at = static_cast<std::int64_t>(timegm(&date)) * 1000;
    return at > now_ms ? static_cast<std::uint64_t>(at - now_ms) : 0;
  }
};

}  // namespace jackfield::sdk
#endif
