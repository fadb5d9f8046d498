#include <iomanip>
#include <iostream>

#include "app/config.hpp"
#include "app/connectors.hpp"
#include "app/verbs.hpp"
#include "base/log.hpp"
#include "jackfield/jackfield.h"

namespace jackfield::app {
namespace {

void print(const host::PluginFile& file) {
  if (!file.error.empty()) {
    std::cout << file.path << ": cannot be loaded: " << file.error << '\n';
    return;
  }
  const auto& manifest = file.manifest;
  std::cout << std::left << std::setw(12) << manifest.id << ' ' << std::setw(8) << manifest.version << " ABI "
            << JF_ABI_MAJOR << '.' << file.abi_minor << "  " << std::setw(12) << (manifest.scheme + ":") << ' '
            << file.path << '\n';
}

}  // namespace

int cmd_plugins(const std::optional<std::string>& config_file) {
  Config config;
  if (config_file) {
    Problems problems(*config_file);
    config = load_config(*config_file, problems);
    if (problems.has_errors()) {
      std::cerr << problems.text();
      return exit_wrong;
    }
  }
  log::set_level(log::Level::off);  // what it says of a file is printed here
  const auto found = find_connectors(config);
  for (const auto& file : found) print(file);
  if (found.empty()) {
    std::cerr << "no connectors (*.so) in";
    for (const auto& folder : plugin_folders(config.plugin_folders)) std::cerr << ' ' << folder;
    std::cerr << '\n';
  }
  return exit_fine;
}

}  // namespace jackfield::app
