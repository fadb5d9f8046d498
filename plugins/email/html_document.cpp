#include "html_document.hpp"

#include <gumbo.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <unordered_map>

#include "ascii.hpp"
#include "charset.hpp"
#include "mail_envelope.hpp"

namespace jackfield::email {
namespace {

constexpr std::size_t deepest = 400;                 // Gumbo frees its tree by recursion
constexpr std::size_t most_nodes = 4 * 1000 * 1000;  // formatting left open is copied into every block that follows

// Elements that the parser closes by itself, or that have no inside.
bool is_shallow(GumboTag tag) {
  switch (tag) {
    case GUMBO_TAG_P:
    case GUMBO_TAG_LI:
    case GUMBO_TAG_TD:
    case GUMBO_TAG_TR:
    case GUMBO_TAG_TH:
    case GUMBO_TAG_DD:
    case GUMBO_TAG_DT:
    case GUMBO_TAG_OPTION:
    case GUMBO_TAG_BR:
    case GUMBO_TAG_HR:
    case GUMBO_TAG_IMG:
    case GUMBO_TAG_META:
    case GUMBO_TAG_INPUT:
    case GUMBO_TAG_LINK:
    case GUMBO_TAG_COL:
    case GUMBO_TAG_AREA:
    case GUMBO_TAG_WBR: return true;
    default: return false;
  }
}

// How many elements of each name are open. Names that HTML does not know are told apart too: a parser does.
class OpenElements {
 public:
  std::uint32_t& count(GumboTag tag, std::string_view name) {
    if (tag != GUMBO_TAG_UNKNOWN) return known_[static_cast<std::size_t>(tag)];
    return unknown_[lower_case(name)];
  }

 private:
  std::array<std::uint32_t, GUMBO_TAG_LAST + 1> known_{};
  std::unordered_map<std::string, std::uint32_t> unknown_;
};

// May it be parsed? How far elements stay open at most, and how many tags there are, is estimated from above, which
// costs no parse.
bool is_safe(std::string_view html) {
  OpenElements open;
  std::size_t depth = 0, most_depth = 0, tags = 0;
  for (auto at = html.find('<'); at != std::string_view::npos; at = html.find('<', at + 1)) {
    const bool closes = at + 1 < html.size() && html[at + 1] == '/';
    const std::size_t begin = at + 1 + (closes ? 1 : 0);
    if (begin >= html.size() || !is_letter(html[begin])) continue;
    const std::size_t end = std::min(html.find_first_of(" \t\r\n\f/>", begin), html.size());
    ++tags;
    const std::string_view name = html.substr(begin, end - begin);
    const GumboTag tag = gumbo_tagn_enum(name.data(), static_cast<unsigned>(name.size()));
    if (is_shallow(tag)) continue;
    std::uint32_t& count = open.count(tag, name);
    if (!closes)
      ++count, most_depth = std::max(most_depth, ++depth);
    else if (count > 0)
      --count, --depth;
  }
  return most_depth <= deepest && most_depth * tags <= most_nodes;
}

bool is_silent(GumboTag tag) {
  switch (tag) {
    case GUMBO_TAG_SCRIPT:
    case GUMBO_TAG_STYLE:
    case GUMBO_TAG_HEAD:
    case GUMBO_TAG_TITLE:
    case GUMBO_TAG_NOSCRIPT:
    case GUMBO_TAG_TEMPLATE:
    case GUMBO_TAG_TEXTAREA:
    case GUMBO_TAG_SELECT:
    case GUMBO_TAG_IFRAME:
    case GUMBO_TAG_OBJECT:
    case GUMBO_TAG_EMBED:
    case GUMBO_TAG_APPLET:
    case GUMBO_TAG_SVG:
    case GUMBO_TAG_MATH:
    case GUMBO_TAG_AUDIO:
    case GUMBO_TAG_VIDEO:
    case GUMBO_TAG_CANVAS: return true;
    default: return false;
  }
}

// "display:none" with any white space.
bool says_display_none(std::string_view style) {
  constexpr std::string_view wanted = "display:none";
  std::size_t matched = 0;
  for (const char c : style) {
    if (white_space.find(c) != std::string_view::npos) continue;
    if (lower(c) != wanted[matched])
      matched = lower(c) == wanted[0] ? 1 : 0;
    else if (++matched == wanted.size())
      return true;
  }
  return false;
}

}  // namespace

HtmlDocument::HtmlDocument(std::string_view html) : source_(cut_utf8(html, most_html)) {
  if (is_safe(source_)) output_ = gumbo_parse_with_options(&kGumboDefaultOptions, source_.data(), source_.size());
}

HtmlDocument::~HtmlDocument() {
  if (output_) gumbo_destroy_output(&kGumboDefaultOptions, output_);
}

const GumboNode* HtmlDocument::root() const { return output_ ? output_->root : nullptr; }

std::string_view attribute(const GumboNode& element, const char* name) {
  const GumboAttribute* found = gumbo_get_attribute(&element.v.element.attributes, name);
  return found ? std::string_view(found->value) : std::string_view();
}
bool has_attribute(const GumboNode& element, const char* name) {
  return gumbo_get_attribute(&element.v.element.attributes, name) != nullptr;
}

bool is_hidden(const GumboNode& element) {
  if (is_silent(element.v.element.tag)) return true;
  if (element.v.element.attributes.length == 0) return false;
  return has_attribute(element, "hidden") || says_display_none(attribute(element, "style"));
}

}  // namespace jackfield::email
