#include "connection.hpp"

#include <charconv>

namespace jackfield::bench {
namespace {

namespace asio = boost::asio;
using Error = boost::system::error_code;

bool begins_with(std::string_view line, std::string_view lower_case) {
  if (line.size() < lower_case.size()) return false;
  for (std::size_t i = 0; i < lower_case.size(); ++i)
    if ((line[i] | 0x20) != (lower_case[i] | 0x20)) return false;
  return true;
}

// The value of a header field, empty when it is not there.
std::string_view field(std::string_view header, std::string_view lower_case_name) {
  for (auto at = header.find("\r\n"); at != std::string_view::npos; at = header.find("\r\n", at + 2)) {
    std::string_view line = header.substr(at + 2);
    if (!begins_with(line, lower_case_name)) continue;
    line = line.substr(lower_case_name.size(), line.find("\r\n") - lower_case_name.size());
    while (line.starts_with(' ')) line.remove_prefix(1);
    return line;
  }
  return {};
}

std::size_t body_length(std::string_view header) {
  const auto value = field(header, "content-length:");
  std::size_t length = 0;
  std::from_chars(value.data(), value.data() + value.size(), length);
  return length;
}

}  // namespace

Connection::Connection(asio::io_context& io, int port, Answered answered)
    : socket_(io), answered_(std::move(answered)) {
  socket_.connect({asio::ip::address_v4::loopback(), static_cast<unsigned short>(port)});
  socket_.set_option(asio::ip::tcp::no_delay(true));
  socket_.non_blocking(true);
}

void Connection::send(const NextRequest& next) {
  next(request_);
  // It nearly always fits into the socket's buffer; asking the reactor first would cost as much again.
  Error error;
  const auto sent = socket_.write_some(asio::buffer(request_), error);
  if (error && error != asio::error::would_block) return finish(0);
  if (sent == request_.size()) return receive();
  asio::async_write(socket_, asio::buffer(request_) + sent,
                    [this](Error failed, std::size_t) { failed ? finish(0) : receive(); });
}

void Connection::receive() {
  socket_.async_read_some(asio::buffer(buffer_ + read_, sizeof buffer_ - read_),
                          [this](Error error, std::size_t count) {
                            if (error) return finish(0);
                            read_ += count;
                            take();
                          });
}

void Connection::take() {
  const std::string_view all(buffer_, read_);
  const auto end = all.find("\r\n\r\n");
  if (end == std::string_view::npos) return read_ == sizeof buffer_ ? finish(0) : receive();
  const std::string_view header = all.substr(0, end);
  const auto whole = end + 4 + body_length(header);
  if (whole > sizeof buffer_ || header.size() < 12) return finish(0);
  if (read_ < whole) return receive();
  read_ = 0;  // nothing is ever sent ahead of the answer, so nothing comes behind it
  const int status = (header[9] - '0') * 100 + (header[10] - '0') * 10 + (header[11] - '0');
  if (status != 200) over_ = begins_with(field(header, "connection:"), "close");
  finish(status);
}

void Connection::finish(int status) {
  if (status == 0) over_ = true;
  answered_(*this, status);
}

}  // namespace jackfield::bench
