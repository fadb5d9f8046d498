// jackfield_bench: measures Jackfield beside its yardsticks and prints the table of docs/numbers.md. See scripts/bench.
#include <signal.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <iostream>

#include "beast_server.hpp"
#include "machine.hpp"
#include "measure.hpp"

namespace jackfield::bench {
namespace {

struct Group {
  const char* name;
  void (*measure)(const Options&, Table&);
};
constexpr Group groups[] = {{"ingest", measure_ingest},     {"against", measure_against},
                            {"latency", measure_latency},   {"replies", measure_replies},
                            {"rules", measure_rules},       {"decode", measure_decode},
                            {"smpp", measure_smpp},         {"isolation", measure_isolation},
                            {"overload", measure_overload}, {"assignment", measure_assignment},
                            {"memory", measure_memory},     {"mailboxes", measure_mailboxes}};

std::string group_names() {
  std::string out;
  for (const auto& group : groups) out += (out.empty() ? "" : ", ") + std::string(group.name);
  return out;
}

bool is_wanted(const std::vector<std::string>& only, const std::string& name) {
  return only.empty() || std::find(only.begin(), only.end(), name) != only.end();
}

// False when a group failed; the others are measured all the same.
bool measure_all(const Options& options, const std::vector<std::string>& only, Table& table) {
  bool fine = true;
  for (const auto& group : groups) {
    if (!is_wanted(only, group.name)) continue;
    std::cerr << group.name << '\n';
    try {
      group.measure(options, table);
    } catch (const std::exception& failed) {
      std::cerr << "jackfield_bench: " << group.name << ": " << failed.what() << '\n';
      table.note("**" + std::string(group.name) + " could not be measured.**");
      fine = false;
    }
  }
  return fine;
}

int run(int argc, char** argv) {
  CLI::App app("Measures Jackfield beside its yardsticks");
  Options options;
  std::vector<std::string> only;
  std::string commit = "unknown", folder = std::filesystem::temp_directory_path();
  bool quick = false, full = false;
  app.add_option("--binary", options.binary, "The daemon to measure")->required()->check(CLI::ExistingFile);
  app.add_option("--folder", folder, "Where the stores go: on the disk that is to be measured")
      ->check(CLI::ExistingDirectory)
      ->take_last();
  app.add_option("--pairs", options.pairs, "Measurements of each row and its yardstick, in turn")
      ->check(CLI::Range(1, 99));
  app.add_option("--seconds", options.seconds, "Of one measurement")->check(CLI::Range(0.1, 600.0));
  app.add_option("--messages", options.messages, "Of the memory row")->check(CLI::Range(100u, 100'000'000u));
  app.add_option("--only", only, group_names())->delimiter(',');
  app.add_option("--against", options.against, "Another commit's daemon, for the row beside it")
      ->check(CLI::ExistingFile);
  app.add_option("--against-name", options.against_name, "What the page calls that one");
  app.add_option("--commit", commit, "What the page says was measured");
  app.add_flag("--quick", quick, "Three pairs of a second, and less of what takes long");
  app.add_flag("--full", full, "A million messages in the memory row");
  CLI11_PARSE(app, argc, argv);
  if (quick && !app.count("--pairs")) options.pairs = 3;
  if (quick && !app.count("--seconds")) options.seconds = 1;
  if (quick && !app.count("--messages")) options.messages = 50'000;
  if (quick) options.flood_seconds = 10;
  if (quick) options.waiting = 20'000;
  if (full) options.messages = 1'000'000;
  for (const auto& name : only)
    if (group_names().find(name) == std::string::npos) {
      std::cerr << "jackfield_bench: no group is called " << name << "; there are " << group_names() << '\n';
      return 2;
    }

  options.folder = std::filesystem::canonical(folder).string() + "/jackfield-bench-" + std::to_string(getpid());
  options.binary = std::filesystem::canonical(options.binary);
  if (!options.against.empty()) options.against = std::filesystem::canonical(options.against);
  if (options.against_name.empty()) options.against_name = "the other daemon";
  std::filesystem::create_directories(options.folder);
  Table table;
  const std::string where = machine(options.folder);
  if (load_average() > 1)
    std::cerr << "jackfield_bench: the machine is busy (load " << load_average()
              << "): trust ratios of CPU time at most\n";
  const bool fine = measure_all(options, only, table);
  std::filesystem::remove_all(options.folder);
  table.note("Medians of " + std::to_string(options.pairs) + " pairs, in brackets the span of all; " +
             decimal(options.seconds, 1) + " s each; the load generator shares the machine.");
  std::cout << "Commit " << commit << ", " << where << ".\n\n" << table.text() << std::flush;
  return fine ? 0 : 1;
}

}  // namespace
}  // namespace jackfield::bench

int main(int argc, char** argv) {
  signal(SIGPIPE, SIG_IGN);
  if (argc == 2 && std::string_view(argv[1]) == "beast-server") return jackfield::bench::run_beast_server();
  return jackfield::bench::run(argc, argv);
}
