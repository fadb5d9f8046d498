// The process that starts one for every check, and reads what became of it.
#include <stdlib.h>
#include <string.h>

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <chrono>
#include <filesystem>
#include <fstream>

#include "check/context.hpp"
#include "host/child_process.hpp"

namespace jackfield::check {
namespace fs = std::filesystem;
namespace {

constexpr Millis kTimeLimit{120'000};  // the last resort: a callback that hangs is found sooner

// A folder that is gone with this object.
class Folder {
 public:
  Folder() {
    std::string name = (fs::temp_directory_path() / "jackfield-check-XXXXXX").string();
    if (::mkdtemp(name.data()) != nullptr) path_ = name;
  }
  ~Folder() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

void write_order(const std::string& file, const Order& order, const char* check) {
  std::ofstream(file) << boost::json::serialize(boost::json::object{{"plugin", order.plugin},
                                                                    {"settings", order.settings},
                                                                    {"testdata", order.testdata},
                                                                    {"seed", order.seed},
                                                                    {"check", check}});
}

void read_end(const Sheet& sheet, const host::ChildResult& child, Outcome& outcome) {
  const std::string where = sheet.doing[0] == '\0' ? "" : std::string(" in ") + sheet.doing;
  if (sheet.finished != 0) {
    outcome.kind = static_cast<Kind>(sheet.kind);
    outcome.text = sheet.text;
    return;
  }
  outcome.kind = Kind::failed;
  if (sheet.hung != 0)
    outcome.text = "hangs" + where + ": it did not come back";
  else if (child.timed_out)
    outcome.text = "takes more than " + std::to_string(kTimeLimit.count() / 1000) + " s, last" + where;
  else if (child.signal != 0)
    outcome.text = "crashes" + where + " (" + ::strsignal(child.signal) + ")";
  else
    outcome.text = "ends the process" + where + " (exit status " + std::to_string(child.exit_status) + ")";
}

Outcome run_one(const Order& order, const Check& check) {
  Outcome outcome{check.name, check.why, Kind::failed, "", Millis{0}};
  const Folder folder;
  Sheet* sheet = folder.path().empty() ? nullptr : map_sheet(folder.path() + "/sheet", true);
  outcome.text = "there is no room for temporary files";
  if (sheet == nullptr) return outcome;
  write_order(folder.path() + "/order.json", order, check.name);
  const auto begin = std::chrono::steady_clock::now();
  const auto child = host::run_child({"/proc/self/exe", "check-plugin-child", folder.path()}, kTimeLimit, 4096);
  outcome.took = std::chrono::duration_cast<Millis>(std::chrono::steady_clock::now() - begin);
  read_end(*sheet, child, outcome);
  return outcome;
}

bool wanted(const Order& order, const Check& check) {
  const std::string_view name = check.name;
  return order.only.empty() || name == order.only || (order.only.ends_with('.') && name.starts_with(order.only));
}

// The child works in a folder of its own.
Result<std::string> absolute(const std::string& path, const char* what) {
  if (path.empty()) return path;
  std::error_code error;
  if (!fs::exists(path, error)) return fail(Errc::not_found, std::string(what) + " " + path + " is not there");
  return fs::absolute(path, error).lexically_normal().string();
}

Result<Order> resolved(Order order) {
  const std::pair<std::string*, const char*> paths[] = {
      {&order.plugin, "the connector"}, {&order.settings, "the settings file"}, {&order.testdata, "the folder"}};
  for (const auto& [path, what] : paths) {
    auto full = absolute(*path, what);
    if (!full) return full.error();
    *path = std::move(*full);
  }
  try {
    Sheet unused{};
    const Context readable(order, unused);
  } catch (const std::exception& problem) {
    return fail(Errc::invalid, std::string("the settings or test data cannot be read: ") + problem.what());
  }
  return order;
}

}  // namespace

std::vector<Check> all_checks() {
  std::vector<Check> out;
  for (const auto& group : {entry_checks(), life_checks(), send_checks(), provider_checks(), webhook_checks(),
                            stream_checks(), secret_checks(), isolated_checks()})
    out.insert(out.end(), group.begin(), group.end());
  return out;
}

Result<std::vector<Outcome>> run_checks(const Order& given, const std::function<void(const Outcome&)>& show) {
  const auto order = resolved(given);
  if (!order) return order.error();
  std::vector<Outcome> out;
  for (const auto& check : all_checks()) {
    if (!wanted(*order, check)) continue;
    out.push_back(run_one(*order, check));
    show(out.back());
  }
  if (out.empty()) return fail(Errc::invalid, "there is no check " + order->only);
  return out;
}

}  // namespace jackfield::check
