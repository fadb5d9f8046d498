// HTML as Gumbo's tree, when it is safe to build one. Any thread.
#pragma once

#include <cstddef>
#include <string_view>

typedef struct GumboInternalNode GumboNode;
typedef struct GumboInternalOutput GumboOutput;

namespace jackfield::email {

constexpr std::size_t most_html = 1024 * 1024;  // bytes of it that are looked at

class HtmlDocument {
 public:
  explicit HtmlDocument(std::string_view html);  // UTF-8, which must outlive it
  ~HtmlDocument();
  HtmlDocument(const HtmlDocument&) = delete;
  HtmlDocument& operator=(const HtmlDocument&) = delete;

  // Null: it was built to make a parser blow up (nesting, formatting without end), and was not parsed.
  const GumboNode* root() const;
  std::string_view source() const { return source_; }

 private:
  std::string_view source_;
  GumboOutput* output_ = nullptr;
};

// The value of an attribute; empty when there is none. name in lower case.
std::string_view attribute(const GumboNode& element, const char* name);
bool has_attribute(const GumboNode& element, const char* name);

// Scripts, styles and what is not shown: of no interest to a reader.
bool is_hidden(const GumboNode& element);

}  // namespace jackfield::email
