// Where mail programs mark quotes and signatures in their HTML. Any thread.
#pragma once

#include <cstdint>

typedef struct GumboInternalNode GumboNode;

namespace jackfield::email {

enum class HtmlMark : std::uint8_t {
  none,
  quote,       // it and all within is an earlier mail
  quote_rest,  // an earlier mail begins here, and reaches to the end
  signature
};

HtmlMark mark_of(const GumboNode& element);

}  // namespace jackfield::email
