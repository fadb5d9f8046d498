// The test program is also the child that looks at a connector's file.
#include <gtest/gtest.h>

#include <string_view>

#include "base/log.hpp"
#include "host/host.hpp"
#include "host/isolated_plugin.hpp"

// Connectors crash on purpose here: AddressSanitizer, where it is built in, must let the signal end their process, as it
// would without it. (The child has no environment to be told by.)
extern "C" const char* __asan_default_options() { return "handle_segv=0"; }
extern "C" const char* __tsan_default_options() { return "handle_segv=0"; }  // and the thread sanitizer

int main(int argc, char** argv) {
  if (argc == 3 && std::string_view(argv[1]) == "scan-plugin") return jackfield::host::scan_plugin_child(argv[2]);
  if (argc == 4 && std::string_view(argv[1]) == "isolated-plugin") return jackfield::host::isolated_plugin_child(argv[2]);
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
