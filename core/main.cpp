// Arguments → app. The one place where what nobody caught ends.
#include <cstdio>
#include <exception>

#include "app/cli.hpp"

int main(int argc, char** argv) {
  try {
    return jackfield::app::run_command_line(argc, argv);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "jackfield: %s\n", e.what());
    return 1;
  }
}
