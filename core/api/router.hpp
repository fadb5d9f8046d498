// Method and path to handler. Constant once built; any thread.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "api/call.hpp"

namespace jackfield::api {

struct Route {
  std::string method;
  std::string pattern;  // "/v1/messages/{id}"
  Roles roles = kAll;   // who may; 0: anybody, without a token
  std::function<void(const CallPtr&)> handler;
};

class Router {
 public:
  void add(std::string method, std::string pattern, Roles roles, std::function<void(const CallPtr&)> handler);
  // The route, with its arguments; null: there is none, and `allowed` then names the methods that this path has.
  const Route* match(std::string_view method, std::string_view path, std::vector<std::string>& arguments,
                     std::string& allowed) const;
  const std::vector<Route>& routes() const { return routes_; }

 private:
  std::vector<Route> routes_;
};

}  // namespace jackfield::api
