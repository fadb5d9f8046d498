// Looking at connectors' files without letting them into this process.
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "base/log.hpp"
#include "host/child_process.hpp"
#include "host/connector_copy.hpp"
#include "host/host.hpp"
#include "host/loader.hpp"
#include "host/settings.hpp"

namespace jackfield::host {
namespace {

namespace json = boost::json;

constexpr Millis kTimeLimit{10'000};  // by the wall: a busy machine must not make a good file look hung
constexpr std::size_t kMaxOutput = 4 * 1024 * 1024;

ChildResult run_scan(const std::string& path, bool validate, const std::string& settings) {
  return run_child({"/proc/self/exe", "scan-plugin", path}, kTimeLimit, kMaxOutput, validate, settings);
}

// Why there is no usable answer from the child; empty: output is JSON.
std::string child_error(const ChildResult& child, std::string_view doing) {
  const std::string when = " while it is " + std::string(doing);
  if (!child.started) return "the process that looks at it cannot be started";
  if (child.timed_out) return "hangs" + when + " (killed after " + std::to_string(kTimeLimit.count() / 1000) + " s)";
  if (child.signal != 0)
    return "crashes" + when + " (signal " + std::to_string(child.signal) + ", " + ::strsignal(child.signal) + ")";
  if (child.exit_status != 0 || child.output.empty())
    return "ends the process" + when + " (exit status " + std::to_string(child.exit_status) + ")";
  return "";
}

json::object child_answer(const ChildResult& child) {
  boost::system::error_code error;
  const auto value = json::parse(child.output, error);
  return error || !value.is_object() ? json::object{} : value.get_object();
}

std::string text_of(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  return value && value->is_string() ? std::string(value->get_string()) : std::string{};
}

void read_answer(const json::object& answer, PluginFile& file) {
  file.error = text_of(answer, "error");
  if (!file.error.empty()) return;
  const auto* minor = answer.if_contains("abi_minor");
  file.abi_minor = minor && minor->is_int64() ? static_cast<unsigned>(minor->get_int64()) : 0;
  auto manifest = parse_manifest(text_of(answer, "manifest"));
  if (manifest)
    file.manifest = std::move(*manifest);
  else
    file.error = manifest.error().message;
}

// --- the child's side

// What a file prints while it is looked at goes where standard error goes; the answer has a descriptor of its own.
int take_over_stdout() {
  const int answer = ::dup(1);
  ::dup2(2, 1);
  return answer;
}

void bound_this_process() {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  const rlimit no_core{0, 0};
  const rlimit seconds{static_cast<rlim_t>(kTimeLimit.count() / 1000),
                       static_cast<rlim_t>(kTimeLimit.count() / 1000 + 1)};
  ::setrlimit(RLIMIT_CORE, &no_core);
  ::setrlimit(RLIMIT_CPU, &seconds);
}

bool input_is_pipe() {
  struct stat info {};
  return ::fstat(0, &info) == 0 && S_ISFIFO(info.st_mode);
}

std::string read_all(int fd) {
  std::string out;
  char buffer[4096];
  for (ssize_t n; (n = ::read(fd, buffer, sizeof buffer)) != 0;) {
    if (n > 0) out.append(buffer, static_cast<std::size_t>(n));
    if (n < 0 && errno != EINTR) break;
  }
  return out;
}

void write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t n = ::write(fd, text.data(), text.size());
    if (n < 0 && errno != EINTR) return;
    if (n > 0) text.remove_prefix(static_cast<std::size_t>(n));
  }
}

void collect_problem(void* user, jf_str bytes) {
  if (!bytes.data) return;
  boost::system::error_code error;
  auto value = json::parse(std::string_view(bytes.data, bytes.len), error);
  if (error || !value.is_object()) value = json::object{{"message", std::string_view(bytes.data, bytes.len)}};
  static_cast<json::array*>(user)->push_back(std::move(value));
}

json::object validate_with(const jf_module& module, const std::string& settings) {
  json::array problems;
  if (module.validate) {
    const auto status = module.validate(jf_str{settings.data(), settings.size()}, collect_problem, &problems);
    if (status != JF_OK && problems.empty())
      problems.push_back(json::object{{"message", "the connector refuses these settings and does not say why"}});
  }
  return {{"problems", std::move(problems)}};
}

json::object look_at(const std::string& path, bool validate, const std::string& settings) {
  const auto module = load_plugin(path);
  if (!module) return {{"error", module.error().message}};
  if (validate) return validate_with(**module, settings);
  return {{"abi_minor", static_cast<std::int64_t>((*module)->abi_minor)}, {"manifest", (*module)->manifest}};
}

}  // namespace

int scan_plugin_child(const std::string& path) {
  bound_this_process();
  const int out = take_over_stdout();
  const bool validate = input_is_pipe();
  const std::string settings = validate ? read_all(0) : "";
  write_all(out, json::serialize(look_at(path, validate, settings)));
  // Destructors of a file that is only looked at do not run.
  ::_exit(0);
}

PluginFile scan_plugin(const std::string& path) {
  PluginFile file;
  std::error_code error;
  file.path = std::filesystem::absolute(path, error).lexically_normal().string();
  file.sha256 = digest_of_file(file.path);
  const auto child = run_scan(file.path, false, "");
  file.error = child_error(child, "loaded");
  if (file.error.empty()) read_answer(child_answer(child), file);
  return file;
}

std::vector<PluginFile> scan_plugins(const std::vector<std::string>& folders) {
  std::vector<std::string> paths;
  for (const auto& folder : folders) {
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(folder, error))
      if (entry.path().extension() == ".so") paths.push_back(entry.path().string());
    if (error) log::warn("host", "the plugin folder " + folder + " cannot be read: " + error.message());
  }
  std::sort(paths.begin(), paths.end());
  std::vector<PluginFile> out;
  for (const auto& path : paths) {
    out.push_back(scan_plugin(path));
    if (!out.back().error.empty()) log::warn("host", out.back().path + " " + out.back().error);
  }
  return out;
}

std::vector<SettingsProblem> check_settings(const PluginFile& plugin, const json::object& settings) {
  if (!plugin.error.empty()) return {{"", "the connector " + plugin.path + " " + plugin.error, ""}};
  auto problems = check_against_schema(plugin.manifest.settings_schema, settings);
  if (!problems.empty()) return problems;
  const auto seen = json::serialize(blanked_settings(plugin.manifest.settings_schema, settings));
  const auto child = run_scan(plugin.path, true, seen);
  const auto broken = child_error(child, "checking these settings");
  if (!broken.empty()) return {{"", "the connector " + plugin.path + " " + broken, ""}};
  const auto answer = child_answer(child);
  if (const auto error = text_of(answer, "error"); !error.empty()) return {{"", error, ""}};
  const auto* found = answer.if_contains("problems");
  if (!found || !found->is_array()) return problems;
  for (const auto& item : found->get_array()) {
    if (!item.is_object()) continue;
    const auto& one = item.get_object();
    problems.push_back({text_of(one, "pointer"), text_of(one, "message"), text_of(one, "help")});
  }
  return problems;
}

}  // namespace jackfield::host
