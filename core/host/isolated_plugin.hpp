// The hidden verb "isolated-plugin FILE CHANNEL": main() must call this for it.
#pragma once

#include <string>

namespace jackfield::host {

// Runs one connector for the host at the other end of descriptor 3, until that one closes it. The channel's name is in
// the arguments for people who look at a list of processes.
int isolated_plugin_child(const std::string& file);

}  // namespace jackfield::host
