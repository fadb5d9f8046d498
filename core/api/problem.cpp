#include "api/problem.hpp"

#include "base/nearest.hpp"
#include "model/json.hpp"

namespace jackfield::api {
namespace {

std::string_view title_of(int status) {
  switch (status) {
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 409: return "Conflict";
    case 410: return "Gone";
    case 413: return "Content Too Large";
    case 426: return "Upgrade Required";
    case 429: return "Too Many Requests";
    case 503: return "Service Unavailable";
    default: return "Internal Server Error";
  }
}

}  // namespace

int status_of(Errc code) {
  switch (code) {
    case Errc::invalid: return 400;
    case Errc::denied: return 403;
    case Errc::not_found: return 404;
    case Errc::conflict: return 409;
    case Errc::too_large: return 413;
    case Errc::busy:
    case Errc::unavailable: return 503;
    case Errc::corrupt:
    case Errc::internal: return 500;
  }
  return 500;
}

Problem to_problem(const Error& error, std::string parameter) {
  Problem problem{status_of(error.code), std::string(name_of(error.code)), error.message, std::move(parameter), {}};
  if (error.transient()) problem.headers.emplace_back("Retry-After", "1");
  return problem;
}

Problem invalid(std::string detail, std::string parameter) {
  return {400, "invalid", std::move(detail), std::move(parameter), {}};
}

Problem not_found(std::string detail) { return {404, "not_found", std::move(detail), {}, {}}; }

Problem denied(std::string detail) { return {403, "denied", std::move(detail), {}, {}}; }

Problem unauthorized() {
  return {401,
          "unauthorized",
          "send a token that is known here as \"Authorization: Bearer TOKEN\"",
          {},
          {{"WWW-Authenticate", "Bearer realm=\"jackfield\""}}};
}

Problem busy(std::string detail) { return {503, "busy", std::move(detail), {}, {{"Retry-After", "1"}}}; }

net::HttpResponse to_response(const Problem& problem) {
  net::HttpResponse response;
  response.status = problem.status;
  response.content_type = "application/problem+json";
  response.headers = problem.headers;
  std::string& out = response.body;
  out = "{\"type\":\"about:blank\",\"title\":";
  append_string(out, title_of(problem.status));
  out += ",\"status\":" + std::to_string(problem.status) + ",\"detail\":";
  append_string(out, problem.detail);
  out += ",\"code\":";
  append_string(out, problem.code);
  if (!problem.parameter.empty()) {
    out += ",\"parameter\":";
    append_string(out, problem.parameter);
  }
  out += '}';
  return response;
}

std::string unknown_name(std::string_view what, std::string_view name, const std::vector<std::string_view>& allowed) {
  std::string text = "unknown " + std::string(what) + " \"" + std::string(name.substr(0, 64)) + '"';
  const std::string near = nearest(name, allowed);
  text += near.empty() ? "." : "; did you mean \"" + near + "\"?";
  text += allowed.empty() ? " None is allowed here" : " Allowed: ";
  for (std::size_t i = 0; i < allowed.size(); ++i) text += (i ? ", " : "") + std::string(allowed[i]);
  return text;
}

}  // namespace jackfield::api
