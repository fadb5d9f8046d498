#include "host/loader.hpp"

#include <dlfcn.h>
#include <sys/stat.h>

#include <boost/dll/shared_library.hpp>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <map>
#include <mutex>

namespace jackfield::host {
namespace {

namespace dll = boost::dll;

struct Loaded {
  dll::shared_library library;
  const jf_module* module = nullptr;
};

struct Registry {
  std::mutex mutex;
  std::map<std::string, Loaded> by_path;
};

// Never destroyed: code of a connector may run until the process ends.
Registry& registry() {
  static auto* instance = new Registry;
  return *instance;
}

Result<std::string> trusted_path(const std::string& path) {
  std::error_code error;
  const auto absolute = std::filesystem::canonical(path, error);
  if (error) return fail(Errc::not_found, "cannot be read: " + error.message());
  struct stat info {};
  if (::stat(absolute.c_str(), &info) != 0)
    return fail(Errc::not_found, std::string("cannot be read: ") + std::strerror(errno));
  if (!S_ISREG(info.st_mode)) return fail(Errc::invalid, "is not a file");
  if (info.st_mode & (S_IWGRP | S_IWOTH))
    return fail(Errc::denied, "can be written by its group or by everybody, so it is not loaded (chmod go-w)");
  return absolute.string();
}

// Boost wraps dlerror's text into its own words and an errno that means nothing.
std::string dlerror_text(std::string_view what) {
  constexpr std::string_view kBefore = "dlerror system message: ";
  const auto at = what.find(kBefore);
  if (at == std::string_view::npos) return std::string(what);
  what.remove_prefix(at + kBefore.size());
  return std::string(what.substr(0, what.rfind("): ")));
}

Error no_symbol(const dll::shared_library& library) {
  for (int major = 1; major <= 9; ++major) {
    const std::string name = "jackfield_plugin_v" + std::to_string(major);
    if (library.has(name))
      return fail(Errc::invalid,
                  "was built for another major of the ABI: it exports " + name + ", this host needs " JF_PLUGIN_SYMBOL);
  }
  return fail(Errc::invalid, "no Jackfield connector: symbol " JF_PLUGIN_SYMBOL " is missing");
}

Result<const jf_module*> checked(const jf_module* module) {
  if (!module) return fail(Errc::invalid, JF_PLUGIN_SYMBOL " returns no module");
  if (!JF_HAS(module, abi_minor)) return fail(Errc::invalid, "its module is truncated");
  if (module->abi_minor != JF_ABI_MINOR)
    return fail(Errc::invalid, "was built for ABI 0." + std::to_string(module->abi_minor) + ", this host has 0." +
                                   std::to_string(JF_ABI_MINOR) + " (before 1.0 they must be equal)");
  if (!JF_HAS(module, create))
    return fail(Errc::invalid, "its module is truncated: size " + std::to_string(module->size));
  if (module->min_host_minor > JF_ABI_MINOR)
    return fail(Errc::invalid, "needs a host with ABI 0." + std::to_string(module->min_host_minor));
  if (!module->manifest) return fail(Errc::invalid, "has no manifest");
  if (!module->create) return fail(Errc::invalid, "has no create function");
  return module;
}

Result<Loaded> load(const std::string& path) {
  // rtld_now: an undefined symbol is an error here and not the end of the daemon at its first call.
  constexpr auto kMode = static_cast<dll::load_mode::type>(int{dll::load_mode::rtld_now} |
                                                           int{dll::load_mode::rtld_local} | RTLD_NODELETE);
  try {
    Loaded loaded;
    loaded.library.load(std::filesystem::path(path), kMode);  // the throwing overload: the other loses dlerror's text
    if (!loaded.library.has(JF_PLUGIN_SYMBOL)) return no_symbol(loaded.library);
    const auto module = checked(loaded.library.get<const jf_module*()>(JF_PLUGIN_SYMBOL)());
    if (!module) return module.error();
    loaded.module = *module;
    return loaded;
  } catch (const std::exception& error) {
    return fail(Errc::invalid, "cannot be loaded: " + dlerror_text(error.what()));
  }
}

}  // namespace

Result<const jf_module*> load_plugin(const std::string& path) {
  auto trusted = trusted_path(path);
  if (!trusted) return trusted.error();
  std::lock_guard lock(registry().mutex);
  const auto known = registry().by_path.find(*trusted);
  if (known != registry().by_path.end()) return known->second.module;
  auto loaded = load(*trusted);
  if (!loaded) return loaded.error();
  return registry().by_path.emplace(*trusted, std::move(*loaded)).first->second.module;
}

}  // namespace jackfield::host
