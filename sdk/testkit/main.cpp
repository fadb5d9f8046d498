// jackfield-testkit [--update] PLUGIN.so testdata/: runs a connector's cases. Exit 0: all pass, 1: some fail, 2: wrong
// usage.
#include <cstring>
#include <exception>
#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

#include "cases.hpp"
#include "library.hpp"

namespace {

int usage() {
  std::cerr << "usage: jackfield-testkit [--update] PLUGIN.so FOLDER\n"
               "  Runs the cases in FOLDER/*.json against the connector. --update writes what was seen into them.\n";
  return 2;
}

int report(const std::vector<jackfield::testkit::CaseResult>& results) {
  std::size_t failed = 0;
  for (const auto& result : results) {
    std::cout << (result.problems.empty() ? "ok    " : "FAIL  ") << result.name << (result.updated ? " (updated)" : "")
              << "\n";
    for (const auto& problem : result.problems) std::cout << "      " << problem << "\n";
    failed += result.problems.empty() ? 0 : 1;
  }
  std::cout << results.size() - failed << " of " << results.size() << " cases passed\n";
  return failed == 0 && !results.empty() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  bool update = false;
  std::vector<std::string> names;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--update") == 0) {
      update = true;
    } else if (argv[i][0] == '-') {
      return usage();
    } else {
      names.emplace_back(argv[i]);
    }
  }
  if (names.size() != 2 || !std::filesystem::is_directory(names[1])) return usage();
  std::string error;
  const jf_module* module = jackfield::testkit::load(names[0], error);
  if (module == nullptr) {
    std::cerr << error << "\n";
    return 1;
  }
  try {
    return report(jackfield::testkit::run_cases(*module, names[1], update));
  } catch (const std::exception& problem) {
    std::cerr << problem.what() << "\n";
    return 1;
  }
}
