#include "plain_text.hpp"

namespace jackfield::email {
namespace {

struct Line {
  std::size_t depth = 0;  // of quoting
  std::string_view text;
};

Line dissect(std::string_view line) {
  Line result;
  while (!line.empty() && line.front() == '>') {
    ++result.depth;
    line.remove_prefix(1);
  }
  if (!line.empty() && line.front() == ' ') line.remove_prefix(1);
  result.text = line;
  return result;
}

}  // namespace

std::string unflow(std::string_view text, bool delsp) {
  std::string result;
  result.reserve(text.size());
  bool flows = false;
  std::size_t depth = 0;
  while (!text.empty()) {
    const auto end = text.find('\n');
    Line line = dissect(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    const bool goes_on = flows && line.depth == depth && line.text != "-- ";
    if (!goes_on) {
      if (flows) result += '\n';
      if (line.depth > 0) result.append(line.depth, '>') += ' ';
    }
    flows = line.text.ends_with(' ') && line.text != "-- ";
    depth = line.depth;
    if (flows && delsp) line.text.remove_suffix(1);
    result += line.text;
    if (!flows) result += '\n';
  }
  return result;
}

}  // namespace jackfield::email
