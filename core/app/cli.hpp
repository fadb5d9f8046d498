// The command line: verbs and their arguments, by CLI11.
#pragma once

namespace jackfield::app {

// The exit code: 0 fine, 1 it failed, 2 wrong usage or configuration.
int run_command_line(int argc, char** argv);

}  // namespace jackfield::app
