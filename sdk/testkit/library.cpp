#include "library.hpp"

#include <dlfcn.h>

#include <filesystem>

namespace jackfield::testkit {

const jf_module* load(const std::string& path, std::string& error) {
  const std::string absolute = std::filesystem::absolute(path).string();
  void* library = dlopen(absolute.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (library == nullptr) {
    error = dlerror();
    return nullptr;
  }
  const auto entry = reinterpret_cast<jf_plugin_entry>(dlsym(library, JF_PLUGIN_SYMBOL));
  if (entry == nullptr) {
    error = absolute + " does not export " JF_PLUGIN_SYMBOL;
    return nullptr;
  }
  const jf_module* module = entry();
  if (module == nullptr || module->abi_minor != JF_ABI_MINOR) {
    error = absolute + " was built for ABI 0." + (module == nullptr ? "?" : std::to_string(module->abi_minor)) +
            ", this is 0." + std::to_string(JF_ABI_MINOR);
    return nullptr;
  }
  return module;
}

}  // namespace jackfield::testkit
