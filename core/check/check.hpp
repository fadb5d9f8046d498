// `jackfield plugin check`: holds a connector's file against the rules of jackfield.h, each check in a process of its
// own. To add a check: write a function in one of the *_checks.cpp and name it in the list at that file's end.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace jackfield::check {

struct Order {
  std::string plugin;    // the connector's file
  std::string settings;  // a settings.json of the test kit's form; empty: the one in testdata, or none
  std::string testdata;  // folder with cases of the test kit's form; empty: none
  std::uint64_t seed = 1;
  std::string only;  // a check's name, or "send." for all that begin so; empty: all
};

enum class Kind : std::uint8_t { ok, failed, skipped };

struct Outcome {
  std::string check, why;  // why: what it is good for, for people
  Kind kind = Kind::ok;
  std::string text;  // what is wrong, or why it was skipped
  Millis took{0};
};

// Runs the checks one after the other and shows each when it is done. Fails when the order itself is wrong. Starts this
// program again with the verb check-plugin-child; [any thread].
Result<std::vector<Outcome>> run_checks(const Order& order, const std::function<void(const Outcome&)>& show);

// Behind that verb: one check in this process, as the folder says. Does not return.
[[noreturn]] void run_check_child(const std::string& folder);

// One line, or three for a failure.
std::string text_of(const Order& order, const Outcome& outcome);
std::string summary_of(const Order& order, const std::vector<Outcome>& outcomes);
std::string junit_of(const Order& order, const std::vector<Outcome>& outcomes);

}  // namespace jackfield::check
