// The machine-readable halves of reports: groups of header-like fields, and enhanced status codes. Pure.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace jackfield::email {

// One group of fields, names in lower case, folded lines joined; 100 at most.
using FieldGroup = std::vector<std::pair<std::string, std::string>>;

// The groups of a message/delivery-status, message/disposition-notification or message/feedback-report; 100 at most.
std::vector<FieldGroup> read_field_groups(std::string_view text);
std::string field(const FieldGroup& group, std::string_view lower_name);
// "a@b.example" of "rfc822; a@b.example".
std::string typed_value(const std::string& value);

// The first "5.1.1" (RFC 3463) in a text; empty: none.
std::string enhanced_code(std::string_view text);
// The first "550" that stands alone at the beginning of a word and is followed by a blank, '-' or its enhanced code.
std::string smtp_code(std::string_view text);
// Our class of error for a code of either kind.
std::string error_class_of(std::string_view code);

}  // namespace jackfield::email
