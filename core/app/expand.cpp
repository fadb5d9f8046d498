#include "app/expand.hpp"

#include <cstdlib>

#include "app/small_file.hpp"

namespace jackfield::app {
namespace {

Result<std::string> from_environment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  if (value == nullptr) return fail(Errc::not_found, "the environment has no variable " + name);
  return std::string(value);
}

Result<std::string> from_file(const std::string& path) {
  auto bytes = read_small_file(path, 1024 * 1024);
  if (!bytes) return bytes;
  if (bytes->ends_with('\n')) bytes->pop_back();
  if (bytes->ends_with('\r')) bytes->pop_back();
  if (not_utf8(*bytes)) return fail(Errc::invalid, "the file " + path + " is not UTF-8");
  return bytes;
}

// What "env:NAME" or "file:PATH" stands for.
Result<std::string> value_of(std::string_view inside) {
  const auto colon = inside.find(':');
  const auto kind = inside.substr(0, colon);
  const std::string name(inside.substr(colon + 1));
  if (name.empty()) return fail(Errc::invalid, "a name is missing after the colon");
  return kind == "env" ? from_environment(name) : from_file(name);
}

void expand_scalar(Node& node, Problems& problems) {
  const std::string& in = node.source;
  std::string out;
  std::size_t at = 0;
  while (true) {
    const auto start = std::min(in.find("${env:", at), in.find("${file:", at));
    if (start == std::string::npos) break;
    out.append(in, at, start - at);
    const auto end = in.find('}', start);
    if (end == std::string::npos) {
      node.broken = true;
      problems.error(node.place, "the closing brace of " + in.substr(start) + " is missing");
      return;
    }
    const auto whole = in.substr(start, end + 1 - start);
    if (out.ends_with('$')) {  // $${…}: taken literally
      out += whole.substr(1);
    } else if (auto value = value_of(std::string_view(in).substr(start + 2, end - start - 2))) {
      out += *value;
      node.expanded = true;
    } else {
      node.broken = true;
      problems.error(node.place, whole + ": " + value.error().message);
    }
    at = end + 1;
  }
  out.append(in, at);
  node.text = std::move(out);
}

}  // namespace

void expand(Node& node, Problems& problems) {
  if (node.kind == Node::Kind::scalar) expand_scalar(node, problems);
  for (auto& item : node.items) expand(item, problems);
  for (auto& entry : node.entries) expand(entry.second, problems);
}

}  // namespace jackfield::app
