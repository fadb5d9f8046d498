// The file itself: what it exports, what looking at it does, what it says of itself.
#include <dlfcn.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cstddef>
#include <filesystem>

#include "check/context.hpp"
#include "check/exports.hpp"
#include "check/footprint.hpp"
#include "host/settings.hpp"

namespace jackfield::check {
namespace json = boost::json;
namespace {

void exports(Context& context) {
  const auto found = exported_symbols(context.plugin());
  if (!found) throw Failed{found.error().message};
  std::string others;
  bool has_entry = false;
  for (const auto& name : *found) {
    if (name == JF_PLUGIN_SYMBOL) has_entry = true;
    if (name != JF_PLUGIN_SYMBOL && others.size() < 200) others += (others.empty() ? "" : ", ") + name;
  }
  if (!has_entry) throw Failed{"it does not export " JF_PLUGIN_SYMBOL};
  if (!others.empty())
    throw Failed{"it exports " + std::to_string(found->size()) + " symbols, beside its entry: " + others};
}

// What looking at a file leaves behind.
std::string left_behind(const Footprint& before) {
  const Footprint after = take_footprint();
  if (after.threads > before.threads) return "starts a thread";
  for (const auto& [number, target] : after.descriptors)
    if (before.descriptors.count(number) == 0) return "opens " + target;
  if (!std::filesystem::is_empty(".")) return "makes files in the working directory";
  return "";
}

void pure(Context& context) {
  const Footprint before = take_footprint();
  const jf_module* first = &context.module();
  const auto what = left_behind(before);
  if (!what.empty()) throw Failed{"loading it " + what};
  void* library = ::dlopen(context.plugin().c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NOLOAD);
  const auto again =
      reinterpret_cast<jf_plugin_entry>(library == nullptr ? nullptr : ::dlsym(library, JF_PLUGIN_SYMBOL));
  if (again == nullptr) throw Failed{"its entry is not found a second time"};
  for (int i = 0; i < 3; ++i)
    if (again() != first) throw Failed{"its entry gives another table at every call"};
  const auto later = left_behind(before);
  if (!later.empty()) throw Failed{"calling its entry " + later};
}

void manifest_valid(Context& context) {
  const auto parsed = host::parse_manifest(context.module().manifest);
  if (!parsed) throw Failed{parsed.error().message};
}

void module_table(Context& context) {
  const jf_module& module = context.module();
  if (module.size < sizeof(jf_module)) throw Failed{"jf_module.size is " + std::to_string(module.size)};
  if (module.flags != 0) throw Failed{"jf_module.flags is not 0"};
  if (module.min_host_minor > module.abi_minor) throw Failed{"min_host_minor is above the minor it was built with"};
  if (module.create == nullptr) throw Failed{"jf_module.create is null"};
}

// Up to here a table must reach; what is missing within it, by name.
std::string missing(const jf_connector_api& api) {
  if (api.size < offsetof(jf_connector_api, get_extension))
    return "its size is " + std::to_string(api.size) + ", too short for the callbacks";
  const std::pair<const char*, bool> callbacks[] = {{"start", api.start != nullptr},
                                                    {"send", api.send != nullptr},
                                                    {"cancel", api.cancel != nullptr},
                                                    {"on_delivered", api.on_delivered != nullptr},
                                                    {"on_timer", api.on_timer != nullptr},
                                                    {"on_http", api.on_http != nullptr},
                                                    {"on_complete", api.on_complete != nullptr},
                                                    {"on_webhook", api.on_webhook != nullptr},
                                                    {"drain", api.drain != nullptr},
                                                    {"stop", api.stop != nullptr},
                                                    {"destroy", api.destroy != nullptr}};
  for (const auto& [name, there] : callbacks)
    if (!there) return std::string(name) + " is null";
  return "";
}

void connector_table(Context& context) {
  Instance one(context);
  if (one.host().create() != JF_OK) throw Skipped{"it cannot be created with these settings (life.start says why)"};
  if (one.host().connector() == nullptr) throw Failed{"create said OK and gave no table"};
  const auto what = missing(*one.host().connector());
  if (!what.empty()) throw Failed{"jf_connector_api: " + what};
  one.finish();
}

void newer_host(Context& context) {
  auto options = context.options();
  options.alter_api = [](jf_host_api& api) { api.size += 256; };
  Instance one(context, options);
  if (one.host().create() != JF_OK)
    throw Failed{"it does not take a host whose table is larger: " + std::string(one.host().error().message)};
  one.start();
  one.finish();
}

// To a host that is too old it must say no, not crash; before 1.0 the host does not even ask.
void older_host(Context& context) {
  auto options = context.options();
  options.alter_api = [](jf_host_api& api) {
    api.abi_minor = JF_ABI_MINOR - 1;
    api.size = offsetof(jf_host_api, http);
    api.http = nullptr;
    api.metric = nullptr;
  };
  if (context.module().min_host_minor >= JF_ABI_MINOR)
    throw Skipped{"it asks for this host's minor, so an older host does not load it"};
  Instance one(context, options);
  one.host().create();
  one.finish();
}

// Only into what is there, or at the top.
void place(json::value& into, const std::string& pointer, const std::string& value) {
  boost::system::error_code error;
  const auto last = pointer.rfind('/');
  auto* parent = last == std::string::npos ? nullptr : into.find_pointer(pointer.substr(0, last), error);
  if (parent != nullptr && parent->is_object()) parent->get_object()[pointer.substr(last + 1)] = value;
}

void settings_of_the_schema(Context& context) {
  const auto& schema = context.manifest().settings_schema;
  if (const auto problem = host::schema_problem(schema); !problem.empty()) throw Failed{problem};
  const auto options = context.options();
  json::value settings = json::parse(options.settings);
  for (const auto& [pointer, values] : options.secrets) {
    place(settings, pointer, values.empty() ? "" : values.front());
  }
  const auto problems = host::check_against_schema(schema, settings.as_object());
  if (problems.empty()) return;
  throw Failed{"the settings given break its own schema at \"" + problems.front().pointer +
               "\": " + problems.front().message};
}

void count_problem(void* user, jf_str) { ++*static_cast<int*>(user); }

// validate runs in the scan, on whatever somebody wrote.
void validate_survives(Context& context) {
  const jf_module& module = context.module();
  if (module.validate == nullptr) throw Skipped{"it has no validate"};
  const auto options = context.options();
  for (const std::string& settings : {options.settings, std::string("{}"), std::string("[]"), std::string("not JSON"),
                                      std::string(), std::string(100'000, '[')}) {
    int problems = 0;
    context.entering("validate");
    module.validate({settings.data(), settings.size()}, count_problem, &problems);
    context.left("validate");
  }
}

constexpr Check kChecks[] = {
    {"entry.exports", "every other symbol can clash with the host's or another connector's", exports},
    {"entry.pure", "a scan must be safe: it looks at every file it finds", pure},
    {"entry.module", "the host reads this table before it knows anything else", module_table},
    {"manifest.valid", "the host does not load a connector whose manifest it cannot read", manifest_valid},
    {"manifest.settings", "a person's mistake must be found in the configuration, not at run time",
     settings_of_the_schema},
    {"manifest.validate", "a connector that falls over wrong settings cannot say what is wrong", validate_survives},
    {"table.connector", "the host calls every one of these functions", connector_table},
    {"table.newer-host", "a newer host hands over a larger table", newer_host},
    {"table.older-host", "a function that an old host does not have must not be called", older_host},
};

}  // namespace

std::span<const Check> entry_checks() { return kChecks; }

}  // namespace jackfield::check
