// One check, in the process that was made for it.
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <boost/json/object.hpp>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <exception>
#include <filesystem>
#include <fstream>
#include <thread>

#include "check/context.hpp"
#include "check/footprint.hpp"
#include "testkit/case_file.hpp"

namespace jackfield::check {
namespace fs = std::filesystem;
namespace {

struct Verdict {
  Kind kind = Kind::ok;
  std::string text;
};

Sheet* the_sheet = nullptr;

void on_alarm(int) {
  the_sheet->hung = 1;
  ::_exit(1);
}

void open_at(int wanted, const char* file) {
  const int fd = ::open(file, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  ::dup2(fd, wanted);
  ::close(fd);
}

void bound_this_process(const std::string& folder) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);  // what a connector starts is found, even when it detaches
  const rlimit no_core{0, 0};
  ::setrlimit(RLIMIT_CORE, &no_core);
  ::signal(SIGALRM, on_alarm);
  ::signal(SIGPIPE, SIG_IGN);  // as in the daemon
  open_at(1, (folder + "/output").c_str());
  open_at(2, (folder + "/errors").c_str());
  fs::create_directory(folder + "/work");
  fs::current_path(folder + "/work");
}

Verdict run(const Check& check, Context& context) {
  try {
    check.run(context);
  } catch (const Failed& failed) {
    return {Kind::failed, failed.what};
  } catch (const Skipped& skipped) {
    return {Kind::skipped, skipped.why};
  } catch (const std::exception& problem) {
    return {Kind::failed, std::string("the check could not go on: ") + problem.what()};
  }
  return {};
}

std::string printed(const std::string& folder) {
  std::fflush(stdout);
  std::ifstream in(folder + "/output", std::ios::binary);
  std::string text(200, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  return text.substr(0, text.find('\n'));
}

// Threads of a connector are gone when stop has returned; those of libraries get a moment.
bool threads_remain(std::size_t before) {
#if defined(__SANITIZE_THREAD__)
  ++before;  // its own, which begins at the first fork
#endif
  for (int i = 0; i < 200 && thread_count() > before; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  return thread_count() > before;
}

// What must hold after every check, whatever it was about.
std::string aftermath(const Footprint& before, const Context& context, const std::string& folder) {
  if (has_children()) return "starts other processes";
  if (const auto text = printed(folder); !text.empty()) return "writes to standard output: " + text;
  if (const auto wrong = trespasses(before, take_footprint()); !wrong.empty()) return wrong.front();
  if (!context.slow().empty()) return "blocks: " + context.slow().front() + "; a callback has 200 ms";
  if (threads_remain(before.threads)) return "leaves threads behind";
  return "";
}

Verdict judge(const Check& check, const Order& order, const std::string& folder) {
  const Footprint before = take_footprint();
  Context context(order, *the_sheet);
  Verdict verdict = run(check, context);
  // The rule that was broken says more than what came of it.
  if (verdict.kind == Kind::failed && !context.broken().empty() && verdict.text != context.broken().front())
    verdict.text = context.broken().front() + "; then: " + verdict.text;
  const auto more = aftermath(before, context, folder);
  if (!more.empty() && verdict.kind != Kind::failed) return {Kind::failed, more};
  return verdict;
}

void tell(const Verdict& verdict) {
  the_sheet->kind = static_cast<int>(verdict.kind);
  std::strncpy(the_sheet->text, verdict.text.c_str(), sizeof the_sheet->text - 1);
  the_sheet->finished = 1;
}

}  // namespace

void run_check_child(const std::string& folder) {
  the_sheet = map_sheet(folder + "/sheet", false);
  if (the_sheet == nullptr) ::_exit(2);
  the_sheet->owner = ::getpid();
  const auto read = testkit::read_object(folder + "/order.json");
  const Order order{testkit::string_or(read, "plugin", ""), testkit::string_or(read, "settings", ""),
                    testkit::string_or(read, "testdata", ""), read.at("seed").to_number<std::uint64_t>(),
                    testkit::string_or(read, "check", "")};
  bound_this_process(folder);
  for (const auto& check : all_checks())
    if (order.only == check.name) tell(judge(check, order, folder));
  if (has_children()) ::kill(0, SIGKILL);  // this process is the first of its group
  ::_exit(0);
}

}  // namespace jackfield::check
