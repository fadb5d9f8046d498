// The text of a post or a message, as people read it.
#include <algorithm>

#include "decode_item.hpp"
#include "json_read.hpp"

namespace jackfield::twitter {
namespace {

namespace json = boost::json;

bool continues(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

// Byte offset of the n-th code point, or the end.
std::size_t offset_of(std::string_view text, std::int64_t n) {
  std::size_t at = 0;
  for (; at < text.size() && n > 0; --n) do
      ++at;
    while (at < text.size() && continues(text[at]));
  return at;
}

std::string_view displayed(const PostText& text) {
  if (text.from <= 0 && text.to < 0) return text.raw;
  const auto from = offset_of(text.raw, text.from);
  const auto to = text.to < 0 ? text.raw.size() : offset_of(text.raw, text.to);
  return to > from ? text.raw.substr(from, to - from) : std::string_view();
}

// X appends a link to the post's own files; it says so by a key of the file, or shows pic.x.com.
bool is_own_file(const json::object& url) {
  if (!text_at(url, "media_key").empty()) return true;
  const auto display = text_at(url, "display_url");
  if (display.starts_with("pic.x.com/") || display.starts_with("pic.twitter.com/")) return true;
  const auto expanded = text_at(url, "expanded_url");
  const auto path = expanded.find("/status/");
  if (path == std::string_view::npos) return expanded.find("/messages/media/") != std::string_view::npos;
  return expanded.find("/photo/", path) != std::string_view::npos ||
         expanded.find("/video/", path) != std::string_view::npos;
}

void replace_links(std::string& text, std::string_view what, std::string_view with) {
  if (what.empty()) return;
  for (auto at = text.find(what); at != std::string::npos;
       at = text.find(what, std::min(at + with.size(), text.size()))) {
    const auto after = at + what.size();
    // t.co/abc is not the beginning of t.co/abcd
    const bool whole = after >= text.size() || !std::isalnum(static_cast<unsigned char>(text[after]));
    whole ? void(text.replace(at, what.size(), with)) : void(at = after - with.size());
  }
}

// The three that X escapes in every text, once.
void unescape(std::string& text) {
  for (auto at = text.find('&'); at != std::string::npos; at = text.find('&', at + 1)) {
    const std::string_view rest = std::string_view(text).substr(at);
    if (rest.starts_with("&amp;"))
      text.replace(at, 5, "&");
    else if (rest.starts_with("&lt;"))
      text.replace(at, 4, "<");
    else if (rest.starts_with("&gt;"))
      text.replace(at, 4, ">");
  }
}

void trim(std::string& text) {
  const auto last = text.find_last_not_of(" \n\r\t");
  text.erase(last == std::string::npos ? 0 : last + 1);
  text.erase(0, std::min(text.find_first_not_of(" \n\r\t"), text.size()));
}

}  // namespace

std::string readable(const PostText& text) {
  std::string out(displayed(text));
  const bool cut = out.size() != text.raw.size();
  if (out.find('&') != std::string::npos) unescape(out);
  bool linked = cut;
  if (text.urls && out.find("://") != std::string::npos) {
    for (const auto& each : *text.urls) {
      const auto* url = each.if_object();
      if (!url) continue;
      const auto shown =
          text_at(*url, "unwound_url").empty() ? text_at(*url, "expanded_url") : text_at(*url, "unwound_url");
      const bool own = is_own_file(*url);
      linked |= own;
      if (own || !shown.empty()) replace_links(out, text_at(*url, "url"), own ? std::string_view() : shown);
    }
  }
  if (!text.own_link.empty()) replace_links(out, text.own_link, {});
  if (linked || !text.own_link.empty()) trim(out);
  return out;
}

}  // namespace jackfield::twitter
