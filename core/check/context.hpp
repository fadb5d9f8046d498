// What one check has at hand: the connector, what is known of it, and instances of it on the test kit's host.
#pragma once

#include <boost/json/object.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "check/check.hpp"
#include "check/sheet.hpp"
#include "host/manifest.hpp"
#include "testkit/fake_host.hpp"

namespace jackfield::check {

struct Failed {  // thrown by a check
  std::string what;
};
struct Skipped {
  std::string why;
};

// The first step of a case: what is known to go well with this connector.
struct Sample {
  std::string name;
  boost::json::object own;   // the case; its settings and secrets lie over the common ones
  boost::json::object step;  // "webhook" or "send", "http_answer", "expect"
};

class Context {
 public:
  Context(const Order& order, Sheet& sheet);

  const std::string& plugin() const { return order_.plugin; }
  const jf_module& module();         // loads the file at first
  const host::Manifest& manifest();  // parsed
  std::uint64_t seed() const { return order_.seed; }
  std::mt19937_64& chance() { return chance_; }

  const boost::json::object& base() const { return base_; }  // settings.json
  std::vector<Sample> samples(std::string_view member) const;
  testkit::Options options(const boost::json::object& own = {});

  // Watches the calls into the connector: the sheet says which one it is in, and one that does not come back ends the
  // process.
  void watch(testkit::FakeHost& host);
  void entering(const char* callback);
  void left(const char* callback);
  const std::vector<std::string>& slow() const { return slow_; }  // callbacks that held the strand
  bool has_own_threads() const;                                   // beside those that were there before the connector
  void broken(const std::string& rule) { broken_.push_back(rule); }
  const std::vector<std::string>& broken() const { return broken_; }  // rules, by instances that were not finished

 private:
  Order order_;
  Sheet& sheet_;
  boost::json::object base_;
  std::vector<Sample> cases_;
  const jf_module* module_ = nullptr;
  std::optional<host::Manifest> manifest_;
  std::mt19937_64 chance_;
  std::vector<std::string> slow_, broken_;
  std::size_t threads_;
  std::int64_t entered_wall_ = 0, entered_cpu_ = 0, entered_waits_ = 0;
};

// One instance of the connector, with its host.
class Instance {
 public:
  explicit Instance(Context& context, const boost::json::object& own = {});
  Instance(Context& context, testkit::Options options);
  ~Instance();
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;

  testkit::FakeHost& host() { return *host_; }
  const testkit::Options& options() const { return options_; }
  // As settings.json says; throws Skipped when the connector does not start with that.
  void start();
  // Settles; a connector with threads of its own gets up to 2 s until that is so.
  void await(const std::function<bool()>& done);
  // Drain, stop, destroy; throws Failed with the first rule that was broken since the beginning.
  void finish();

 private:
  Context& context_;
  testkit::Options options_;
  std::unique_ptr<testkit::FakeHost> host_;
};

struct Check {
  const char* name;
  const char* why;
  void (*run)(Context&);
};
std::span<const Check> entry_checks();
std::span<const Check> life_checks();
std::span<const Check> send_checks();
std::span<const Check> provider_checks();
std::span<const Check> webhook_checks();
std::span<const Check> stream_checks();
std::span<const Check> secret_checks();
std::span<const Check> isolated_checks();
std::vector<Check> all_checks();

}  // namespace jackfield::check
