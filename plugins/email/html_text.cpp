#include "html_text.hpp"

#include <gumbo.h>

#include <algorithm>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "charset.hpp"
#include "mail_envelope.hpp"

namespace jackfield::email {
namespace {

constexpr std::size_t most_bytes = 1024 * 1024;      // of HTML that are looked at
constexpr std::size_t deepest = 400;                 // Gumbo frees its tree by recursion
constexpr std::size_t most_nodes = 4 * 1000 * 1000;  // formatting left open is copied into every block that follows

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// How far elements stay open at most, and how many tags there are; an estimate from above that costs no parse.
struct Shape {
  std::size_t depth = 0, tags = 0;
};

Shape shape_of(std::string_view html) {
  // Elements that the parser closes by itself, or that have no inside.
  static const std::unordered_set<std::string> shallow{"p",     "li",     "td",  "tr",   "th",  "dd",
                                                       "dt",    "option", "br",  "hr",   "img", "meta",
                                                       "input", "link",   "col", "area", "wbr"};
  std::unordered_map<std::string, std::size_t> open;
  Shape shape;
  std::size_t depth = 0;
  for (auto at = html.find('<'); at != std::string_view::npos; at = html.find('<', at + 1)) {
    const bool closes = at + 1 < html.size() && html[at + 1] == '/';
    std::size_t begin = at + 1 + (closes ? 1 : 0), end = begin;
    while (end < html.size() && end - begin < 24 && (is_letter(html[end]) || (html[end] >= '0' && html[end] <= '9')))
      ++end;
    if (end == begin) continue;
    ++shape.tags;
    const std::string name = lower_case(html.substr(begin, end - begin));
    if (shallow.contains(name)) continue;
    std::size_t& count = open[name];
    if (!closes)
      ++count, shape.depth = std::max(shape.depth, ++depth);
    else if (count > 0)
      --count, --depth;
  }
  return shape;
}

std::string without_tags(std::string_view html) {
  std::string text;
  bool inside = false;
  for (const char c : html) {
    if (c == '<')
      inside = true, text += ' ';
    else if (c == '>')
      inside = false;
    else if (!inside)
      text += c;
  }
  return text;
}

// Writes text with white space collapsed, and line breaks where blocks asked for them.
class Page {
 public:
  void text(std::string_view bytes, bool preserve) {
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      const char c = bytes[i];
      if (bytes.substr(i).starts_with("\xC2\xA0"))
        put(' '), ++i;  // no-break space
      else if (preserve && c == '\n')
        line_break();
      else if (preserve && c != '\r')
        put(c);
      else if (is_space(c))
        space_ = true;
      else
        put(c);
    }
  }
  void line_break() {
    if (!out_.empty() && breaks_ < 2) ++breaks_;
    space_ = false;
  }
  void block(int lines) {
    if (!out_.empty()) breaks_ = std::max(breaks_, lines);
    space_ = false;
  }
  void quote(int by) { quotes_ += by; }
  std::size_t written() const { return out_.size(); }
  std::string_view since(std::size_t at) const { return std::string_view(out_).substr(at); }
  std::string take() { return std::move(out_); }

 private:
  void put(char c) {
    if (breaks_ > 0 || out_.empty()) {
      out_.append(static_cast<std::size_t>(std::exchange(breaks_, 0)), '\n');
      out_.append(static_cast<std::size_t>(quotes_), '>');
      if (quotes_ > 0) out_ += ' ';
    } else if (space_ && out_.back() != ' ') {
      out_ += ' ';
    }
    space_ = false;
    out_ += c;
  }
  std::string out_;
  bool space_ = false;
  int breaks_ = 0, quotes_ = 0;
};

std::string_view attribute(const GumboElement& element, const char* name) {
  const GumboAttribute* found = gumbo_get_attribute(&element.attributes, name);
  return found ? std::string_view(found->value) : std::string_view();
}

bool is_hidden(const GumboElement& element) {
  if (gumbo_get_attribute(&element.attributes, "hidden")) return true;
  std::string style = lower_case(attribute(element, "style"));
  std::erase_if(style, is_space);
  return style.find("display:none") != std::string::npos;
}

bool is_silent(GumboTag tag) {
  return tag == GUMBO_TAG_SCRIPT || tag == GUMBO_TAG_STYLE || tag == GUMBO_TAG_HEAD || tag == GUMBO_TAG_TITLE ||
         tag == GUMBO_TAG_NOSCRIPT || tag == GUMBO_TAG_TEMPLATE || tag == GUMBO_TAG_TEXTAREA || tag == GUMBO_TAG_SELECT;
}

// Line breaks that an element has around it; 0: it is inline.
int breaks_around(GumboTag tag) {
  switch (tag) {
    case GUMBO_TAG_P:
    case GUMBO_TAG_H1:
    case GUMBO_TAG_H2:
    case GUMBO_TAG_H3:
    case GUMBO_TAG_H4:
    case GUMBO_TAG_H5:
    case GUMBO_TAG_H6:
    case GUMBO_TAG_UL:
    case GUMBO_TAG_OL:
    case GUMBO_TAG_TABLE:
    case GUMBO_TAG_BLOCKQUOTE:
    case GUMBO_TAG_PRE:
    case GUMBO_TAG_DL: return 2;
    case GUMBO_TAG_DIV:
    case GUMBO_TAG_LI:
    case GUMBO_TAG_TR:
    case GUMBO_TAG_HR:
    case GUMBO_TAG_SECTION:
    case GUMBO_TAG_ARTICLE:
    case GUMBO_TAG_HEADER:
    case GUMBO_TAG_FOOTER:
    case GUMBO_TAG_ADDRESS:
    case GUMBO_TAG_CENTER:
    case GUMBO_TAG_FORM:
    case GUMBO_TAG_DT:
    case GUMBO_TAG_DD:
    case GUMBO_TAG_CAPTION:
    case GUMBO_TAG_FIGURE: return 1;
    default: return 0;
  }
}

void write_node(const GumboNode& node, bool preserve, Page& page);

void write_children(const GumboElement& element, bool preserve, Page& page) {
  for (unsigned i = 0; i < element.children.length; ++i)
    write_node(*static_cast<const GumboNode*>(element.children.data[i]), preserve, page);
}

void write_link(const GumboElement& element, bool preserve, Page& page) {
  const std::size_t before = page.written();
  write_children(element, preserve, page);
  const std::string_view href = attribute(element, "href");
  const bool worth = href.starts_with("http://") || href.starts_with("https://");
  if (!worth || href.size() > 2000 || page.since(before).find(href) != std::string_view::npos) return;
  if (page.written() == before) return;  // a link around nothing that can be read
  page.text(" (", false);
  page.text(href, false);
  page.text(")", false);
}

void write_element(const GumboElement& element, bool preserve, Page& page) {
  if (is_silent(element.tag) || is_hidden(element)) return;
  if (element.tag == GUMBO_TAG_BR) return page.line_break();
  if (element.tag == GUMBO_TAG_A) return write_link(element, preserve, page);
  if (element.tag == GUMBO_TAG_IMG) return page.text(attribute(element, "alt"), false);
  const int breaks = breaks_around(element.tag);
  if (breaks > 0) page.block(breaks);
  if (element.tag == GUMBO_TAG_LI) page.text("- ", true);
  if (element.tag == GUMBO_TAG_TD || element.tag == GUMBO_TAG_TH) page.text(" ", false);
  const int quoted = element.tag == GUMBO_TAG_BLOCKQUOTE ? 1 : 0;
  page.quote(quoted);
  write_children(element, preserve || element.tag == GUMBO_TAG_PRE, page);
  if (breaks > 0) page.block(breaks);
  page.quote(-quoted);
}

void write_node(const GumboNode& node, bool preserve, Page& page) {
  switch (node.type) {
    case GUMBO_NODE_TEXT:
    case GUMBO_NODE_WHITESPACE:
    case GUMBO_NODE_CDATA: return page.text(node.v.text.text, preserve);
    case GUMBO_NODE_ELEMENT: return write_element(node.v.element, preserve, page);
    default: return;
  }
}

}  // namespace

std::string html_to_text(std::string_view html) {
  html = cut_utf8(html, most_bytes);
  const Shape shape = shape_of(html);
  Page page;
  if (shape.depth > deepest || shape.depth * shape.tags > most_nodes) {
    page.text(without_tags(html), false);
    return page.take();
  }
  GumboOutput* output = gumbo_parse_with_options(&kGumboDefaultOptions, html.data(), html.size());
  write_node(*output->root, false, page);
  gumbo_destroy_output(&kGumboDefaultOptions, output);
  return page.take();
}

}  // namespace jackfield::email
