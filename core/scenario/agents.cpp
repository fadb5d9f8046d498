// What agents do, as they do it over the API.
#include "flow/agents.hpp"

#include "flow/assign.hpp"
#include "flow/operations.hpp"
#include "scenario/stage.hpp"

namespace jackfield::scenario {
namespace {

using flow::Answer;
using flow::Environment;

template <class Decide>
Result<void> decide(Stage& stage, Decide what) {
  auto done = stage.world.write([&](store::Unit& unit, const Environment& env) -> Result<Answer> {
    auto made = what(unit, env);
    if (!made) return made.error();
    return Answer{};
  });
  if (!done) return done.error();
  return {};
}

ConversationState state_of(const std::string& name) {
  ConversationState out = ConversationState::open;
  parse(name, out);
  return out;
}

flow::ConversationPatch patch_of(const Value& what, Time now) {
  flow::ConversationPatch out;
  out.by = what.word("agent");
  if (const auto* value = what.find("queue")) out.queue = value->text;
  if (const auto* value = what.find("assignee")) out.assignee = value->text == "nobody" ? "" : value->text;
  if (const auto* value = what.find("tags")) out.tags = value->texts();
  if (const auto* value = what.find("state")) out.state = state_of(value->text);
  if (const auto* value = what.find("priority")) {
    Priority priority = Priority::normal;
    parse(value->text, priority);
    out.priority = priority;
  }
  if (const auto* value = what.find("snooze")) {
    out.state = ConversationState::snoozed;
    out.snoozed_until = now + duration_of(value->text);
  }
  return out;
}

// What is offered to the agent: the conversation, or none.
Id offered_to(Stage& stage, const std::string& agent) {
  Id out;
  stage.world.read([&](store::Unit& unit, const Environment&) {
    for (const auto* held : unit.held_by(agent))
      if (held->work.offered_to == agent && (!out || held->id < out)) out = held->id;
  });
  return out;
}

Result<void> serve(Stage& stage, const std::string& agent, Id conversation) {
  return decide(stage, [&](store::Unit& unit, const Environment& env) -> Result<Conversation*> {
    if (auto taken = flow::accept(unit, env, conversation, agent); !taken) return taken;
    flow::ReplyRequest request;
    request.text = "Here is what you asked for.";
    request.author = agent;
    // Where the reply window has closed there is nothing to say any more.
    (void)flow::reply(unit, env, conversation, request);
    flow::ConversationPatch close;
    close.state = ConversationState::closed;
    close.by = agent;
    return flow::patch(unit, env, conversation, close);
  });
}

}  // namespace

Result<void> presence(Stage& stage, const Value& what) {
  for (const auto& [agent, value] : what.members) {
    Presence there = Presence::offline;
    parse(value.text, there);
    stage.world.keep_alive(agent, there);
    const auto set = decide(
        stage, [&](store::Unit& unit, const Environment& env) { return flow::set_presence(unit, env, agent, there); });
    if (!set) return set;
  }
  return {};
}

Result<void> moves(Stage& stage, const std::string& verb, const Value& what) {
  const auto conversation = stage.conversation(what.word("of"));
  if (!conversation) return conversation.error();
  const std::string agent = what.word("agent");
  return decide(stage, [&](store::Unit& unit, const Environment& env) {
    return verb == "accepts"    ? flow::accept(unit, env, *conversation, agent)
           : verb == "declines" ? flow::decline(unit, env, *conversation, agent)
                                : flow::release(unit, env, *conversation, agent);
  });
}

Result<void> answers(Stage& stage, const std::string& verb, const Value& what) {
  const auto conversation = stage.conversation(what.word("of"));
  if (!conversation) return conversation.error();
  flow::ReplyRequest request;
  request.text = what.word("text");
  request.author = request.token = what.word("agent");
  request.note = verb == "notes";
  if (const auto* on = what.find("on")) request.channel = on->text;
  if (const auto* name = what.find("template")) request.template_ = boost::json::object{{"name", name->text}};
  Labelled said;
  const auto done = decide(stage, [&](store::Unit& unit, const Environment& env) -> Result<Message*> {
    auto message = flow::reply(unit, env, *conversation, request);
    if (message) said = {.channel = (*message)->channel, .message = (*message)->id};
    flow::seen(unit, env, request.author);
    return message;
  });
  if (!done) return done;
  if (const auto* label = what.find("as")) stage.labels[label->text] = said;
  return {};
}

Result<void> changes(Stage& stage, const std::string& verb, const Value& what) {
  const auto conversation = stage.conversation(what.word("of"));
  if (!conversation) return conversation.error();
  auto change = patch_of(what, stage.world.now());
  if (verb == "closes") change.state = ConversationState::closed;
  return decide(
      stage, [&](store::Unit& unit, const Environment& env) { return flow::patch(unit, env, *conversation, change); });
}

// These agents take what they are offered, answer it and close it, each after that time, until nobody waits there.
Result<void> staff(Stage& stage, const Value& what) {
  constexpr int kMostRounds = 20'000;
  const std::string queue = what.word("until_empty"), each = what.word("each");
  for (int round = 0; round < kMostRounds; ++round) {
    bool any = false;
    for (const auto& agent : what.texts("agents"))
      if (const Id next = offered_to(stage, agent)) {
        any = true;
        if (auto served = serve(stage, agent, next); !served) return served;
      }
    std::int64_t waiting = 0;
    stage.world.read([&](store::Unit& unit, const Environment&) { waiting = unit.count_waiting(queue, 1'000'000); });
    if (waiting == 0 && !any) return {};
    if (!any && round > 1000) break;
    if (!each.empty() || !any) stage.world.advance_to(stage.world.now() + duration_of(each.empty() ? "1s" : each));
  }
  return fail(Errc::conflict, "the agents do not empty queue " + queue);
}

}  // namespace jackfield::scenario
