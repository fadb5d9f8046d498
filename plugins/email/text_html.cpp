#include "text_html.hpp"

#include <algorithm>

#include "ascii.hpp"

namespace jackfield::email {
namespace {

constexpr std::size_t longest_link = 2000;
constexpr int deepest_quote = 10;

// Where the address ends: punctuation at its end belongs to the sentence.
std::size_t link_end(std::string_view text, std::size_t begin) {
  std::size_t end = std::min(text.find_first_of(" \t\r\n<>\"", begin), text.size());
  while (end > begin && std::string_view(".,;:!?'").find(text[end - 1]) != std::string_view::npos) --end;
  const std::string_view link = text.substr(begin, end - begin);
  if (link.ends_with(')') && link.find('(') == std::string_view::npos) --end;
  return end;
}

void append_line(std::string& out, std::string_view line) {
  while (!line.empty()) {
    const auto begin = std::min(line.find("https://"), line.find("http://"));
    const auto end = begin == std::string_view::npos ? begin : link_end(line, begin);
    if (begin == std::string_view::npos || end - begin > longest_link) break;
    const std::string link = escape_html(line.substr(begin, end - begin));
    out += escape_html(line.substr(0, begin));
    out += "<a href=\"" + link + "\">" + link + "</a>";
    line.remove_prefix(end);
  }
  out += escape_html(line);
}

int take_quote_marks(std::string_view& line) {
  int depth = 0;
  while (line.starts_with('>') && depth < deepest_quote) {
    ++depth;
    line.remove_prefix(1);
    if (line.starts_with(' ')) line.remove_prefix(1);
  }
  return depth;
}

class Writer {
 public:
  void line(std::string_view text) {
    const int depth = take_quote_marks(text);
    if (depth != depth_) end_paragraph();
    for (; depth_ < depth; ++depth_) out_ += "<blockquote type=\"cite\">";
    for (; depth_ > depth; --depth_) out_ += "</blockquote>";
    if (trim(text).empty()) return end_paragraph();
    out_ += open_ ? "<br>\r\n" : "<p>";
    open_ = true;
    append_line(out_, text);
  }
  std::string end() {
    end_paragraph();
    for (; depth_ > 0; --depth_) out_ += "</blockquote>";
    return std::move(out_);
  }

 private:
  void end_paragraph() {
    if (open_) out_ += "</p>\r\n";
    open_ = false;
  }
  std::string out_;
  int depth_ = 0;
  bool open_ = false;
};

}  // namespace

std::string escape_html(std::string_view text) {
  std::string out;
  out.reserve(text.size() + text.size() / 16);
  for (const char c : text) {
    switch (c) {
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '&': out += "&amp;"; break;
      case '"': out += "&quot;"; break;
      default: out += c;
    }
  }
  return out;
}

std::string text_to_html(std::string_view text) {
  Writer writer;
  while (!text.empty()) writer.line(take_line(text));
  return writer.end();
}

}  // namespace jackfield::email
