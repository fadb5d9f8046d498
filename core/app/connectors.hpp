// The configured channels and the connectors that are found for them.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "app/config.hpp"
#include "host/host.hpp"

namespace jackfield::app {

// Where connectors are looked for: those of the configuration, else ../plugins and ../lib/jackfield/plugins beside the
// binary and /usr/lib/jackfield/plugins, as far as they exist. Absolute.
std::vector<std::string> plugin_folders(const std::vector<std::string>& configured);

// How a connector runs when the channel does not say: one that lies in a default folder ships with this program and
// runs in its process; any other is a stranger's, and gets a process of its own.
host::Isolation default_isolation(const std::string& file);

// Looks at every file there, in the order of the folders, so that the first of two files with the same connector is
// taken. Blocking: starts child processes.
std::vector<host::PluginFile> find_connectors(const Config& config);

// What a connector that cannot be had means: a mistake to tell before starting (check), or a channel that is down while
// the others go on (run).
enum class Missing { is_error, is_warning };

// Gives every channel its connector and checks the settings, with problems at their places. A channel without a
// connector gets a PluginFile that holds the reason. Blocking: starts child processes.
std::vector<host::ChannelConfig> match_connectors(Config& config, const std::vector<host::PluginFile>& found,
                                                  Missing missing, Problems& problems);

// The same for one channel, for which `found` must hold the connectors that there are.
host::ChannelConfig match_connector(ChannelSpec& channel, const std::vector<host::PluginFile>& found, Missing missing,
                                    Problems& problems);

// Compiles each rule by itself, so that every bad pattern is told with the place of its rule.
void check_rules(const Config& config, Problems& problems);

}  // namespace jackfield::app
