// Memory that a check's process shares with the one that started it: what is in it survives a crash, and needs no
// descriptor, so that no connector can close or flood the way back.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <string>

namespace jackfield::check {

struct Sheet {
  std::atomic<int> finished, hung;  // 0 or 1
  std::atomic<pid_t> owner;         // the check's process; a fork of it has no say
  char doing[64];                   // the callback it is in, zero-terminated
  int kind;                         // of the verdict, a Kind
  char text[16 * 1024];             // zero-terminated
};

// The sheet in that file, mapped until the process ends; make: a fresh one. Null when that fails.
Sheet* map_sheet(const std::string& file, bool make);

}  // namespace jackfield::check
