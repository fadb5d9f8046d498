// One line about where the numbers come from.
#pragma once

#include <string>

namespace jackfield::bench {

// Cores, CPU, memory, kernel, file system of the folder and what a durable write costs there, date.
std::string machine(const std::string& folder);
double load_average();  // of the last minute

}  // namespace jackfield::bench
