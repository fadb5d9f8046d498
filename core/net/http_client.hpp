// Outgoing HTTP by libcurl's multi interface on a thread of its own: pooled connections, TLS verified, limits on size
// and time, the address guard against private networks.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace jackfield::net {

// How far a request came: decides whether it may have had an effect.
enum class Progress : std::uint8_t { not_sent, maybe, answered };

struct HttpCall {
  std::string method = "GET";
  std::string url;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::string body_file;  // when set: multipart/form-data with this file as field "file"
  std::string file_name, file_type;
  std::vector<std::pair<std::string, std::string>> form_fields;
  Millis timeout{30000};
  std::size_t max_bytes = 4 * 1024 * 1024;
  bool follow = false;        // to 5 redirects; authorization stays with its host
  bool guard = false;         // refuse private, loopback and link-local addresses, after DNS, at every redirect
  std::string exempt_origin;  // "http://127.0.0.1:9000": the guard lets this one through
};

struct HttpAnswer {
  Progress progress = Progress::not_sent;
  int status = 0;
  bool denied = false;  // by the guard
  bool timed_out = false;
  bool too_large = false;
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
  std::string body;
  std::string error;  // for people
};

class HttpClient {
 public:
  explicit HttpClient(std::size_t most_open = 512);
  ~HttpClient();  // stop()
  // done comes once, on the client's thread; it must not block. False: too many are open.
  bool submit(HttpCall call, std::function<void(HttpAnswer)> done);
  void stop();  // what is open ends with progress as it stands; safe twice

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace jackfield::net
