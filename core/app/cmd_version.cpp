#include <iostream>

#include "app/verbs.hpp"
#include "jackfield/jackfield.h"

namespace jackfield::app {

std::string_view version() { return JACKFIELD_VERSION; }

int cmd_version() {
  std::cout << "jackfield " << version() << "\nABI " << JF_ABI_MAJOR << '.' << JF_ABI_MINOR << "\nbuild "
            << JACKFIELD_COMMIT << " (" << JACKFIELD_BUILD_TYPE << ", compiler " << __VERSION__ << ")\n";
  return exit_fine;
}

}  // namespace jackfield::app
