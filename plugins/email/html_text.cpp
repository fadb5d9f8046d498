#include "html_text.hpp"

#include <gumbo.h>

#include <algorithm>
#include <utility>

#include "ascii.hpp"
#include "html_quotes.hpp"

namespace jackfield::email {
namespace {

constexpr std::size_t most_text = 2 * 1024 * 1024;
constexpr std::size_t longest_link = 2000;

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f'; }

// Without the tags, and without what a parser would have told.
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
  void text(std::string_view bytes) {
    if (out_.size() > most_text) return;
    std::size_t begin = 0;
    while (begin < bytes.size()) {
      const std::size_t end = word_end(bytes, begin);
      if (end > begin) put(bytes.substr(begin, end - begin));
      if (end >= bytes.size()) return;
      begin = end + 1;
      if (bytes[end] != '\xC2') {
        space_ = true;
      } else {  // a no-break space
        put(" ");
        ++begin;
      }
    }
  }
  void preformatted(std::string_view bytes) {
    for (std::string_view rest = bytes; !rest.empty() && out_.size() <= most_text;) {
      const bool ends_line = rest.find('\n') != std::string_view::npos;
      if (const std::string_view line = take_line(rest); !line.empty()) put(line);
      if (ends_line) line_break();
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
  void indent(int by) { indent_ += by; }
  void cell() {
    if (breaks_ == 0 && !out_.empty()) put(" |"), space_ = true;
  }
  std::size_t written() const { return out_.size(); }
  std::string_view since(std::size_t at) const { return std::string_view(out_).substr(at); }
  std::string take() { return std::move(out_); }

 private:
  // The next white space, or no-break space.
  static std::size_t word_end(std::string_view bytes, std::size_t at) {
    for (; at < bytes.size(); ++at)
      if (is_space(bytes[at]) || (bytes[at] == '\xC2' && at + 1 < bytes.size() && bytes[at + 1] == '\xA0')) return at;
    return at;
  }
  void put(std::string_view word) {
    if (breaks_ > 0 || out_.empty())
      begin_line();
    else if (space_ && out_.back() != ' ')
      out_ += ' ';
    space_ = false;
    out_ += word;
  }
  void begin_line() {
    out_.append(static_cast<std::size_t>(std::exchange(breaks_, 0)), '\n');
    out_.append(static_cast<std::size_t>(std::min(quotes_, 50)), '>');
    if (quotes_ > 0) out_ += ' ';
    out_.append(static_cast<std::size_t>(std::clamp(indent_, 0, 10)) * 2, ' ');
  }
  std::string out_;
  bool space_ = false;
  int breaks_ = 0, quotes_ = 0, indent_ = 0;
};

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

bool is_element(const void* node) { return static_cast<const GumboNode*>(node)->type == GUMBO_NODE_ELEMENT; }

// Is it a table of data, and no means to lay out a page?
bool holds_data(const GumboNode& table) {
  if (const auto border = attribute(table, "border"); !border.empty() && border != "0") return true;
  const GumboNode* first = &table;  // a heading in its first row
  for (int level = 0; level < 3; ++level) {
    const GumboVector& children = first->v.element.children;
    const auto end = children.data + children.length;
    const auto next = std::find_if(children.data, end, is_element);
    if (next == end) return false;
    first = static_cast<const GumboNode*>(*next);
  }
  return first->v.element.tag == GUMBO_TAG_TH;
}

struct Where {
  bool preserve = false, data = false;
  int list = 0;         // how deep
  int* item = nullptr;  // the next number of an ordered list
};

// Walks the tree once for each of the two texts.
class TextWriter {
 public:
  explicit TextWriter(bool skip_marked) : skip_marked_(skip_marked) {}

  void write(const GumboNode& node, const Where& where) {
    if (ended_) return;
    switch (node.type) {
      case GUMBO_NODE_TEXT:
      case GUMBO_NODE_WHITESPACE:
      case GUMBO_NODE_CDATA: return write_text(node.v.text.text, where.preserve);
      case GUMBO_NODE_ELEMENT: return write_element(node, where);
      default: return;
    }
  }
  std::string take() { return page_.take(); }
  bool saw_marks() const { return marked_; }
  bool goes_on_below() const { return below_; }

 private:
  void write_text(std::string_view text, bool preserve) {
    if (quote_skipped_ && text.find_first_not_of(" \t\r\n\f\xC2\xA0") != std::string_view::npos) below_ = true;
    preserve ? page_.preformatted(text) : page_.text(text);
  }

  // True: nothing of it is to be written.
  bool skip(const GumboNode& node) {
    if (is_hidden(node)) return true;
    const HtmlMark mark = skip_marked_ || !marked_ ? mark_of(node) : HtmlMark::none;
    if (mark == HtmlMark::none) return false;
    marked_ = true;
    if (!skip_marked_) return false;
    quote_skipped_ = quote_skipped_ || mark == HtmlMark::quote;
    ended_ = mark == HtmlMark::quote_rest;
    page_.block(1);
    return true;
  }

  void write_element(const GumboNode& node, const Where& where) {
    if (skip(node)) return;
    switch (node.v.element.tag) {
      case GUMBO_TAG_BR: return page_.line_break();
      case GUMBO_TAG_A: return write_link(node, where);
      case GUMBO_TAG_IMG: return page_.text(attribute(node, "alt"));
      default: break;
    }
    const int breaks = where.list > 0 && is_list(node) ? 1 : breaks_around(node.v.element.tag);
    if (breaks > 0) page_.block(breaks);
    write_inside(node, where);
    if (breaks > 0) page_.block(breaks);
  }

  static bool is_list(const GumboNode& node) {
    return node.v.element.tag == GUMBO_TAG_UL || node.v.element.tag == GUMBO_TAG_OL;
  }

  void write_inside(const GumboNode& node, Where where) {
    int number = 1;
    switch (node.v.element.tag) {
      case GUMBO_TAG_TABLE: where.data = holds_data(node); return write_children(node, where);
      case GUMBO_TAG_TD:
      case GUMBO_TAG_TH:
        where.data&& node.index_within_parent > 0 ? page_.cell() : page_.text(" ");
        return write_children(node, where);
      case GUMBO_TAG_UL:
      case GUMBO_TAG_OL:
        where.item = node.v.element.tag == GUMBO_TAG_OL ? &number : nullptr;
        if (++where.list > 1) page_.indent(1);
        write_children(node, where);
        return page_.indent(where.list > 1 ? -1 : 0);
      case GUMBO_TAG_LI:
        page_.preformatted(where.item ? std::to_string((*where.item)++) + ". " : "- ");
        return write_children(node, where);
      case GUMBO_TAG_BLOCKQUOTE:
        page_.quote(1);
        write_children(node, where);
        page_.block(2);
        return page_.quote(-1);
      case GUMBO_TAG_PRE: where.preserve = true; return write_children(node, where);
      default: return write_children(node, where);
    }
  }

  void write_children(const GumboNode& node, const Where& where) {
    const GumboVector& children = node.v.element.children;
    for (unsigned i = 0; i < children.length; ++i) write(*static_cast<const GumboNode*>(children.data[i]), where);
  }

  void write_link(const GumboNode& node, const Where& where) {
    const std::size_t before = page_.written();
    write_children(node, where);
    const std::string_view href = attribute(node, "href");
    const bool worth = href.starts_with("http://") || href.starts_with("https://");
    if (!worth || href.size() > longest_link || page_.written() == before) return;
    std::string_view shown = page_.since(before), bare = href.substr(href.find("//") + 2);
    if (bare.ends_with('/')) bare.remove_suffix(1);
    if (shown.find(bare) != std::string_view::npos) return;
    page_.text(" (");
    page_.text(href);
    page_.text(")");
  }

  Page page_;
  const bool skip_marked_;
  bool marked_ = false, quote_skipped_ = false, below_ = false, ended_ = false;
};

bool is_blank(std::string_view text) { return text.find_first_not_of(" \t\r\n\xC2\xA0>") == std::string_view::npos; }

}  // namespace

HtmlText html_to_text(const HtmlDocument& html) {
  HtmlText out;
  if (!html.root()) {
    Page page;
    page.text(without_tags(html.source()));
    out.whole = page.take();
    return out;
  }
  TextWriter all(false);
  all.write(*html.root(), {});
  out.whole = all.take();
  if (!all.saw_marks()) return out;
  TextWriter fresh(true);
  fresh.write(*html.root(), {});
  if (fresh.saw_marks() && !fresh.goes_on_below()) out.new_text = fresh.take();
  if (is_blank(out.new_text)) out.new_text.clear();
  return out;
}

}  // namespace jackfield::email
