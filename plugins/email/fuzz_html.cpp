// Any text as HTML: readable text comes out, and HTML in which nothing runs or loads.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "charset.hpp"
#include "html_sanitise.hpp"
#include "html_text.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace jackfield::email;
  const std::string text = clean_text(std::string_view(reinterpret_cast<const char*>(data), size));
  const HtmlDocument document(text);
  const HtmlText read = html_to_text(document);
  const std::string shown = sanitise(document, [](std::string_view) { return std::string(); });
  if (!is_utf8(read.whole) || !is_utf8(read.new_text) || !is_utf8(shown)) std::abort();
  for (const char* never : {"<script", "<style", "<iframe", "<object", "<form", "<link", "<base", "<meta", "<svg",
                            " src=\"http", "href=\"javascript", "href=\"data"})
    if (shown.find(never) != std::string::npos) std::abort();
  return 0;
}
