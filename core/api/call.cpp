#include "api/call.hpp"

#include <algorithm>
#include <charconv>

#include "model/json.hpp"

namespace jackfield::api {

void Call::json(int status, std::string body) {
  net::HttpResponse response;
  response.status = status;
  response.content_type = "application/json";
  response.body = std::move(body);
  response.headers.emplace_back("Cache-Control", "no-store");
  responder->respond(std::move(response));
}

void Call::no_content() {
  net::HttpResponse response;
  response.status = 204;
  responder->respond(std::move(response));
}

void Call::problem(const Problem& problem) { responder->respond(to_response(problem)); }

std::optional<Id> Call::id_or_404(std::size_t index, std::string_view what) {
  const auto id = parse_id(path_args.at(index));
  if (!id) problem(not_found("no " + std::string(what) + " " + path_args[index].substr(0, 64)));
  return id;
}

Query::Query(const net::HttpRequest& request, std::vector<std::string_view> allowed)
    : parameters_(net::parse_query(request.query)) {
  for (const auto& [name, value] : parameters_) {
    const bool known = std::find(allowed.begin(), allowed.end(), name) != allowed.end();
    if (!known && !error_) error_ = invalid(unknown_name("parameter", name, allowed), name.substr(0, 64));
  }
}

void Query::refuse(std::string_view name, std::string why) {
  if (!error_) error_ = invalid(std::string(name.substr(0, 64)) + ": " + why, std::string(name.substr(0, 64)));
}

std::optional<std::string> Query::text(std::string_view name) {
  std::optional<std::string> found;
  for (const auto& [key, value] : parameters_) {
    if (key != name) continue;
    if (found) refuse(name, "is given twice");
    found = value;
  }
  return found;
}

Id Query::id(std::string_view name) {
  const auto value = text(name);
  if (!value) return {};
  const auto id = parse_id(*value);
  if (!id) refuse(name, "\"" + value->substr(0, 64) + "\" is no id");
  return id.value_or(Id{});
}

std::int64_t Query::integer(std::string_view name, std::int64_t least, std::int64_t most, std::int64_t otherwise) {
  const auto value = text(name);
  if (!value) return otherwise;
  std::int64_t out = 0;
  const char* end = value->data() + value->size();
  const auto [at, error] = std::from_chars(value->data(), end, out);
  if (error == std::errc{} && at == end && out >= least && out <= most) return out;
  refuse(name, "must be a number from " + std::to_string(least) + " to " + std::to_string(most));
  return otherwise;
}

bool Query::flag(std::string_view name) {
  const auto value = text(name);
  if (value && *value != "true" && *value != "false") refuse(name, "must be true or false");
  return value == "true";
}

store::PageArgs Query::page() {
  store::PageArgs args;
  args.limit = static_cast<std::size_t>(integer("limit", 1, 500, 50));
  args.cursor = text("cursor").value_or("");
  return args;
}

std::string list_json(const std::vector<std::string>& items, std::string_view next) {
  std::size_t size = 32 + next.size();
  for (const auto& item : items) size += item.size() + 1;
  std::string out;
  out.reserve(size);
  out = "{\"items\":[";
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i) out += ',';
    out += items[i];
  }
  out += "],\"next\":";
  if (next.empty()) {
    out += "null";
  } else {
    append_string(out, next);
  }
  out += '}';
  return out;
}

}  // namespace jackfield::api
