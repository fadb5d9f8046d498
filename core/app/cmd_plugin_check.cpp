#include <charconv>
#include <fstream>
#include <iostream>

#include "app/verbs.hpp"
#include "check/check.hpp"

namespace jackfield::app {
namespace {

// SEED:CHECK, as a failure names it.
bool read_reproduce(const std::string& text, check::Order& order) {
  const auto colon = text.find(':');
  if (colon == std::string::npos) return false;
  const auto [end, error] = std::from_chars(text.data(), text.data() + colon, order.seed);
  order.only = text.substr(colon + 1);
  return error == std::errc() && end == text.data() + colon && !order.only.empty();
}

bool any_failed(const std::vector<check::Outcome>& outcomes) {
  for (const auto& one : outcomes)
    if (one.kind == check::Kind::failed) return true;
  return false;
}

int wrong(const std::string& what) {
  std::cerr << "jackfield plugin check: " << what << '\n';
  return exit_wrong;
}

}  // namespace

int cmd_plugin_check(const PluginCheckOptions& options) {
  check::Order order{options.plugin, options.settings, options.testdata, options.seed, options.only};
  if (!options.reproduce.empty() && !read_reproduce(options.reproduce, order))
    return wrong("--reproduce takes SEED:CHECK, as in 1:send.cancel");
  const auto outcomes = check::run_checks(
      order, [&](const check::Outcome& one) { std::cout << check::text_of(order, one) << std::flush; });
  if (!outcomes) return wrong(outcomes.error().message);
  std::cout << check::summary_of(order, *outcomes);
  if (!options.junit.empty() && !(std::ofstream(options.junit) << check::junit_of(order, *outcomes)))
    return wrong("cannot write " + options.junit);
  return any_failed(*outcomes) ? exit_failed : exit_fine;
}

int cmd_plugin_check_child(const std::string& folder) { check::run_check_child(folder); }

}  // namespace jackfield::app
