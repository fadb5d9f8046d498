#include "flow/plain_triggers.hpp"

namespace jackfield::flow {
namespace {

using RuleNumbers = std::vector<std::uint32_t>;

void append(RuleNumbers& out, const RuleNumbers& more) { out.insert(out.end(), more.begin(), more.end()); }

}  // namespace

bool Moment::is_open(const std::string& calendar) {
  const auto [at, fresh] = open_.try_emplace(calendar, true);
  if (fresh && facts_.is_open) at->second = facts_.is_open(calendar);
  return at->second;
}

const QueueNow& Moment::queue(const std::string& name) {
  const auto [at, fresh] = queues_.try_emplace(name);
  if (fresh && facts_.queue_now) at->second = facts_.queue_now(name);
  return at->second;
}

bool holds_now(const QueueCondition& condition, const QueueNow& now) {
  if (condition.waiting && !condition.waiting->holds(now.waiting)) return false;
  if (condition.agents && !condition.agents->holds(now.agents)) return false;
  return !condition.wait || (now.wait && condition.wait->holds(now.wait->count()));
}

// By what tells most and costs least to look up.
bool PlainTriggers::add(const ConditionSpec& when, std::uint32_t rule) {
  const auto by = [rule](Found& index, const std::vector<std::string>& values) {
    for (const auto& value : values) index[value].push_back(rule);
    return !values.empty();
  };
  if (by(by_tag_, when.conversation_tags) || by(by_language_, when.language) || by(by_channel_, when.channel) ||
      by(by_plugin_, when.plugin))
    return true;
  if (!when.hours.empty()) {
    const auto& [calendar, open] = *when.hours.begin();
    OfCalendar& found = by_calendar_[calendar];
    (open ? found.open : found.closed).push_back(rule);
    return true;
  }
  if (when.queues.empty()) return false;
  by_queue_[when.queues.front().queue].emplace_back(&when.queues.front(), rule);
  return true;
}

void PlainTriggers::look(const Found& in, std::string_view value, RuleNumbers& out) {
  if (in.empty()) return;
  if (const auto at = in.find(std::string(value)); at != in.end()) append(out, at->second);
}

// "zh-Hant-TW" is also "zh-Hant" and "zh": see is_language().
void PlainTriggers::look_by_language(std::string_view language, RuleNumbers& out) const {
  look(by_language_, language, out);
  for (auto end = language.rfind('-'); end != std::string_view::npos && end > 0; end = language.rfind('-', end - 1))
    look(by_language_, language.substr(0, end), out);
}

void PlainTriggers::find(const Facts& facts, Moment& moment, RuleNumbers& out) const {
  look(by_channel_, facts.channel, out);
  look(by_plugin_, facts.plugin, out);
  look_by_language(facts.language, out);
  if (facts.conversation)
    for (const auto& tag : facts.conversation->tags) look(by_tag_, tag, out);
  for (const auto& [calendar, rules] : by_calendar_) append(out, moment.is_open(calendar) ? rules.open : rules.closed);
  for (const auto& [queue, rules] : by_queue_)
    for (const auto& [condition, rule] : rules)
      if (holds_now(*condition, moment.queue(queue))) out.push_back(rule);
}

}  // namespace jackfield::flow
