#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "app/scenario_file.hpp"
#include "app/verbs.hpp"
#include "base/log.hpp"
#include "scenario/player.hpp"
#include "store/unit.hpp"

namespace jackfield::app {
namespace {

namespace fs = std::filesystem;

struct Outcome {
  std::string file, name, told;  // told: what went wrong
  double seconds = 0;
  bool wrong = false;  // the file itself is
};

std::vector<std::string> all_files(const std::vector<std::string>& named) {
  std::vector<std::string> out;
  for (const auto& path : named) {
    std::error_code error;
    if (!fs::is_directory(path, error)) {
      out.push_back(path);
      continue;
    }
    std::vector<std::string> inside;
    for (const auto& entry : fs::directory_iterator(path, error))
      if (entry.path().extension() == ".yaml") inside.push_back(entry.path().string());
    std::sort(inside.begin(), inside.end());
    out.insert(out.end(), inside.begin(), inside.end());
  }
  return out;
}

std::string told(const scenario::Story& story, const scenario::Failure& failure) {
  std::string out = story.file + ":" + std::to_string(failure.mark.line) + ":" + std::to_string(failure.mark.column) +
                    ": " + failure.about + "\n    expected  " + failure.expected + "\n    seen      " + failure.seen +
                    "\n";
  std::istringstream lines(failure.explained);
  for (std::string line; std::getline(lines, line);) out += "    because   " + line + "\n";
  return out;
}

Outcome run(const std::string& file, const std::string& config) {
  Outcome out{.file = file, .name = file};
  const auto begun = std::chrono::steady_clock::now();
  const auto read = read_story(file, config);
  if (!read.story.name.empty()) out.name = read.story.name;
  out.told = read.problems;
  out.wrong = !read.problems.empty();
  if (out.wrong) return out;
  const auto played = scenario::play(read.story);
  for (const auto& failure : played.failures) out.told += told(read.story, failure);
  out.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  std::cout << (played.failures.empty() ? "ok    " : "FAIL  ") << out.name << " (" << played.steps << " steps, "
            << played.expectations << " expectations)" << std::endl;
  return out;
}

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else if (c == '"')
      out += "&quot;";
    else
      out += c;
  }
  return out;
}

void write_junit(const std::string& file, const std::vector<Outcome>& results) {
  std::ofstream out(file);
  out << "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"scenarios\" tests=\"" << results.size()
      << "\">\n";
  for (const auto& one : results) {
    out << "  <testcase classname=\"scenario\" name=\"" << escaped(one.name) << "\" file=\"" << escaped(one.file)
        << "\" time=\"" << one.seconds << "\">";
    if (!one.told.empty()) out << "<failure>" << escaped(one.told) << "</failure>";
    out << "</testcase>\n";
  }
  out << "</testsuite>\n";
  if (!out) std::cerr << "jackfield scenario: " << file << " cannot be written\n";
}

}  // namespace

int cmd_scenario(const ScenarioOptions& options) {
  log::set_level(log::Level::off);  // what goes wrong is told as what was seen
  std::vector<Outcome> results;
  for (const auto& file : all_files(options.files)) {
    results.push_back(run(file, options.config));
    std::cerr << results.back().told;
  }
  if (!options.junit.empty()) write_junit(options.junit, results);
  if (results.empty()) return std::cerr << "jackfield scenario: there are no stories\n", exit_wrong;
  const auto count = [&](auto is) { return std::count_if(results.begin(), results.end(), is); };
  const auto wrong = count([](const Outcome& one) { return one.wrong; });
  const auto failed = count([](const Outcome& one) { return !one.wrong && !one.told.empty(); });
  if (results.size() > 1)
    std::cout << results.size() << " stories: " << failed << " failed, " << wrong << " cannot be played\n";
  return wrong > 0 ? exit_wrong : failed > 0 ? exit_failed : exit_fine;
}

}  // namespace jackfield::app
