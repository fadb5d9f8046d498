#include "net/request_parser.hpp"

#include <algorithm>
#include <boost/beast/core/string.hpp>

namespace jackfield::net {
namespace {

std::string lower(beast::string_view text) {
  std::string out(text.data(), text.size());
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
  }
  return out;
}

// "http://host/path?x" (a proxy's form) as "/path?x".
std::string_view origin_form(std::string_view target) {
  const auto scheme = target.find("://");
  if (target.empty() || target.front() == '/' || scheme == std::string_view::npos) return target;
  const auto slash = target.find('/', scheme + 3);
  return slash == std::string_view::npos ? std::string_view("/") : target.substr(slash);
}

constexpr std::size_t most_reserved = 256 * 1024;  // what a Content-Length alone may make us allocate

}  // namespace

RequestParser::RequestParser() {
  basic_parser::body_limit(boost::none);  // ours is asked when the header is there
  request.headers.reserve(12);
}

void RequestParser::on_request_impl(http::verb, beast::string_view method, beast::string_view target, int seen_version,
                                    beast::error_code&) {
  version = seen_version;
  request.method.assign(method.data(), method.size());
  request.target.assign(target.data(), target.size());
  const std::string_view local = origin_form(request.target);
  const auto question = local.find('?');
  request.path = local.substr(0, question);
  if (question != std::string_view::npos) request.query = local.substr(question + 1);
}

void RequestParser::on_field_impl(http::field field, beast::string_view name, beast::string_view value,
                                  beast::error_code&) {
  if (header_done_) return;
  if (field == http::field::host) ++hosts;
  if (field == http::field::transfer_encoding) transfer_encoding = true;
  if (field == http::field::upgrade) upgrade_websocket = beast::iequals(value, "websocket");
  if (field == http::field::expect) {
    expect_continue = beast::iequals(value, "100-continue");
    expect_other = !expect_continue;
  }
  request.headers.emplace_back(lower(name), std::string(value.data(), value.size()));
}

void RequestParser::on_body_init_impl(const boost::optional<std::uint64_t>& length, beast::error_code&) {
  if (length) request.body.reserve(std::min<std::uint64_t>(*length, most_reserved));
}

std::size_t RequestParser::on_body_impl(beast::string_view bytes, beast::error_code& failed) {
  if (bytes.size() > body_limit - request.body.size()) {
    failed = http::error::body_limit;
    return 0;
  }
  request.body.append(bytes.data(), bytes.size());
  return bytes.size();
}

std::size_t RequestParser::on_chunk_body_impl(std::uint64_t, beast::string_view bytes, beast::error_code& failed) {
  return on_body_impl(bytes, failed);
}

}  // namespace jackfield::net
