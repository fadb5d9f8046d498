#include "model/callback.hpp"

#include <array>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "model/contact.hpp"
#include "model/json.hpp"

namespace jackfield {
namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, 7> kStates{"offered", "scheduled", "due",   "done",
                                                  "missed",  "cancelled", "lapsed"};
constexpr std::array<std::string_view, 6> kOutcomes{"reached",   "no_answer",    "busy",
                                                    "voicemail", "wrong_number", "refused"};

template <class Enum, std::size_t N>
bool find_in(const std::array<std::string_view, N>& names, std::string_view text, Enum& out) {
  for (std::size_t i = 0; i < N; ++i) {
    if (names[i] != text) continue;
    out = static_cast<Enum>(i);
    return true;
  }
  return false;
}

std::string text_in(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value && value->is_string() ? std::string(value->get_string()) : std::string{};
}

Time time_in(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value && value->is_int64() ? time_from_ms(value->get_int64()) : Time{};
}

template <class Each>
void each_in(const json::object& object, std::string_view name, Each each) {
  const auto* list = object.if_contains(name);
  if (!list || !list->is_array()) return;
  for (const auto& entry : list->get_array())
    if (entry.is_object()) each(entry.get_object());
}

// Times of the stored form are numbers, those of the API text.
json::value shown(Time t) { return t == Time{} ? json::value(nullptr) : json::value(to_rfc3339(t)); }
json::value stored(Time t) { return to_ms(t); }
// Names come from providers: whatever bytes they are, what is written is JSON.
std::string person(const Contact* contact) {
  if (!contact) return "null";
  std::string out = "{\"id\":\"" + to_string(contact->id) + "\",\"name\":";
  append_string(out, contact->name);
  return out + "}";
}

json::value or_null(const std::string& text) { return text.empty() ? json::value(nullptr) : json::value(text); }

template <class Write>
json::array slots(const std::vector<CallbackSlot>& all, Write time) {
  json::array out;
  for (const auto& slot : all) out.push_back(json::object{{"from", time(slot.from)}, {"until", time(slot.until)}});
  return out;
}

template <class Write>
json::array attempts(const std::vector<CallAttempt>& all, Write time) {
  json::array out;
  for (const auto& one : all)
    out.push_back(json::object{{"at", time(one.at)},
                               {"agent", or_null(one.agent)},
                               {"outcome", name_of(one.outcome)},
                               {"note", or_null(one.note)}});
  return out;
}

template <class Write>
json::array history(const std::vector<CallbackChange>& all, Write time) {
  json::array out;
  for (const auto& one : all)
    out.push_back(
        json::object{{"at", time(one.at)}, {"what", one.what}, {"by", or_null(one.by)}, {"why", or_null(one.why)}});
  return out;
}

}  // namespace

std::string_view name_of(CallbackState state) { return kStates.at(static_cast<std::size_t>(state)); }
std::string_view name_of(CallOutcome outcome) { return kOutcomes.at(static_cast<std::size_t>(outcome)); }
bool parse(std::string_view text, CallbackState& out) { return find_in(kStates, text, out); }
bool parse(std::string_view text, CallOutcome& out) { return find_in(kOutcomes, text, out); }

std::string callback_detail_to_json(const Callback& c) {
  json::object out{{"note", c.note}, {"asked_by", c.asked_by}, {"rule", c.rule}, {"channel", c.channel}};
  out["choices"] = slots(c.choices, stored);
  out["attempts"] = attempts(c.attempts, stored);
  out["history"] = history(c.history, stored);
  return json::serialize(out);
}

void read_callback_detail(std::string_view text, Callback& out) {
  boost::system::error_code bad;
  const json::value value = json::parse(text, bad);
  const auto* detail = bad ? nullptr : value.if_object();
  if (!detail) return;
  out.note = text_in(*detail, "note");
  out.asked_by = text_in(*detail, "asked_by");
  out.rule = text_in(*detail, "rule");
  out.channel = text_in(*detail, "channel");
  each_in(*detail, "choices", [&](const json::object& slot) {
    out.choices.push_back({time_in(slot, "from"), time_in(slot, "until")});
  });
  each_in(*detail, "attempts", [&](const json::object& one) {
    CallAttempt& attempt = out.attempts.emplace_back();
    attempt = {time_in(one, "at"), text_in(one, "agent"), CallOutcome::reached, text_in(one, "note")};
    parse(text_in(one, "outcome"), attempt.outcome);
  });
  each_in(*detail, "history", [&](const json::object& one) {
    out.history.push_back({time_in(one, "at"), text_in(one, "what"), text_in(one, "by"), text_in(one, "why")});
  });
}

std::string callback_to_json(const Callback& c, const Contact* contact) {
  json::object out{{"id", to_string(c.id)}, {"conversation", to_string(c.conversation)}};
  out["queue"] = c.queue;
  out["number"] = or_null(c.number);
  out["state"] = name_of(c.state);
  out["from"] = shown(c.slot.from);
  out["until"] = shown(c.slot.until);
  out["note"] = or_null(c.note);
  out["asked_by"] = or_null(c.asked_by);
  out["offer"] =
      c.rule.empty()
          ? json::value(nullptr)
          : json::value(json::object{{"rule", c.rule}, {"channel", c.channel}, {"slots", slots(c.choices, shown)}});
  out["attempts"] = attempts(c.attempts, shown);
  out["history"] = history(c.history, shown);
  out["created_at"] = shown(c.created_at);
  std::string text = json::serialize(out);
  text.pop_back();
  return text + ",\"contact\":" + person(contact) + "}";
}

}  // namespace jackfield
