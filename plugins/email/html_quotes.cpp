#include "html_quotes.hpp"

#include <gumbo.h>

#include <algorithm>
#include <iterator>
#include <string_view>

#include "ascii.hpp"
#include "html_document.hpp"

namespace jackfield::email {
namespace {

template <std::size_t count>
bool is_one_of(std::string_view word, const std::string_view (&words)[count]) {
  return std::any_of(std::begin(words), std::end(words), [&](std::string_view each) { return is_word(word, each); });
}

// Gmail, Thunderbird, Yahoo, Proton, Tutanota, Zoho, GMX, Fastmail.
HtmlMark mark_of_class(std::string_view name) {
  static constexpr std::string_view quotes[] = {"gmail_quote",
                                                "gmail_quote_container",
                                                "gmail_attr",
                                                "moz-cite-prefix",
                                                "yahoo_quoted",
                                                "protonmail_quote",
                                                "tutanota_quote",
                                                "zmail_extra",
                                                "gmx_quote",
                                                "moz-forward-container",
                                                "moz-email-headers-table",
                                                "qt",
                                                "outlookmessageheader"};
  static constexpr std::string_view signatures[] = {"gmail_signature", "gmail_signature_prefix",
                                                    "moz-signature",   "protonmail_signature_block",
                                                    "yahoo_signature", "tutanota_signature"};
  if (is_one_of(name, quotes)) return HtmlMark::quote;
  return is_one_of(name, signatures) ? HtmlMark::signature : HtmlMark::none;
}

// Outlook in its many forms, Apple and old Exchange.
HtmlMark mark_of_id(std::string_view id) {
  static constexpr std::string_view rests[] = {
      "appendonsend",  "divrplyfwdmsg", "x_divrplyfwdmsg", "stopspelling", "mail-editor-reference-message-container",
      "x_appendonsend"};
  static constexpr std::string_view quotes[] = {"olk_src_body_section", "replymessage"};
  static constexpr std::string_view signatures[] = {"signature", "ms-outlook-mobile-signature", "applemailsignature",
                                                    "ymail_android_signature"};
  if (is_one_of(id, rests)) return HtmlMark::quote_rest;
  if (is_one_of(id, quotes)) return HtmlMark::quote;
  return is_one_of(id, signatures) ? HtmlMark::signature : HtmlMark::none;
}

}  // namespace

HtmlMark mark_of(const GumboNode& element) {
  if (element.v.element.attributes.length == 0) return HtmlMark::none;
  if (element.v.element.tag == GUMBO_TAG_BLOCKQUOTE && is_word(attribute(element, "type"), "cite"))
    return HtmlMark::quote;
  for (std::string_view names = attribute(element, "class"); !(names = trim(names)).empty();) {
    const std::string_view name = names.substr(0, names.find_first_of(white_space));
    if (const HtmlMark mark = mark_of_class(name); mark != HtmlMark::none) return mark;
    names.remove_prefix(name.size());
  }
  const std::string_view id = attribute(element, "id");
  return id.empty() ? HtmlMark::none : mark_of_id(id);
}

}  // namespace jackfield::email
