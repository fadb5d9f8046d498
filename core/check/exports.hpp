// The symbols that a shared library gives to others.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"

namespace jackfield::check {

// Reads the file without loading it; 64-bit ELF of this machine's byte order.
Result<std::vector<std::string>> exported_symbols(const std::string& file);

}  // namespace jackfield::check
