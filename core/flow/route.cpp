#include "flow/route.hpp"

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "flow/assign.hpp"
#include "flow/auto_answer.hpp"
#include "flow/callback_course.hpp"
#include "flow/callback_offer.hpp"
#include "flow/service_levels.hpp"
#include "flow/survey.hpp"

namespace jackfield::flow {
namespace {

namespace json = boost::json;

void add_missing(std::vector<std::string>& list, const std::vector<std::string>& more) {
  for (const auto& entry : more)
    if (std::find(list.begin(), list.end(), entry) == list.end()) list.push_back(entry);
}

// What one rule sets, onto conversation and contact.
bool apply_sets(store::Unit& unit, const RuleSpec& spec, Conversation& conversation, Contact& contact) {
  bool any = false;
  if (spec.priority) conversation.priority = *spec.priority, any = true;
  if (!spec.tags.empty()) add_missing(conversation.tags, spec.tags), any = true;
  if (!spec.language.empty()) conversation.language = spec.language, any = true;
  if (!spec.reply.empty() || spec.callback) any = true;
  if (!spec.attributes.empty()) {
    for (const auto& [key, value] : spec.attributes) contact.attributes[key] = value;
    unit.changed(contact);
    any = true;
  }
  if (spec.close) conversation.state = ConversationState::closed, any = true;
  return any;
}

CapacityClass capacity_class_of(const Channel& channel) {
  CapacityClass out = CapacityClass::message;
  parse(channel.manifest.capacity_class, out);
  return out;
}

json::array matched_json(const Rules& rules, const RulesOutcome& outcome) {
  json::array out;
  for (const auto& match : outcome.matched) {
    const RuleSpec& spec = rules.specs()[match.rule];
    json::object entry{{"rule", spec.name}, {"line", spec.line}};
    entry["because"] = json::array(match.because.begin(), match.because.end());
    if (!spec.to.empty()) entry["to"] = spec.to;
    out.push_back(std::move(entry));
  }
  return out;
}

// What a rule says at once; what became of that goes into the decision.
void answer(store::Unit& unit, const Environment& env, const RuleSpec& spec, Conversation& conversation,
            const Contact& contact, const Message& message, json::object& decision, Time now) {
  const auto record = [&](std::string_view what, std::string_view done, const std::string& why_not) {
    json::object entry{{"rule", spec.name}, {done, why_not.empty()}};
    if (!why_not.empty()) entry["why_not"] = why_not;
    decision[what] = std::move(entry);
  };
  if (!spec.reply.empty())
    record("answer", "sent",
           answer_automatically(unit, env, conversation, contact, message, spec.reply, spec.name, now));
  if (spec.callback)
    record("callback", "offered", offer_callback(unit, env, conversation, contact, message, spec, now));
}

}  // namespace

void route(store::Unit& unit, const Environment& env, const Channel& channel, const RulesOutcome& outcome,
           const Threaded& threaded, Contact& contact, const std::string& identified_how, const Message& message,
           Time now) {
  Conversation& conversation = *threaded.conversation;
  if (conversation.language.empty()) conversation.language = message.content.language;
  bool set_something = false;
  for (const auto& match : outcome.matched)
    set_something |= apply_sets(unit, env.rules->specs()[match.rule], conversation, contact);

  const bool routes = threaded.made || (threaded.reopened && !threaded.went_private) || conversation.queue.empty();
  if (threaded.reopened && !routes) set_clocks(unit, env, conversation, now);
  if (threaded.reopened || !is_called_back(unit, conversation))
    set_capacity_class(unit, env, conversation, capacity_class_of(channel));
  if (!routes && !set_something && !threaded.went_private) return settle(unit, env, conversation, now);
  std::string reason;
  if (routes) {
    enter_queue(unit, env, conversation, outcome.queue.empty() ? env.config.queues.front().name : outcome.queue, now);
    reason = !outcome.error.empty() ? "the rules failed: first queue"
             : outcome.queue.empty()
                 ? "no rule sends it anywhere: first queue"
                 : "rule \"" + env.rules->specs()[outcome.matched.back().rule].name + "\" sends it there";
  } else {
    reason = threaded.went_private ? "what was begun in public goes on privately: it keeps its queue"
                                   : "the conversation keeps its queue; rules added to it";
  }
  Event event{.type = routes ? EventType::conversation_routed : EventType::conversation_updated,
              .at = now,
              .source = channel.policy.name,
              .conversation = conversation.id,
              .message = message.id,
              .contact = contact.id};
  std::string data = "{\"queue\":";
  append_string(data, conversation.queue);
  data += ",\"reason\":";
  append_string(data, reason);
  event.data = data + "}";
  unit.add(std::move(event));
  json::object decision{{"conversation", to_string(conversation.id)},
                        {"message", to_string(message.id)},
                        {"at", to_rfc3339(now)},
                        {"queue", conversation.queue},
                        {"reason", reason},
                        {"contact", json::object{{"id", to_string(contact.id)}, {"because", identified_how}}},
                        {"thread", threaded.how},
                        {"rules", matched_json(*env.rules, outcome)},
                        {"rules_tried", outcome.tried},
                        {"rules_total", env.rules->specs().size()},
                        {"priority", name_of(conversation.priority)},
                        {"tags", json::array(conversation.tags.begin(), conversation.tags.end())}};
  if (!outcome.error.empty()) decision["error"] = outcome.error;
  for (const auto& match : outcome.matched)
    answer(unit, env, env.rules->specs()[match.rule], conversation, contact, message, decision, now);
  unit.set_decision(conversation.id, json::serialize(decision));
  if (conversation.state == ConversationState::closed) {
    conversation.closed_at = now;
    ask_later(unit, env, conversation);
  }

  if (conversation.state == ConversationState::closed) {
    unit.add(Event{.type = EventType::conversation_closed,
                   .at = now,
                   .source = channel.policy.name,
                   .conversation = conversation.id,
                   .data = "{\"by_rule\":true}"});
    closed_by_rule(unit, env, conversation, now);
  }
  settle(unit, env, conversation, now);
}

}  // namespace jackfield::flow
