// Turns the bytes of one request into an HttpRequest, by Beast's basic_parser, without the field container that Beast's
// own parser would build first.
#pragma once

#include "net/beast.hpp"
#include "net/http_server.hpp"

namespace jackfield::net {

class RequestParser final : public http::basic_parser<true> {
 public:
  RequestParser();

  HttpRequest request;
  int version = 11;
  std::size_t hosts = 0;           // Host fields seen
  bool transfer_encoding = false;  // asked for, chunked or not
  bool expect_continue = false;
  bool expect_other = false;
  bool upgrade_websocket = false;
  std::size_t body_limit = 0;  // set when the header is there

 private:
  void on_request_impl(http::verb, beast::string_view method, beast::string_view target, int version,
                       beast::error_code&) override;
  void on_response_impl(int, beast::string_view, int, beast::error_code&) override {}
  void on_field_impl(http::field, beast::string_view name, beast::string_view value, beast::error_code&) override;
  void on_header_impl(beast::error_code&) override { header_done_ = true; }
  void on_body_init_impl(const boost::optional<std::uint64_t>& length, beast::error_code&) override;
  std::size_t on_body_impl(beast::string_view bytes, beast::error_code&) override;
  void on_chunk_header_impl(std::uint64_t, beast::string_view, beast::error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, beast::string_view bytes, beast::error_code&) override;
  void on_finish_impl(beast::error_code&) override {}

  bool header_done_ = false;  // what comes then are trailers, which are not handed on
};

}  // namespace jackfield::net
