// Calling back: asked for, called, called off, and what can be seen of it.
#include "flow/callback.hpp"
#include "flow/callback_course.hpp"
#include "scenario/facts.hpp"

namespace jackfield::scenario {
namespace {

using flow::Answer;
using flow::Environment;

Result<std::optional<Time>> time_of(const Stage& stage, const Value* written) {
  if (!written) return std::optional<Time>();
  const auto at = stage.local.resolve(*parse_moment(written->text), stage.world.now());
  if (!at) return at.error();
  return std::optional<Time>(*at);
}

Result<flow::CallbackRequest> request_of(Stage& stage, const Value& what) {
  flow::CallbackRequest out;
  const std::string who = what.word("who");
  out.contact = stage.contact(who);
  if (!out.contact) out.address = stage.person(who).addresses.begin()->second;
  out.number = what.word("number");
  out.queue = what.word("queue");
  out.note = what.word("note");
  out.by = what.find("agent") ? what.word("agent") : "customer";
  const auto from = time_of(stage, what.find("from")), until = time_of(stage, what.find("until"));
  if (!from || !until) return from ? until.error() : from.error();
  out.when = {*from, *until};
  return out;
}

// With the one that is open in a conversation.
Result<void> with_callback(Stage& stage, const std::string& of,
                           const std::function<Result<Callback*>(store::Unit&, const Environment&, Id)>& what) {
  const auto id = stage.conversation(of);
  if (!id) return id.error();
  auto done = stage.world.write([&](store::Unit& unit, const Environment& env) -> Result<Answer> {
    const auto* conversation = unit.conversation(*id);
    const auto* callback = conversation ? flow::open_callback(unit, *conversation) : nullptr;
    if (!callback) return fail(Errc::not_found, "there is no callback in that conversation");
    auto made = what(unit, env, callback->id);
    if (!made) return made.error();
    return Answer{};
  });
  if (!done) return done.error();
  return {};
}

// The newest of a conversation.
class CallbackSight final : public Sight {
 public:
  CallbackSight(Stage& stage, Id conversation) : stage_(stage) {
    stage.world.read([&](store::Unit& unit, const Environment&) {
      for (const auto* each : unit.callbacks_in(conversation)) callback_ = *each;
    });
  }
  Seen seen(const std::string& key, const Value&) override {
    if (!callback_) return {key == "tries" ? "0" : "none"};
    if (key == "state") return {std::string(jackfield::name_of(callback_->state))};
    if (key == "number") return {callback_->number};
    if (key == "queue") return {callback_->queue};
    if (key == "tries") return {std::to_string(callback_->attempts.size())};
    return {stage_.local.shown(key == "from" ? callback_->slot.from : callback_->slot.until)};
  }

 private:
  Stage& stage_;
  std::optional<Callback> callback_;
};

}  // namespace

Result<void> asks_for_a_call(Stage& stage, const Value& what) {
  const auto request = request_of(stage, what);
  if (!request) return request.error();
  Id conversation;
  auto done = stage.world.write([&](store::Unit& unit, const Environment& env) -> Result<Answer> {
    auto made = flow::request_callback(unit, env, *request);
    if (!made) return made.error();
    conversation = (*made)->conversation;
    return Answer{};
  });
  if (!done) return done.error();
  if (const auto* label = what.find("as")) stage.labels[label->text] = {.conversation = conversation};
  return {};
}

Result<void> calls(Stage& stage, const Value& what) {
  flow::CallReport report;
  parse(what.word("outcome"), report.outcome);
  report.note = what.word("note");
  report.by = report.agent = what.word("agent");
  return with_callback(stage, what.word("of"), [&](store::Unit& unit, const Environment& env, Id id) {
    return flow::report_call(unit, env, id, report);
  });
}

Result<void> calls_off(Stage& stage, const Value& what) {
  return with_callback(stage, what.word("of"), [&](store::Unit& unit, const Environment& env, Id id) {
    return flow::cancel_callback(unit, env, id, what.find("agent") ? what.word("agent") : "customer");
  });
}

Result<std::unique_ptr<Sight>> callback_sight(Stage& stage, const Value& what) {
  const auto id = stage.conversation(what.word("of"));
  if (!id) return id.error();
  return std::unique_ptr<Sight>(std::make_unique<CallbackSight>(stage, *id));
}

}  // namespace jackfield::scenario
