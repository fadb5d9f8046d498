#include "api/router.hpp"

namespace jackfield::api {
namespace {

std::string_view next_segment(std::string_view& rest) {
  rest.remove_prefix(1);  // the slash
  const std::size_t end = std::min(rest.find('/'), rest.size());
  const std::string_view segment = rest.substr(0, end);
  rest.remove_prefix(end);
  return segment;
}

bool matches(std::string_view pattern, std::string_view path, std::vector<std::string>& arguments) {
  arguments.clear();
  while (!pattern.empty() && !path.empty()) {
    if (path.front() != '/') return false;
    const std::string_view want = next_segment(pattern), got = next_segment(path);
    if (want.starts_with('{')) {
      if (got.empty()) return false;
      arguments.push_back(net::percent_decode(got));
    } else if (want != got) {
      return false;
    }
  }
  return pattern.empty() && path.empty();
}

}  // namespace

void Router::add(std::string method, std::string pattern, Roles roles, std::function<void(const CallPtr&)> handler) {
  routes_.push_back({std::move(method), std::move(pattern), roles, std::move(handler)});
}

const Route* Router::match(std::string_view method, std::string_view path, std::vector<std::string>& arguments,
                           std::string& allowed) const {
  allowed.clear();
  for (const Route& route : routes_) {
    if (!matches(route.pattern, path, arguments)) continue;
    if (route.method == method) return &route;
    allowed += (allowed.empty() ? "" : ", ") + route.method;
  }
  return nullptr;
}

}  // namespace jackfield::api
