// The test program is also the child that looks at a connector's file.
#include <gtest/gtest.h>

#include <string_view>

#include "base/log.hpp"
#include "host/host.hpp"
#include "host/isolated_plugin.hpp"

int main(int argc, char** argv) {
  if (argc == 3 && std::string_view(argv[1]) == "scan-plugin") return jackfield::host::scan_plugin_child(argv[2]);
  if (argc == 4 && std::string_view(argv[1]) == "isolated-plugin") return jackfield::host::isolated_plugin_child(argv[2]);
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
