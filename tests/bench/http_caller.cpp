#include "http_caller.hpp"

#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include "net/beast.hpp"

namespace jackfield::bench {

Answer http_get(int port, const std::string& target, const std::string& token) {
  namespace http = boost::beast::http;
  boost::asio::io_context io(1);
  boost::asio::ip::tcp::socket socket(io);
  boost::system::error_code error;
  socket.connect({boost::asio::ip::address_v4::loopback(), static_cast<unsigned short>(port)}, error);
  if (error) return {};
  http::request<http::empty_body> request(http::verb::get, target, 11);
  request.set(http::field::host, "127.0.0.1");
  if (!token.empty()) request.set(http::field::authorization, "Bearer " + token);
  http::write(socket, request, error);
  boost::beast::flat_buffer buffer;
  http::response_parser<http::string_body> response;
  response.body_limit(64 * 1024 * 1024);
  if (!error) http::read(socket, buffer, response, error);
  if (error) return {};
  return {static_cast<int>(response.get().result_int()), std::move(response.get().body())};
}

}  // namespace jackfield::bench
