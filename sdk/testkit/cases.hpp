// Cases from files: what happens to a connector and what it must do then. docs/writing-a-connector.md has the form.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "jackfield/jackfield.h"

namespace jackfield::testkit {

struct CaseResult {
  std::string name;                   // the file's, without .json
  std::vector<std::string> problems;  // "steps[0].expect.events[0].id: expected "a", got "b""; empty: passed
  bool updated = false;
};

// Runs every *.json of the folder but settings.json, in the order of their names, each with an instance of its own.
// update: writes what was seen into the files instead of comparing it; broken rules of the header stay problems.
std::vector<CaseResult> run_cases(const jf_module& module, const std::filesystem::path& folder, bool update);
CaseResult run_case(const jf_module& module, const std::filesystem::path& file, bool update);

}  // namespace jackfield::testkit
