// Problem documents (RFC 9457): every error that a client of the API sees.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "net/http_server.hpp"

namespace jackfield::api {

struct Problem {
  int status = 500;
  std::string code;                                          // for programs: "invalid", "not_found", …
  std::string detail;                                        // for people
  std::string parameter;                                     // the member or query parameter it is about; empty: none
  std::vector<std::pair<std::string, std::string>> headers;  // "Allow", "Retry-After", …
};

int status_of(Errc code);
Problem to_problem(const Error& error, std::string parameter = {});
Problem invalid(std::string detail, std::string parameter = {});
Problem not_found(std::string detail);
Problem denied(std::string detail);
Problem unauthorized();
Problem busy(std::string detail);
net::HttpResponse to_response(const Problem& problem);

// "unknown parameter "limt"; did you mean "limit"? Allowed: limit, cursor"
std::string unknown_name(std::string_view what, std::string_view name, const std::vector<std::string_view>& allowed);

}  // namespace jackfield::api
