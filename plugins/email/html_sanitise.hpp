// HTML that may be shown to an agent: an allow-list of elements, attributes and styles. Any thread.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "html_document.hpp"

namespace jackfield::email {

// The Content-ID of a file of the mail that an image means, by its cid: or its Content-Location; empty: there is none.
using FindImage = std::function<std::string(std::string_view source)>;

// Nothing in it runs, loads anything from elsewhere, sends a form or covers what is around it. Links open apart and
// tell nobody where from. Images of the mail itself are "cid:ID", ID being a part's content_id; those from elsewhere
// keep their address in data-remote-src, for who asks to see them. Empty when there is nothing to show, or it is not
// safe to parse. What is over 512 KiB is left out, at the end.
std::string sanitise(const HtmlDocument& html, const FindImage& find_image);

}  // namespace jackfield::email
