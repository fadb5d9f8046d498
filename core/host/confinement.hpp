// What a connector's process gives up before it loads the connector's file.
#pragma once

#include <string>

namespace jackfield::host {

struct Confinement {
  int parent = 0;         // ends when this one is not the parent (any more)
  bool network = false;   // may open sockets by itself
  std::string own_folder;  // that of the connector's file, readable
};

// Dies with the parent, gains no rights, has bounds on memory, descriptors, threads and no core; may not start
// processes, trace or signal others, change the system or (unless allowed) open sockets; may read what programs need and
// write no file. Call before any thread is started. Returns what this kernel does not have ("seccomp, Landlock") or "".
std::string confine(const Confinement& how);

// The parts, each false when the kernel does not have it. In files of their own.
bool filter_syscalls(bool network);
bool restrict_files(const std::string& own_folder);

}  // namespace jackfield::host
