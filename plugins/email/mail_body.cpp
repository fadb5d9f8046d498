#include "mail_body.hpp"

#include <optional>
#include <utility>

#include "ascii.hpp"
#include "html_text.hpp"
#include "quotes.hpp"

namespace jackfield::email {
namespace {

// A plain form that only says that there is another one: "Please use an HTML viewer to read this mail".
bool is_placeholder(std::string_view plain) {
  return plain.size() < 300 && contains_word(plain, "html") &&
         (contains_word(plain, "view") || contains_word(plain, "support") || contains_word(plain, "display") ||
          contains_word(plain, "client"));
}

struct Texts {
  std::string whole, fresh;  // fresh: empty when it is the whole
};

// The plain text decides, but what mail programs mark in HTML is found in every language.
Texts texts_of_plain(const std::string& plain, const HtmlDocument* html) {
  Texts out{plain, new_text_of(plain)};
  if (!out.fresh.empty() || !html) return out;
  out.fresh = html_to_text(*html).new_text;
  return out;
}

Texts texts_of_html(const HtmlDocument& html) {
  HtmlText text = html_to_text(html);
  Texts out{std::move(text.whole), std::move(text.new_text)};
  if (std::string shorter = new_text_of(out.fresh.empty() ? out.whole : out.fresh); !shorter.empty())
    out.fresh = std::move(shorter);
  return out;
}

std::string as_html(std::string_view plain) {
  std::string out = "<div style=\"white-space:pre-wrap\">";
  for (const char c : plain) {
    if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '&')
      out += "&amp;";
    else
      out += c;
  }
  return out + "</div>";
}

void append(std::string& all, std::string_view more) {
  while (!more.empty() && (more.back() == '\n' || more.back() == ' ')) more.remove_suffix(1);
  if (is_blank(more)) return;
  if (!all.empty()) all += "\n\n";
  all += more;
}

}  // namespace

bool is_blank(std::string_view text) { return text.find_first_not_of(" \t\r\n\xC2\xA0") == std::string_view::npos; }

MailBody body_of(const std::vector<BodyPiece>& pieces, const FindImage& find_image) {
  MailBody body;
  bool any_html = false, any_fresh = false;
  for (const BodyPiece& piece : pieces) any_html = any_html || !is_blank(piece.html);
  for (const BodyPiece& piece : pieces) {
    std::optional<HtmlDocument> html;
    if (!is_blank(piece.html)) html.emplace(piece.html);
    const bool plain = !is_blank(piece.plain) && !(html && is_placeholder(piece.plain));
    if (!plain && !html) continue;
    const Texts texts = plain ? texts_of_plain(piece.plain, html ? &*html : nullptr) : texts_of_html(*html);
    append(body.text, texts.whole);
    append(body.new_text, texts.fresh.empty() ? texts.whole : texts.fresh);
    any_fresh = any_fresh || !texts.fresh.empty();
    if (any_html) append(body.html, html ? sanitise(*html, find_image) : as_html(piece.plain));
  }
  if (!any_fresh || body.new_text == body.text) body.new_text.clear();
  return body;
}

}  // namespace jackfield::email
