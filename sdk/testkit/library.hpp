// Loads a connector from its file.
#pragma once

#include <string>

#include "jackfield/jackfield.h"

namespace jackfield::testkit {

// The table of the file, mapped until the process ends; null with the reason in error.
const jf_module* load(const std::string& path, std::string& error);

}  // namespace jackfield::testkit
