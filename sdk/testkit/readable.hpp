// Whether memory that somebody else points to is there.
#pragma once

#include <cstddef>

namespace jackfield::testkit {

// Can all of it be read, without trying it the hard way? Where the system does not tell: yes.
bool readable(const char* data, std::size_t len);

}  // namespace jackfield::testkit
