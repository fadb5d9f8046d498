// Reading a small file whole: the configuration, a secret.
#pragma once

#include <string>

#include "base/result.hpp"

namespace jackfield::app {

// At most that many bytes; the error says which file and why not.
Result<std::string> read_small_file(const std::string& path, std::size_t most_bytes);

}  // namespace jackfield::app
