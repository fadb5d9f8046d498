// How the channel's mails are to look: its settings, and the words in them that stand for something. Pure.
#pragma once

#include <boost/json/object.hpp>
#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace jackfield::email {

struct MailTemplate {
  std::string subject, text;  // either may be empty; {{1}} and {{name}} stand for parameters
};

struct Composition {
  std::string signature;  // below each mail; {{author}} stands for who wrote it
  std::map<std::string, MailTemplate, std::less<>> templates;
  bool plus_addresses = true;       // answers are asked for at support+TOKEN@…
  bool subject_mark = false;        // "[#…]" in the subject, for who answers from elsewhere
  std::size_t automatic_a_day = 5;  // automatic mails to one address in 24 hours
};

// The channel's own keys of the settings: signature, templates, plus_addresses, subject_mark, automatic_a_day.
Composition read_composition(const boost::json::object& settings);

// {{1}}, {{name}} by what is given; {{author}} too. What is not given becomes nothing.
using Values = std::map<std::string, std::string, std::less<>>;
std::string fill_in(std::string_view text, const Values& values);

}  // namespace jackfield::email
