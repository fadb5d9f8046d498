#include "api/client_address.hpp"

namespace jackfield::api {
namespace {

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// Several headers of that name are one list (RFC 9110 §5.3).
std::string forwarded_for(const net::HttpRequest& request) {
  std::string out;
  for (const auto& [name, value] : request.headers)
    if (name == "x-forwarded-for") out += (out.empty() ? "" : ",") + value;
  return out;
}

}  // namespace

std::string client_address(const net::HttpRequest& request, const net::Networks& proxies) {
  if (!proxies.contain(request.remote)) return request.remote;
  const std::string list = forwarded_for(request);
  std::string_view rest = list;
  while (!rest.empty()) {
    const auto comma = rest.rfind(',');
    const auto last = trimmed(comma == std::string_view::npos ? rest : rest.substr(comma + 1));
    if (!last.empty() && !proxies.contain(last)) return std::string(last.substr(0, 64));
    rest = comma == std::string_view::npos ? std::string_view() : rest.substr(0, comma);
  }
  return request.remote;
}

}  // namespace jackfield::api
