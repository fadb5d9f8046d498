// Loads a connector's file into this process and finds its one symbol (SDK.md, "Loading").
#pragma once

#include <string>

#include "base/result.hpp"
#include "jackfield/jackfield.h"

namespace jackfield::host {

// The module of the file, checked: symbol, ABI, size, manifest pointer. A file stays mapped until the process ends;
// asking again gives the same module. Any thread. Errors are for people and say what is wrong with the file.
Result<const jf_module*> load_plugin(const std::string& path);

}  // namespace jackfield::host
