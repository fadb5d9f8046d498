// One request on its way through the API: what came, who asks, and how to answer it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/auth.hpp"
#include "api/problem.hpp"
#include "net/http_server.hpp"
#include "store/reader.hpp"

namespace jackfield::api {

class Call {
 public:
  Call(net::HttpRequest r, std::shared_ptr<net::Responder> to) : request(std::move(r)), responder(std::move(to)) {}

  net::HttpRequest request;
  const std::shared_ptr<net::Responder> responder;
  std::vector<std::string> path_args;  // what stands for the {…} of the pattern, decoded
  std::shared_ptr<const Caller> caller;  // null on routes without a token only

  void json(int status, std::string body);
  void no_content();  // 204
  void problem(const Problem& problem);
  void error(const Error& error) { problem(to_problem(error)); }

  // The id at that place of the path; when it is none, the call is answered 404 ("no message abc").
  std::optional<Id> id_or_404(std::size_t index, std::string_view what);
};
using CallPtr = std::shared_ptr<Call>;

// The query's parameters, read strictly: a name that is not asked for is an error, so that a misspelt filter does not
// answer with everything. The first error stands.
class Query {
 public:
  Query(const net::HttpRequest& request, std::vector<std::string_view> allowed);

  std::optional<std::string> text(std::string_view name);
  Id id(std::string_view name);  // Id{}: not given
  std::int64_t integer(std::string_view name, std::int64_t least, std::int64_t most, std::int64_t otherwise);
  bool flag(std::string_view name);  // "true" or "false"; false when it is not given
  store::PageArgs page();  // limit and cursor
  // One of an enumeration's names.
  template <class T>
  std::optional<T> one_of(std::string_view name) {
    const auto value = text(name);
    T out{};
    if (!value) return std::nullopt;
    if (parse(*value, out)) return out;
    refuse(name, "\"" + value->substr(0, 64) + "\" is not known");
    return std::nullopt;
  }
  void refuse(std::string_view name, std::string why);
  const std::optional<Problem>& error() const { return error_; }

 private:
  std::vector<std::pair<std::string, std::string>> parameters_;
  std::optional<Problem> error_;
};

// {"items": […], "next": …}; each item is ready JSON. An empty next is null.
std::string list_json(const std::vector<std::string>& items, std::string_view next);

}  // namespace jackfield::api
