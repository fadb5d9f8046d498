#include "flow/callback.hpp"

#include <algorithm>

#include "flow/agents.hpp"
#include "flow/assign.hpp"
#include "flow/callback_course.hpp"
#include "flow/merge.hpp"
#include "flow/phone_number.hpp"
#include "flow/service_levels.hpp"
#include "flow/thread.hpp"

namespace jackfield::flow {
namespace {

bool among(const std::vector<std::string>& list, const std::string& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

// --- asking

// What a request comes to; nothing is changed yet.
struct Planned {
  Contact* contact = nullptr;            // null: to be made, with the address
  Conversation* conversation = nullptr;  // null: to be made
  std::string address, number, queue;
  CallbackSlot slot;
};

Result<void> find_contact(store::Unit& unit, const CallbackRequest& request, Planned& plan) {
  if (request.conversation) {
    plan.conversation = unit.conversation(request.conversation);
    if (!plan.conversation) return fail(Errc::not_found, "no conversation " + to_string(request.conversation));
    plan.contact = living_contact(unit, plan.conversation->contact);
    if (!plan.contact) return fail(Errc::conflict, "the contact of this conversation was erased");
    if (request.contact && living_contact(unit, request.contact) != plan.contact)
      return fail(Errc::invalid, "contact: the conversation is another's");
    return {};
  }
  if (request.contact) {
    plan.contact = living_contact(unit, request.contact);
    if (!plan.contact) return fail(Errc::not_found, "no contact " + to_string(request.contact));
    return {};
  }
  const auto uri = request.address.empty() ? callable_number(request.number) : normalize_address(request.address);
  if (!uri) return uri.error();
  plan.address = *uri;
  plan.contact = unit.contact_by_address("", *uri);
  return {};
}

// As a message of theirs would join it, on a channel whose conversations reach over channels.
void find_conversation(store::Unit& unit, Planned& plan) {
  if (plan.conversation || !plan.contact) return;
  plan.conversation = unit.latest_in_scope(scope_key(ConversationScope::contact, "", plan.contact->id, ""));
  if (plan.conversation && plan.conversation->state == ConversationState::closed) plan.conversation = nullptr;
}

Result<void> find_number(const CallbackRequest& request, Planned& plan) {
  std::string known = request.number;
  if (known.empty() && plan.contact) known = attested_number(*plan.contact, "");
  if (known.empty() && plan.contact)
    for (const auto& address : plan.contact->addresses)
      if (known.empty() && address.uri.starts_with("tel:+")) known = address.uri;
  if (known.empty() && plan.address.starts_with("tel:+")) known = plan.address;
  if (known.empty()) return fail(Errc::invalid, "number: is missing, and no number of this contact is known");
  auto number = callable_number(known);
  if (!number) return fail(number.error().code, "number: " + number.error().message);
  plan.number = std::move(*number);
  return {};
}

bool knows(store::Unit& unit, const Contact& contact, const std::vector<std::string>& queues) {
  const auto all = unit.conversations_of(contact.id);
  return std::any_of(all.begin(), all.end(), [&](const Conversation* c) { return among(queues, c->queue); });
}

Result<void> check_queue(store::Unit& unit, const Environment& env, const CallbackRequest& request, Planned& plan) {
  plan.queue =
      !request.queue.empty() ? request.queue : callback_queue(env, plan.conversation ? plan.conversation->queue : "");
  if (!env.config.queue(plan.queue)) return fail(Errc::invalid, "queue: no queue is called \"" + plan.queue + "\"");
  if (request.queues.empty()) return {};
  // Work may be handed to a queue that one does not see, but nobody's else.
  if (plan.conversation && !among(request.queues, plan.conversation->queue))
    return fail(Errc::denied, "conversation " + to_string(plan.conversation->id) + " is in none of your queues");
  if (plan.conversation) return {};
  if (!among(request.queues, plan.queue))
    return fail(Errc::denied, "it would go to queue \"" + plan.queue + "\", which is none of yours");
  if (plan.contact && !knows(unit, *plan.contact, request.queues))
    return fail(Errc::denied, "this contact has no conversation in your queues");
  return {};
}

Result<Planned> plan_request(store::Unit& unit, const Environment& env, const CallbackRequest& request, Time now) {
  Planned plan;
  if (auto found = find_contact(unit, request, plan); !found) return found.error();
  find_conversation(unit, plan);
  if (auto found = find_number(request, plan); !found) return found.error();
  if (auto checked = check_queue(unit, env, request, plan); !checked) return checked.error();
  if (const auto* open = plan.conversation ? open_callback(unit, *plan.conversation) : nullptr;
      open && open->state != CallbackState::offered)
    return fail(Errc::conflict, "callback " + to_string(open->id) + " is " + std::string(name_of(open->state)) +
                                    " in this conversation already; change that one");
  auto slot = choose_slot(unit, env, plan.queue, request.when, std::nullopt, now);
  if (!slot) return slot.error();
  plan.slot = *slot;
  return plan;
}

void make_contact(store::Unit& unit, const Environment& env, Planned& plan, Time now) {
  Contact made;
  made.id = env.ids.next();
  made.created_at = now;
  plan.contact = &unit.add(std::move(made));
  unit.add_address(*plan.contact, Address{.uri = plan.address});
  unit.add(Event{.type = EventType::contact_created, .at = now, .source = "callbacks", .contact = plan.contact->id});
}

// As if they had written: who asks for a call waits for an answer.
void make_conversation(store::Unit& unit, const Environment& env, Planned& plan, Time now) {
  Conversation made;
  made.id = env.ids.next();
  made.contact = plan.contact->id;
  made.scope = scope_key(ConversationScope::contact, "", plan.contact->id, "");
  made.queue = plan.queue;
  made.language = plan.contact->language;
  made.created_at = made.last_activity_at = made.last_inbound_at = now;
  plan.conversation = &unit.add(std::move(made));
  unit.set_decision(plan.conversation->id,
                    "{\"queue\":\"" + plan.queue + "\",\"reason\":\"a callback was asked for\",\"rules\":[]}");
  unit.add(Event{.type = EventType::conversation_opened,
                 .at = now,
                 .source = "callbacks",
                 .conversation = plan.conversation->id,
                 .contact = plan.contact->id});
}

// An offer in it gives way to what is asked for.
void withdraw_offer(store::Unit& unit, const Environment& env, const Conversation& conversation, Time now) {
  auto* offered = open_callback(unit, conversation);
  if (!offered) return;
  record_change(*offered, "lapsed", "", "another callback was asked for", now);
  end_callback(unit, env, *offered, CallbackState::lapsed, now);
  tell_callback(unit, EventType::callback_updated, *offered, conversation, "another callback was asked for", now);
}

// --- what is there

Result<Callback*> find(store::Unit& unit, Id id) {
  Callback* callback = unit.callback(id);
  if (!callback || !unit.conversation(callback->conversation))
    return fail(Errc::not_found, "no callback " + to_string(id));
  return callback;
}

Error over(const Callback& callback) {
  return fail(Errc::conflict, "it is " + std::string(name_of(callback.state)) + " already");
}

// A missed one stays where it is when another was agreed since.
Result<void> check_in_place(store::Unit& unit, const Callback& callback, const Conversation& conversation) {
  const auto* other = open_callback(unit, conversation);
  if (!other || other == &callback) return {};
  return fail(Errc::conflict, "callback " + to_string(other->id) + " has taken its place");
}

bool can_change(const Callback& callback) {
  return callback.state == CallbackState::scheduled || callback.state == CallbackState::due ||
         callback.state == CallbackState::missed;
}

bool call_again(CallOutcome outcome) {
  return outcome == CallOutcome::no_answer || outcome == CallOutcome::busy || outcome == CallOutcome::voicemail;
}

// One that nobody has written in has nothing left to do; else the customer goes on waiting.
void leave(store::Unit& unit, const Environment& env, Conversation& conversation, const std::string& reason, Time now) {
  if (conversation.state == ConversationState::closed) return;
  const bool closes = conversation.channels.empty();
  conversation.state = closes ? ConversationState::closed : ConversationState::open;
  conversation.snoozed_until = Time{};
  if (closes) conversation.closed_at = now;
  unit.add(Event{.type = closes ? EventType::conversation_closed : EventType::conversation_updated,
                 .at = now,
                 .source = "callbacks",
                 .conversation = conversation.id,
                 .contact = conversation.contact,
                 .data = std::string("{\"state\":\"") + (closes ? "closed" : "open") + "\",\"reason\":\"" + reason + "\"}"});
  settle(unit, env, conversation, now);
}

// They spoke: that answers the customer, and who spoke has the conversation.
void spoke(store::Unit& unit, const Environment& env, Callback& callback, Conversation& conversation,
           const CallReport& report, Time now) {
  record_change(callback, "done", report.by, report.note, now);
  responded(unit, env, conversation, {}, report.agent, now);
  wake(unit, conversation);
  if (!report.agent.empty() && unit.agent(report.agent))
    (void)accept(unit, env, conversation.id, report.agent);  // unless it is closed, or another's meanwhile
  end_callback(unit, env, callback, CallbackState::done, now);
  tell_callback(unit, EventType::callback_done, callback, conversation, name_of(report.outcome), now);
  if (conversation.assignee.empty()) leave(unit, env, conversation, "they were called back", now);
}

void try_again(store::Unit& unit, const Environment& env, Callback& callback, Conversation& conversation,
               const CallReport& report, Time now) {
  const auto& terms = callback_terms(env, callback.queue);
  const auto tries = static_cast<std::size_t>(terms.tries);
  const std::string why(name_of(report.outcome));
  if (callback.attempts.size() >= tries)
    return miss(unit, env, callback, "called " + std::to_string(tries) + " times in vain", true, now);
  const auto next = first_slot(unit, env, callback.queue, now + terms.again_after, callback.slot.from);
  if (!next) return miss(unit, env, callback, "there is no slot to call again", true, now);
  record_change(callback, "rescheduled", report.by, why, now);
  schedule(unit, env, callback, *next, now);
  tell_callback(unit, EventType::callback_updated, callback, conversation, why, now);
}

std::string report_text(const Environment& env, const Callback& callback, const CallReport& report) {
  std::string out = "Called " + callback.number.substr(4) + ": " + std::string(name_of(report.outcome));
  std::replace(out.begin(), out.end(), '_', ' ');
  if (!report.note.empty()) out += " (" + report.note + ")";
  if (callback.state == CallbackState::scheduled)
    out += "; again at " + shown_time(env, callback.queue, callback.slot.from);
  return out;
}

}  // namespace

std::string callback_queue(const Environment& env, const std::string& queue) {
  const std::string own = queue.empty() ? env.config.queues.front().name : queue;
  const auto& terms = queue.empty() ? env.config.callbacks : callback_terms(env, queue);
  const std::string& other = terms.queue;
  return other.empty() || !env.config.queue(other) ? own : other;
}

Result<Callback*> request_callback(store::Unit& unit, const Environment& env, const CallbackRequest& request) {
  const Time now = env.clock.now();
  auto plan = plan_request(unit, env, request, now);
  if (!plan) return plan.error();
  if (!plan->contact) make_contact(unit, env, *plan, now);
  if (!plan->conversation) make_conversation(unit, env, *plan, now);
  Conversation& conversation = *plan->conversation;
  withdraw_offer(unit, env, conversation, now);
  Callback made;
  made.id = env.ids.next();
  made.conversation = conversation.id;
  made.queue = plan->queue;
  made.number = plan->number;
  made.slot = plan->slot;
  made.created_at = now;
  made.note = request.note;
  made.asked_by = request.by;
  record_change(made, "requested", request.by, "", now);
  Callback& callback = unit.add(std::move(made));
  tell_callback(unit, EventType::callback_requested, callback, conversation, "", now);
  schedule(unit, env, callback, plan->slot, now);
  return &callback;
}

Result<Callback*> patch_callback(store::Unit& unit, const Environment& env, Id id, const CallbackPatch& patch) {
  auto found = find(unit, id);
  if (!found) return found;
  Callback& callback = **found;
  if (!can_change(callback)) return over(callback);
  const Time now = env.clock.now();
  const auto number = patch.number ? callable_number(*patch.number) : Result<std::string>(callback.number);
  if (!number) return fail(Errc::invalid, "number: " + number.error().message);
  const auto slot = patch.when ? choose_slot(unit, env, callback.queue, *patch.when,
                                             callback.is_open() ? std::optional(callback.slot.from) : std::nullopt, now)
                               : Result<CallbackSlot>(callback.slot);
  if (!slot) return slot.error();
  Conversation& conversation = *unit.conversation(callback.conversation);
  if (auto in_place = check_in_place(unit, callback, conversation); !in_place) return in_place.error();
  callback.number = *number;
  if (patch.note) callback.note = *patch.note;
  record_change(callback, patch.when ? "rescheduled" : "changed", patch.by, "", now);
  unit.changed(callback);
  if (patch.when) schedule(unit, env, callback, *slot, now);
  tell_callback(unit, EventType::callback_updated, callback, conversation, patch.when ? "rescheduled" : "changed", now);
  return &callback;
}

Result<Callback*> report_call(store::Unit& unit, const Environment& env, Id id, const CallReport& report) {
  auto found = find(unit, id);
  if (!found) return found;
  Callback& callback = **found;
  if (!can_change(callback)) return over(callback);
  const Time now = env.clock.now();
  Conversation& conversation = *unit.conversation(callback.conversation);
  if (auto in_place = check_in_place(unit, callback, conversation); !in_place) return in_place.error();
  seen(unit, env, report.agent);
  callback.attempts.push_back({now, report.agent.empty() ? report.by : report.agent, report.outcome, report.note});
  if (call_again(report.outcome))
    try_again(unit, env, callback, conversation, report, now);
  else if (report.outcome == CallOutcome::wrong_number)
    miss(unit, env, callback, "the number is wrong", true, now);
  else
    spoke(unit, env, callback, conversation, report, now);
  note_callback(unit, env, conversation, callback, report_text(env, callback, report), now);
  return &callback;
}

Result<Callback*> cancel_callback(store::Unit& unit, const Environment& env, Id id, const std::string& by) {
  auto found = find(unit, id);
  if (!found) return found;
  Callback& callback = **found;
  if (!callback.is_open() && callback.state != CallbackState::missed) return over(callback);
  const Time now = env.clock.now();
  Conversation& conversation = *unit.conversation(callback.conversation);
  if (auto in_place = check_in_place(unit, callback, conversation); !in_place) return in_place.error();
  const bool was_offered = callback.state == CallbackState::offered;
  record_change(callback, "cancelled", by, "", now);
  tell_callback(unit, EventType::callback_cancelled, callback, conversation, "", now);
  end_callback(unit, env, callback, CallbackState::cancelled, now);
  if (!was_offered) leave(unit, env, conversation, "the callback was cancelled", now);
  return &callback;
}

}  // namespace jackfield::flow
