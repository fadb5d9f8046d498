// The bytes of a part, its transfer encoding undone. Any thread.
#pragma once

#include <string>

typedef struct _GMimePart GMimePart;

namespace jackfield::email {

std::string decoded_content(GMimePart* part);

}  // namespace jackfield::email
