// One outgoing request with its redirects, as libcurl sees it: options in, callbacks, the answer out. Used by the
// client's thread only.
#pragma once

#include <curl/curl.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "net/http_client.hpp"

namespace jackfield::net {

class Transfer {
 public:
  Transfer(HttpCall call, std::function<void(HttpAnswer)> done);
  ~Transfer();
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  // Sets up the handle for the next hop. False: the call is no good; the answer says why.
  bool prepare();
  // The hop has ended. True: a redirect is to be followed, prepare again.
  bool finish(CURLcode result);
  void cut_short();  // the client stops
  void deliver() { done_(std::move(answer_)); }
  CURL* handle() const { return easy_; }

 private:
  using Steady = std::chrono::steady_clock;

  bool set_headers();
  void set_body();
  bool set_upload();
  bool redirect();
  void forget_credentials();
  bool allows(const char* ip) const;
  void fail(std::string why);

  static std::size_t on_header(char* bytes, std::size_t size, std::size_t count, void* self);
  static std::size_t on_body(char* bytes, std::size_t size, std::size_t count, void* self);
  static curl_socket_t on_open_socket(void* self, curlsocktype purpose, curl_sockaddr* address);
  static int on_connected(void* self, char* peer_ip, char* local_ip, int peer_port, int local_port);

  HttpCall call_;
  const std::function<void(HttpAnswer)> done_;
  const Steady::time_point deadline_;
  HttpAnswer answer_;
  CURL* easy_ = nullptr;
  curl_slist* headers_ = nullptr;
  curl_mime* upload_ = nullptr;
  char error_[CURL_ERROR_SIZE] = {};
  std::string denied_ip_;
  std::size_t header_bytes_ = 0;
  int hops_ = 0;
  bool sent_ = false;  // in this hop
  bool sent_ever_ = false;
};

}  // namespace jackfield::net
