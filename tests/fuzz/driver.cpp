// Runs a fuzz target where there is no libFuzzer: first its whole corpus, then changed inputs of it, the same for the
// same seed, until the rounds or the seconds are over. An input that ends the process is left in the working folder.
//
//   fuzz_TARGET [--seconds S] [--rounds N] [--seed N] FOLDER|FILE…
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include "check/fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kMostBytes = 64 * 1024;

struct Options {
  std::uint64_t seconds = 3, rounds = 200'000, seed = 1;
  std::vector<std::string> inputs;
};

std::string current, crash_file;

// Only what a signal's handler may do: open, write, close.
void keep_current(int signal) {
  if (const int fd = ::open(crash_file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644); fd >= 0) {
    if (::write(fd, current.data(), current.size()) >= 0) ::close(fd);
    static constexpr char told[] = "the input that did it is in the file ";
    (void)!::write(2, told, sizeof told - 1);
    (void)!::write(2, crash_file.data(), crash_file.size());
    (void)!::write(2, "\n", 1);
  }
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

void run(std::string input) {
  current = std::move(input);
  // a copy of exactly its length, so that a sanitizer sees a read past its end
  const std::vector<std::uint8_t> bytes(current.begin(), current.end());
  LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
}

std::string bytes_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<std::string> read_corpus(const std::vector<std::string>& inputs) {
  std::vector<fs::path> files;
  for (const auto& input : inputs) {
    if (!fs::is_directory(input))
      files.push_back(input);
    else
      for (const auto& entry : fs::directory_iterator(input))
        if (entry.is_regular_file()) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  std::vector<std::string> out;
  for (const auto& file : files) out.push_back(bytes_of(file));
  return out;
}

Options read_options(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    std::uint64_t* number = word == "--seconds"  ? &options.seconds
                            : word == "--rounds" ? &options.rounds
                            : word == "--seed"   ? &options.seed
                                                 : nullptr;
    if (number && i + 1 < argc)
      *number = std::stoull(argv[++i]);
    else
      options.inputs.push_back(word);
  }
  return options;
}

std::uint64_t run_changed(const std::vector<std::string>& corpus, const Options& options) {
  std::mt19937_64 chance(options.seed);
  const auto end = Clock::now() + std::chrono::seconds(options.seconds);
  std::uint64_t round = 0;
  for (; round < options.rounds && Clock::now() < end; ++round) {
    auto input = corpus.empty() || chance() % 16 == 0
                     ? jackfield::check::random_text(chance, 512)
                     : jackfield::check::mutated(chance, corpus[chance() % corpus.size()]);
    if (input.size() > kMostBytes) input.resize(kMostBytes);
    run(std::move(input));
  }
  return round;
}

}  // namespace

int main(int argc, char** argv) {
  const auto options = read_options(argc, argv);
  crash_file = "crash-" + fs::path(argv[0]).filename().string();
  for (const int signal : {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL}) std::signal(signal, keep_current);
  const auto corpus = read_corpus(options.inputs);
  for (const auto& input : corpus) run(input);
  run({});
  const auto rounds = run_changed(corpus, options);
  std::printf("%zu inputs of the corpus, %llu changed ones (seed %llu)\n", corpus.size(),
              static_cast<unsigned long long>(rounds), static_cast<unsigned long long>(options.seed));
}
