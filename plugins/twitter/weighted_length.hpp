// How long a public post is for X: twitter-text's configuration 3 (developer documentation, "Counting characters").
#pragma once

#include <cstddef>
#include <string_view>

namespace jackfield::twitter {

// Of UTF-8 in any normal form: most letters of Europe weigh 1, everything else 2, an emoji sequence 2 however long it
// is, a URL 23. Bounded in time: what cannot be measured within it (a text made for that) counts as longer than any
// limit. Pure; any thread.
std::size_t weighted_length(std::string_view text);

}  // namespace jackfield::twitter
