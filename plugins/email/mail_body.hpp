// What a person reads of a mail, of the forms that its body came in. Any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "html_sanitise.hpp"

namespace jackfield::email {

// One stretch of the body in the forms it came in; UTF-8, LF.
struct BodyPiece {
  std::string plain, html;
};

struct MailBody {
  std::string text;      // plain text where there is some worth reading, else from HTML
  std::string new_text;  // without quotes and signature; empty: there are none
  std::string html;      // sanitised; empty: no part of it came as HTML
};

MailBody body_of(const std::vector<BodyPiece>& pieces, const FindImage& find_image);

bool is_blank(std::string_view text);

}  // namespace jackfield::email
