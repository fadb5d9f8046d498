#include "api/problem.hpp"

#include <algorithm>
#include <numeric>

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

// Levenshtein, one row at a time.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t substituted = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substituted});
    }
  }
  return row.back();
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

std::string nearest(std::string_view name, const std::vector<std::string_view>& allowed) {
  if (name.size() > 64) return {};
  std::string best;
  std::size_t best_distance = std::max<std::size_t>(1, name.size() / 3) + 1;
  for (const auto candidate : allowed) {
    const std::size_t d = distance(name, candidate);
    if (d < best_distance) best_distance = d, best = candidate;
  }
  return best;
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
