// Rules that look for no words, pattern or attribute, found by what they do look at: a rule on a language is tried only
// when that language came. So a message costs the same with many such rules that do not concern it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "flow/rules.hpp"

namespace jackfield::flow {

// What is asked of the moment, once for each calendar and queue however many rules look at it. Refers to the facts.
class Moment {
 public:
  explicit Moment(const Facts& facts) : facts_(facts) {}
  bool is_open(const std::string& calendar);
  const QueueNow& queue(const std::string& name);

 private:
  const Facts& facts_;
  std::unordered_map<std::string_view, bool> open_;
  std::unordered_map<std::string_view, QueueNow> queues_;
};

bool holds_now(const QueueCondition& condition, const QueueNow& now);

class PlainTriggers {
 public:
  // The rule is found by one of its conditions; false: it has none of these kinds and must always be tried. The spec
  // must outlive this.
  bool add(const ConditionSpec& when, std::uint32_t rule);
  // The rules that may fit.
  void find(const Facts& facts, Moment& moment, std::vector<std::uint32_t>& out) const;

 private:
  using Found = std::unordered_map<std::string, std::vector<std::uint32_t>>;
  struct OfCalendar {
    std::vector<std::uint32_t> open, closed;
  };
  using OfQueue = std::vector<std::pair<const QueueCondition*, std::uint32_t>>;

  static void look(const Found& in, std::string_view value, std::vector<std::uint32_t>& out);
  void look_by_language(std::string_view language, std::vector<std::uint32_t>& out) const;

  Found by_channel_, by_plugin_, by_language_, by_tag_;
  std::unordered_map<std::string, OfCalendar> by_calendar_;
  std::unordered_map<std::string, OfQueue> by_queue_;
};

}  // namespace jackfield::flow
