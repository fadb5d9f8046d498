#include "flow/reachable_queues.hpp"

#include "base/has.hpp"

#include <algorithm>

namespace jackfield::flow {
namespace {

enum class Verdict { never, maybe, always };  // "and" is the least of them, "or" the greatest

Verdict verdict(bool holds) { return holds ? Verdict::always : Verdict::never; }
Verdict negated(Verdict v) { return v == Verdict::maybe ? v : verdict(v == Verdict::never); }

Verdict of_visibility(Visibility wanted, const std::vector<std::string>* possible) {
  if (!possible || possible->empty()) return Verdict::maybe;
  if (!has(*possible, name_of(wanted))) return Verdict::never;
  return possible->size() == 1 ? Verdict::always : Verdict::maybe;
}

bool holds(const QueueCondition& wanted, const ChannelFacts& facts) {
  const QueueNow now = facts.queue_now(wanted.queue);
  return (!wanted.waiting || wanted.waiting->holds(now.waiting)) &&
         (!wanted.agents || wanted.agents->holds(now.agents)) &&
         (!wanted.wait || (now.wait && wanted.wait->holds(now.wait->count())));
}

// Does it look at what only the message, its sender or its conversation tells?
bool depends_on_the_message(const ConditionSpec& spec) {
  return !spec.kind.empty() || !spec.text_any.empty() || !spec.text_matches.empty() || !spec.subject_any.empty() ||
         !spec.subject_matches.empty() || !spec.from.empty() || !spec.to.empty() || !spec.contact.empty() ||
         !spec.conversation_state.empty() || !spec.conversation_tags.empty() || spec.conversation_new ||
         spec.attachments || !spec.language.empty();
}

Verdict own_verdict(const ConditionSpec& spec, const ChannelFacts& facts) {
  Verdict out = depends_on_the_message(spec) ? Verdict::maybe : Verdict::always;
  if (!spec.channel.empty()) out = std::min(out, verdict(has(spec.channel, facts.channel)));
  if (!spec.plugin.empty()) out = std::min(out, verdict(has(spec.plugin, facts.plugin)));
  if (spec.visibility) out = std::min(out, of_visibility(*spec.visibility, facts.visibilities));
  for (const auto& [calendar, open] : spec.hours) out = std::min(out, verdict(facts.is_open(calendar) == open));
  for (const auto& wanted : spec.queues) out = std::min(out, verdict(holds(wanted, facts)));
  return out;
}

Verdict verdict_of(const ConditionSpec& spec, const ChannelFacts& facts) {
  Verdict out = own_verdict(spec, facts);
  for (const auto& inner : spec.not_) out = std::min(out, negated(verdict_of(inner, facts)));
  for (const auto& inner : spec.all_of) out = std::min(out, verdict_of(inner, facts));
  if (spec.any_of.empty()) return out;
  Verdict any = Verdict::never;
  for (const auto& inner : spec.any_of) any = std::max(any, verdict_of(inner, facts));
  return std::min(out, any);
}

}  // namespace

std::vector<std::string> reachable_queues(const FlowConfig& config, const ChannelFacts& facts) {
  std::vector<std::string> out;
  const auto reach = [&](const std::string& queue) {
    if (!has(out, queue)) out.push_back(queue);
  };
  for (const auto& rule : config.rules) {
    if (rule.to.empty() && !rule.drop) continue;
    const Verdict v = verdict_of(rule.when, facts);
    if (v == Verdict::never) continue;
    if (!rule.drop) reach(rule.to);
    if (v == Verdict::always) return out;
  }
  reach(config.queues.front().name);
  return out;
}

}  // namespace jackfield::flow
