// What a process has besides its memory, to see what a connector did to it.
#pragma once

#include <sys/types.h>

#include <array>
#include <map>
#include <string>
#include <vector>

namespace jackfield::check {

struct Footprint {
  std::map<int, std::string> descriptors;  // what each stands for
  std::size_t threads = 0;
  std::string directory, locale;
  std::vector<std::string> environment;
  mode_t mask = 0;
  std::array<void*, 32> handlers{};  // of signals
};

Footprint take_footprint();
std::size_t thread_count();
bool has_children();  // running or not waited for

// What no connector may do: descriptors of others closed, directory, environment, locale, umask or signals changed.
std::vector<std::string> trespasses(const Footprint& before, const Footprint& after);

}  // namespace jackfield::check
