#include "check/context.hpp"

#include <sys/resource.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <thread>

#include "check/footprint.hpp"
#include "host/loader.hpp"
#include "testkit/case_file.hpp"
#include "testkit/transcript.hpp"

namespace jackfield::check {
namespace json = boost::json;
namespace fs = std::filesystem;
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::int64_t kSlower = 4;  // than without sanitizers
#else
constexpr std::int64_t kSlower = 1;
#endif
constexpr std::int64_t kMostOfACallback = 200'000'000 * kSlower;  // ns
constexpr int kHungAfterSeconds = 5;

std::int64_t clock_ns(clockid_t clock) {
  timespec now{};
  ::clock_gettime(clock, &now);
  return now.tv_sec * 1'000'000'000 + now.tv_nsec;
}

// How often this thread has waited for something, rather than been put aside for others.
std::int64_t waits() {
  rusage usage{};
  ::getrusage(RUSAGE_THREAD, &usage);
  return usage.ru_nvcsw;
}

void alarm_in(int seconds) {
  const itimerval when{{0, 0}, {seconds, 0}};
  ::setitimer(ITIMER_REAL, &when, nullptr);
}

json::object first_step(const json::object& whole) {
  const auto* steps = whole.if_contains("steps");
  if (steps == nullptr) return whole;
  const auto& list = steps->as_array();
  return list.empty() ? json::object{} : list.front().as_object();
}

std::vector<Sample> read_cases(const std::string& folder) {
  std::vector<Sample> out;
  if (folder.empty()) return out;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() != ".json" || entry.path().filename() == "settings.json") continue;
    auto whole = testkit::read_object(entry.path());
    auto step = first_step(whole);
    out.push_back({entry.path().stem().string(), std::move(whole), std::move(step)});
  }
  std::sort(out.begin(), out.end(), [](const Sample& a, const Sample& b) { return a.name < b.name; });
  return out;
}

json::object read_base(const Order& order) {
  if (!order.settings.empty()) return testkit::read_object(order.settings);
  const fs::path beside = fs::path(order.testdata) / "settings.json";
  return !order.testdata.empty() && fs::exists(beside) ? testkit::read_object(beside) : json::object{};
}

}  // namespace

Context::Context(const Order& order, Sheet& sheet)
    : order_(order),
      sheet_(sheet),
      base_(read_base(order)),
      cases_(read_cases(order.testdata)),
      chance_(order.seed),
      threads_(thread_count()) {}

bool Context::has_own_threads() const { return thread_count() > threads_; }

const jf_module& Context::module() {
  if (module_ != nullptr) return *module_;
  entering("loading");
  const auto loaded = host::load_plugin(order_.plugin);
  alarm_in(0);
  if (!loaded) throw Failed{loaded.error().message};
  return *(module_ = *loaded);
}

const host::Manifest& Context::manifest() {
  if (manifest_) return *manifest_;
  auto parsed = host::parse_manifest(module().manifest);
  if (!parsed) throw Skipped{"its manifest is wrong (manifest.valid says how)"};
  return *(manifest_ = std::move(*parsed));
}

std::vector<Sample> Context::samples(std::string_view member) const {
  std::vector<Sample> out;
  for (const auto& sample : cases_)
    if (sample.step.contains(member)) out.push_back(sample);
  return out;
}

testkit::Options Context::options(const json::object& own) {
  auto out = testkit::options_from(module(), base_, own);
  out.seed = order_.seed;
  return out;
}

void Context::watch(testkit::FakeHost& host) {
  host.entering = [this](const char* callback) { entering(callback); };
  host.left = [this](const char* callback) { left(callback); };
}

void Context::entering(const char* callback) {
  std::strncpy(sheet_.doing, callback, sizeof sheet_.doing - 1);
  // offloaded work may block; the parent's limit holds for it
  alarm_in(std::strcmp(callback, "offloaded work") == 0 ? 0 : kHungAfterSeconds * static_cast<int>(kSlower));
  entered_waits_ = waits();
  entered_cpu_ = clock_ns(CLOCK_THREAD_CPUTIME_ID);
  entered_wall_ = clock_ns(CLOCK_MONOTONIC);
}

// Being put aside by a busy machine is not held against the connector: it must have worked or waited for so long.
void Context::left(const char* callback) {
  const std::int64_t wall = clock_ns(CLOCK_MONOTONIC) - entered_wall_;
  alarm_in(0);
  if (sheet_.owner != ::getpid()) ::_exit(0);  // a fork that came back from a callback
  if (wall < kMostOfACallback || std::strcmp(callback, "offloaded work") == 0) return;
  const bool worked = clock_ns(CLOCK_THREAD_CPUTIME_ID) - entered_cpu_ >= kMostOfACallback;
  if (worked || waits() != entered_waits_)
    slow_.push_back(std::string(callback) + " took " + std::to_string(wall / 1'000'000) + " ms");
}

Instance::Instance(Context& context, const json::object& own) : Instance(context, context.options(own)) {
  testkit::preset(*host_, own);
}

Instance::Instance(Context& context, testkit::Options options) : context_(context), options_(std::move(options)) {
  host_ = std::make_unique<testkit::FakeHost>(context.module(), options_);
  context.watch(*host_);
  testkit::preset(*host_, context.base());
}

Instance::~Instance() {
  for (const auto& rule : host_->violations) context_.broken(rule);
}

void Instance::start() {
  const jf_status status = host_->start();
  if (status != JF_OK)
    throw Skipped{"it does not start with these settings (life.start says why); give --settings or --testdata"};
  json::object step = testkit::member_object(context_.base(), "start");
  host_->settle();
  if (const auto* answer = step.if_contains("http_answer")) {
    const auto list = answer->is_array() ? answer->get_array() : json::array{*answer};
    for (const auto& one : list) {
      if (host_->open_http.empty()) break;
      host_->answer(host_->open_http.front(), testkit::http_answer(one.as_object()));
      host_->settle();
    }
  }
  std::vector<std::string> problems;
  if (auto* items = step.if_contains("stream"))
    testkit::play(*host_, items->as_array(), fs::path(), "start.stream", false, problems);
}

void Instance::await(const std::function<bool()>& done) {
  host_->settle();
  for (int i = 0; i < 400 && context_.has_own_threads() && !done(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    host_->settle();
  }
}

void Instance::finish() {
  host_->drain(host_->now_ms() + 1000);
  await([this] { return !host_->owes_answers(); });
  host_->advance(1000);
  host_->stop();
  host_->check_end();
  const auto violations = host_->violations;
  host_->destroy();
  if (!violations.empty()) throw Failed{violations.front()};
}

}  // namespace jackfield::check
