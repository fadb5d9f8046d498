#include "html_sanitise.hpp"

#include <gumbo.h>

#include <algorithm>
#include <iterator>

#include "ascii.hpp"
#include "html_style.hpp"

namespace jackfield::email {
namespace {

constexpr std::size_t most_bytes = 512 * 1024;
constexpr std::size_t longest_url = 4096, longest_value = 256, longest_data_image = 64 * 1024;

// Elements that only shape text. Others are left out, and what is within them stays.
bool is_allowed(GumboTag tag) {
  switch (tag) {
    case GUMBO_TAG_A:
    case GUMBO_TAG_ABBR:
    case GUMBO_TAG_ADDRESS:
    case GUMBO_TAG_ARTICLE:
    case GUMBO_TAG_ASIDE:
    case GUMBO_TAG_B:
    case GUMBO_TAG_BDI:
    case GUMBO_TAG_BDO:
    case GUMBO_TAG_BIG:
    case GUMBO_TAG_BLOCKQUOTE:
    case GUMBO_TAG_BR:
    case GUMBO_TAG_CAPTION:
    case GUMBO_TAG_CENTER:
    case GUMBO_TAG_CITE:
    case GUMBO_TAG_CODE:
    case GUMBO_TAG_COL:
    case GUMBO_TAG_COLGROUP:
    case GUMBO_TAG_DD:
    case GUMBO_TAG_DEL:
    case GUMBO_TAG_DFN:
    case GUMBO_TAG_DIV:
    case GUMBO_TAG_DL:
    case GUMBO_TAG_DT:
    case GUMBO_TAG_EM:
    case GUMBO_TAG_FIGCAPTION:
    case GUMBO_TAG_FIGURE:
    case GUMBO_TAG_FONT:
    case GUMBO_TAG_FOOTER:
    case GUMBO_TAG_H1:
    case GUMBO_TAG_H2:
    case GUMBO_TAG_H3:
    case GUMBO_TAG_H4:
    case GUMBO_TAG_H5:
    case GUMBO_TAG_H6:
    case GUMBO_TAG_HEADER:
    case GUMBO_TAG_HR:
    case GUMBO_TAG_I:
    case GUMBO_TAG_IMG:
    case GUMBO_TAG_INS:
    case GUMBO_TAG_KBD:
    case GUMBO_TAG_LI:
    case GUMBO_TAG_MAIN:
    case GUMBO_TAG_MARK:
    case GUMBO_TAG_OL:
    case GUMBO_TAG_P:
    case GUMBO_TAG_PRE:
    case GUMBO_TAG_Q:
    case GUMBO_TAG_RP:
    case GUMBO_TAG_RT:
    case GUMBO_TAG_RUBY:
    case GUMBO_TAG_S:
    case GUMBO_TAG_SAMP:
    case GUMBO_TAG_SECTION:
    case GUMBO_TAG_SMALL:
    case GUMBO_TAG_SPAN:
    case GUMBO_TAG_STRIKE:
    case GUMBO_TAG_STRONG:
    case GUMBO_TAG_SUB:
    case GUMBO_TAG_SUP:
    case GUMBO_TAG_TABLE:
    case GUMBO_TAG_TBODY:
    case GUMBO_TAG_TD:
    case GUMBO_TAG_TFOOT:
    case GUMBO_TAG_TH:
    case GUMBO_TAG_THEAD:
    case GUMBO_TAG_TIME:
    case GUMBO_TAG_TR:
    case GUMBO_TAG_TT:
    case GUMBO_TAG_U:
    case GUMBO_TAG_UL:
    case GUMBO_TAG_VAR:
    case GUMBO_TAG_WBR: return true;
    default: return false;
  }
}

bool is_void(GumboTag tag) {
  return tag == GUMBO_TAG_BR || tag == GUMBO_TAG_HR || tag == GUMBO_TAG_IMG || tag == GUMBO_TAG_COL ||
         tag == GUMBO_TAG_WBR;
}

// Attributes whose value is a word, a number or a text, and does nothing.
bool is_harmless(std::string_view name) {
  static constexpr std::string_view names[] = {"abbr",        "align", "alt",     "bgcolor",  "border", "cellpadding",
                                               "cellspacing", "color", "colspan", "datetime", "dir",    "face",
                                               "height",      "lang",  "nowrap",  "rowspan",  "size",   "start",
                                               "title",       "type",  "valign",  "width"};
  return std::binary_search(std::begin(names), std::end(names), name);
}

bool is_safe_link(std::string_view url) {
  return url.size() <= longest_url && (starts_with_word(url, "http://") || starts_with_word(url, "https://") ||
                                       starts_with_word(url, "mailto:") || starts_with_word(url, "tel:"));
}

// An image that carries its own bytes; SVG could carry more than an image.
bool is_data_image(std::string_view url) {
  if (url.size() > longest_data_image) return false;
  for (const char* type :
       {"data:image/png;base64,", "data:image/jpeg;base64,", "data:image/gif;base64,", "data:image/webp;base64,"})
    if (starts_with_word(url, type)) return true;
  return false;
}

void append_escaped(std::string& out, std::string_view text) {
  for (std::size_t at = 0; at < text.size() && out.size() <= most_bytes;) {
    const std::size_t end = std::min(text.find_first_of("<>&\"", at), text.size());
    out += text.substr(at, end - at);
    if (end == text.size()) return;
    switch (text[end]) {
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '&': out += "&amp;"; break;
      default: out += "&quot;"; break;
    }
    at = end + 1;
  }
}

void append_attribute(std::string& out, std::string_view name, std::string_view value) {
  out += ' ';
  out += name;
  out += "=\"";
  append_escaped(out, value);
  out += '"';
}

class Writer {
 public:
  Writer(std::string& out, const FindImage& find_image) : out_(out), find_image_(find_image) {}

  void write(const GumboNode& node) {
    if (out_.size() > most_bytes) return;
    switch (node.type) {
      case GUMBO_NODE_TEXT:
      case GUMBO_NODE_WHITESPACE:
      case GUMBO_NODE_CDATA: return append_escaped(out_, node.v.text.text);
      case GUMBO_NODE_ELEMENT: return write_element(node);
      default: return;
    }
  }

 private:
  void write_element(const GumboNode& node) {
    const GumboTag tag = node.v.element.tag;
    if (is_hidden(node)) return;
    if (!is_allowed(tag) || node.v.element.tag_namespace != GUMBO_NAMESPACE_HTML) return write_children(node);
    out_ += '<';
    out_ += gumbo_normalized_tagname(tag);
    write_attributes(node);
    out_ += '>';
    if (is_void(tag)) return;
    write_children(node);
    out_ += "</";
    out_ += gumbo_normalized_tagname(tag);
    out_ += '>';
  }

  void write_children(const GumboNode& node) {
    const GumboVector& children = node.v.element.children;
    for (unsigned i = 0; i < children.length; ++i) write(*static_cast<const GumboNode*>(children.data[i]));
  }

  void write_attributes(const GumboNode& node) {
    const GumboVector& attributes = node.v.element.attributes;
    const GumboTag tag = node.v.element.tag;
    for (unsigned i = 0; i < attributes.length; ++i) {
      const auto& one = *static_cast<const GumboAttribute*>(attributes.data[i]);
      write_attribute(tag, one.name, one.value);
    }
  }

  void write_attribute(GumboTag tag, std::string_view name, std::string_view value) {
    if (name == "style") return write_style(value);
    if (name == "href" && tag == GUMBO_TAG_A) return write_link(trim(value));
    if (name == "src" && tag == GUMBO_TAG_IMG) return write_image(trim(value));
    if (is_harmless(name) && value.size() <= longest_value) append_attribute(out_, name, value);
  }

  void write_style(std::string_view value) {
    if (const std::string style = safe_style(value); !style.empty()) append_attribute(out_, "style", style);
  }

  void write_link(std::string_view url) {
    if (!is_safe_link(url)) return;
    append_attribute(out_, "href", url);
    out_ += " target=\"_blank\" rel=\"noopener noreferrer nofollow\"";
  }

  void write_image(std::string_view url) {
    if (const std::string id = find_image_(url); !id.empty()) return append_attribute(out_, "src", "cid:" + id);
    if (is_data_image(url)) return append_attribute(out_, "src", url);
    if (url.size() <= longest_url && (starts_with_word(url, "http://") || starts_with_word(url, "https://")))
      append_attribute(out_, "data-remote-src", url);
  }

  std::string& out_;
  const FindImage& find_image_;
};

}  // namespace

std::string sanitise(const HtmlDocument& html, const FindImage& find_image) {
  std::string out;
  if (!html.root()) return out;
  out.reserve(std::min(html.source().size(), most_bytes));
  Writer(out, find_image).write(*html.root());
  const auto begin = out.find_first_not_of(white_space);
  if (begin == std::string::npos) return {};
  out.erase(out.find_last_not_of(white_space) + 1);
  return out.substr(begin);
}

}  // namespace jackfield::email
