#include <iostream>

#include "app/config.hpp"
#include "app/connectors.hpp"
#include "app/listeners.hpp"
#include "app/verbs.hpp"
#include "base/log.hpp"

namespace jackfield::app {

int cmd_check(const std::string& config_file) {
  Problems problems(config_file);
  auto config = load_config(config_file, problems);
  log::set_level(log::Level::off);  // what is wrong is told as a problem, with its place
  const auto found = find_connectors(config);
  match_connectors(config, found, Missing::is_error, problems);
  check_rules(config, problems);
  check_listeners(config, SystemClock().now(), problems);
  std::cerr << problems.text();
  if (problems.has_errors()) return exit_wrong;
  std::cout << config_file << ": fine (" << config.channels.size() << " channels, " << config.flow.queues.size()
            << " queues, " << config.flow.rules.size() << " rules)\n";
  return exit_fine;
}

}  // namespace jackfield::app
