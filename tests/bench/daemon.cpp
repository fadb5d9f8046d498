#include "daemon.hpp"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "http_caller.hpp"

namespace jackfield::bench {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto patience = std::chrono::seconds{60};

std::string text_of(const std::string& file) {
  std::ostringstream out;
  out << std::ifstream(file).rdbuf();
  return out.str();
}

}  // namespace

Daemon::Daemon(const Options& options, const Configuration& configuration, const std::string& name)
    : binary_(options.binary), folder_(options.folder + '/' + name) {
  std::filesystem::remove_all(folder_);
  std::filesystem::create_directories(folder_);
  std::ofstream(folder_ + "/jackfield.yaml") << to_yaml(configuration, folder_);
  start();
}

Daemon::~Daemon() {
  process_.reset();
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

void Daemon::start() {
  const auto begin = Clock::now();
  const std::string errors = folder_ + "/stderr";
  try {
    process_ =
        std::make_unique<Child>(std::vector<std::string>{binary_, "run", "-c", folder_ + "/jackfield.yaml"}, errors);
    std::string line;
    while (!line.starts_with("listening on ")) line = process_->line();
    port_ = std::stoi(line.substr(line.rfind(':') + 1));
    wait_until_ready();
  } catch (const std::exception& failed) {
    throw std::runtime_error(std::string("the daemon does not come up: ") + failed.what() + '\n' + text_of(errors));
  }
  start_seconds_ = std::chrono::duration<double>(Clock::now() - begin).count();
}

void Daemon::wait_until_ready() {
  const auto end = Clock::now() + patience;
  while (http_get(port_, "/readyz").status != 200) {
    if (Clock::now() > end) throw std::runtime_error("not ready after a minute: " + http_get(port_, "/readyz").body);
    std::this_thread::sleep_for(std::chrono::milliseconds{1});
  }
}

void Daemon::restart() {
  process_->stop();
  start();
}

std::string Daemon::get(const std::string& target) const {
  auto answer = http_get(port_, target, api_token);
  if (answer.status != 200)
    throw std::runtime_error(target + " answered " + std::to_string(answer.status) + ": " + answer.body);
  return std::move(answer.body);
}

Metrics Daemon::metrics() const {
  Metrics out;
  std::istringstream lines(get("/metrics"));
  for (std::string line; std::getline(lines, line);) {
    const auto space = line.rfind(' ');
    if (!line.starts_with('#') && space != std::string::npos)
      out[line.substr(0, space)] = std::stod(line.substr(space + 1));
  }
  return out;
}

double Daemon::store_mib() const {
  double bytes = 0;
  for (const auto& file : std::filesystem::directory_iterator(folder_))
    if (file.is_regular_file()) bytes += static_cast<double>(file.file_size());
  return bytes / 1048576;
}

Meter::Meter(Daemon& daemon)
    : daemon_(daemon),
      metrics_(daemon.metrics()),
      cpu_seconds_(daemon.process().cpu_seconds()),
      written_bytes_(daemon.process().written_bytes()) {}

Meter::Reading Meter::read() const {
  const double cpu = daemon_.process().cpu_seconds() - cpu_seconds_;
  const double written = daemon_.process().written_bytes() - written_bytes_;
  const auto now = daemon_.metrics();
  const auto grown = [&](const std::string& name) { return now.at(name) - metrics_.at(name); };
  return {grown("jackfield_store_commits_total"), grown("jackfield_flow_received_total"), cpu, written};
}

}  // namespace jackfield::bench
