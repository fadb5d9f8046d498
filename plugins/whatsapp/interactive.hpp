// Choices that we offer → the API's interactive object, or text where WhatsApp has no such thing. Pure; any thread.
#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <string_view>

namespace jackfield::whatsapp {

std::size_t characters(std::string_view text);  // of UTF-8

// part: {"text", "options": [{"id", "title", "description", "url"}], "header", "footer", "button"}; instead of options
// "form": Meta's parameters of a flow, or "request": "location" or "contact".
//  - up to 3 short options are buttons, up to 10 a list, one with a url a link button;
//  - what is longer than WhatsApp lets it be makes an empty object, and why says so.
boost::json::object interactive_of(const boost::json::object& part, std::string& why);

// The text with the options as a numbered list.
std::string numbered_list(const boost::json::object& part);

}  // namespace jackfield::whatsapp
