#include "api/exposition.hpp"

#include <charconv>

namespace jackfield::api {
namespace {

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\' || c == '"') out += '\\';
    if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace

std::string shown(double value) {
  char digits[32];
  return {digits, std::to_chars(digits, digits + sizeof digits, value).ptr};
}

void Exposition::family(std::string_view name, std::string_view type, std::string_view help) {
  name_ = "jackfield_" + std::string(name);
  out_ += "# HELP " + name_ + ' ' + std::string(help) + "\n# TYPE " + name_ + ' ' + std::string(type) + '\n';
}

void Exposition::sample(double value, const Labels& labels, std::string_view suffix) {
  out_ += name_;
  out_ += suffix;
  for (std::size_t i = 0; i < labels.size(); ++i)
    out_ += (i ? ',' : '{') + std::string(labels[i].first) + "=\"" + escaped(labels[i].second) + '"';
  if (!labels.empty()) out_ += '}';
  out_ += ' ' + shown(value) + '\n';
}

void Exposition::one(std::string_view name, std::string_view type, std::string_view help, double value) {
  family(name, type, help);
  sample(value);
}

}  // namespace jackfield::api
