#include "flow/callback_offer.hpp"

#include <algorithm>
#include <array>
#include <boost/json/object.hpp>

#include "flow/auto_answer.hpp"
#include "flow/callback.hpp"
#include "flow/callback_course.hpp"
#include "flow/convert.hpp"
#include "flow/operations.hpp"
#include "flow/phone_number.hpp"
#include "flow/question.hpp"

namespace jackfield::flow {
namespace {

namespace json = boost::json;

constexpr std::string_view kChoice = "callback-";  // ids of the choices: callback-1, …
constexpr std::array<std::string_view, 16> kYes{"yes", "y",   "ok", "okay", "oui",        "ja",   "si", "sí",
                                                "sim", "tak", "da", "да",   "yes please", "はい", "是", "نعم"};

// --- what is said

void replace_all(std::string& text, std::string_view key, std::string_view with) {
  for (auto at = text.find(key); at != std::string::npos; at = text.find(key, at + with.size()))
    text.replace(at, key.size(), with);
}

struct Said {
  const Texts* texts = nullptr;
  std::string number;  // "tel:…" or empty
  CallbackSlot slot;
  std::string queue;  // whose clock it is told by
};

std::string worded(store::Unit& unit, const Environment& env, const Said& said, const Conversation& conversation,
                   const Contact& contact, Time now) {
  std::string text = text_for(*said.texts, language_of(conversation, contact));
  replace_all(text, "{number}", said.number.empty() ? std::string_view{} : std::string_view(said.number).substr(4));
  replace_all(text, "{slot}", shown_time(env, said.queue, said.slot.from));
  return filled_in(unit, env, text, conversation, contact, now);
}

json::object choices_part(const Environment& env, const std::string& queue, std::string text,
                          const std::vector<CallbackSlot>& slots) {
  json::array options;
  for (std::size_t i = 0; i < slots.size(); ++i)
    options.push_back(json::object{{"id", std::string(kChoice) + std::to_string(i + 1)},
                                   {"title", shown_time(env, queue, slots[i].from)}});
  return {{"type", "choices"}, {"text", std::move(text)}, {"options", std::move(options)}};
}

// As buttons where the channel has them, else as a numbered list.
json::object shaped_for(const Channel* channel, json::object part) {
  if (channel && (shows_choices(*channel) || lists_choices(*channel))) return part;
  return {{"type", "text"}, {"text", text_for(part)}};
}

std::string send(store::Unit& unit, const Environment& env, Conversation& conversation, const Message& message,
                 json::object part, const std::string& author) {
  ReplyRequest request;
  request.parts.push_back(std::move(part));
  request.channel = message.channel;
  request.author = author;
  request.automatic = true;
  const auto sent = reply(unit, env, conversation.id, std::move(request));
  return sent ? std::string{} : sent.error().message;
}

std::string why_not(store::Unit& unit, const Conversation& conversation, const Message& message) {
  if (!message.content.automatic.empty()) return "it is automatic itself (" + message.content.automatic + ")";
  if (message.visibility != Visibility::private_) return "it would be public";
  if (conversation.work.answered_by_rule) return "the last answer was automatic already";
  if (conversation.state == ConversationState::closed) return "the conversation is closed";
  if (open_callback(unit, conversation)) return "a callback is agreed already";
  return {};
}

Callback& keep_offer(store::Unit& unit, const Environment& env, const Conversation& conversation,
                     const Message& message, const RuleSpec& rule, const Said& said, std::vector<CallbackSlot> slots,
                     Time now) {
  Callback made;
  made.id = env.ids.next();
  made.conversation = conversation.id;
  made.queue = said.queue;
  made.number = said.number;
  made.state = CallbackState::offered;
  made.slot = slots.front();
  made.created_at = now;
  made.asked_by = "customer";
  made.rule = rule.name;
  made.channel = message.channel;
  made.choices = std::move(slots);
  record_change(made, "offered", "", "rule \"" + rule.name + "\"", now);
  return unit.add(std::move(made));
}

// --- what is answered

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kAround = " \t\r\n.!)*_\"";
  const auto first = text.find_first_not_of(kAround);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kAround) - first + 1);
}

std::string_view first_line(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  text.remove_prefix(first);
  return text.substr(0, text.find('\n'));
}

std::optional<std::size_t> chosen(const Content& content, std::size_t choices) {
  const auto number = std::strtoul(std::string(choice_made(content, kChoice)).c_str(), nullptr, 10);
  if (number < 1 || number > choices) return std::nullopt;
  return number - 1;
}

bool is_yes(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; });
  return std::find(kYes.begin(), kYes.end(), lower) != kYes.end();
}

// "2" of "2", "2." and "2 +33 6 …"; what is behind it is left in the text.
std::optional<std::size_t> leading_choice(std::string_view& text, std::size_t choices) {
  const auto end = std::min(text.find_first_not_of("0123456789"), text.size());
  if (end == 0 || end > 2) return std::nullopt;
  if (end < text.size() && std::string_view(" .,:)").find(text[end]) == std::string_view::npos) return std::nullopt;
  const auto number = std::strtoul(std::string(text.substr(0, end)).c_str(), nullptr, 10);
  if (number < 1 || number > choices) return std::nullopt;
  text = trimmed(text.substr(end));
  if (text.starts_with(',') || text.starts_with(':')) text = trimmed(text.substr(1));
  return number - 1;
}

}  // namespace

std::string offer_callback(store::Unit& unit, const Environment& env, Conversation& conversation,
                           const Contact& contact, const Message& message, const RuleSpec& rule, Time now) {
  if (auto no = why_not(unit, conversation, message); !no.empty()) return no;
  const CallbackOffer& offer = *rule.callback;
  Said said{.texts = &offer.text, .queue = callback_queue(env, conversation.queue)};
  said.number = attested_number(contact, message.content.from.uri);
  const bool asks = said.number.empty();
  if (asks && offer.ask_number.empty()) return "no number of the contact is vouched for";
  if (asks) said.texts = &offer.ask_number;
  auto slots = next_slots(unit, env, said.queue, now, asks ? 1 : callback_terms(env, said.queue).choices);
  if (slots.empty()) return "no slot is free";
  said.slot = slots.front();
  std::string text = worded(unit, env, said, conversation, contact, now);
  auto part = asks ? json::object{{"type", "text"}, {"text", std::move(text)}}
                   : shaped_for(env.channel(message.channel), choices_part(env, said.queue, std::move(text), slots));
  if (auto refused = send(unit, env, conversation, message, std::move(part), rule.name); !refused.empty())
    return refused;
  const Time lapses = std::min(now + callback_terms(env, said.queue).answer_within, slots.back().until);
  Callback& made = keep_offer(unit, env, conversation, message, rule, said, std::move(slots), now);
  set_callback_timer(unit, env, made, lapses);
  tell_callback(unit, EventType::callback_offered, made, conversation, "", now);
  return {};
}

std::optional<OfferAnswer> read_offer_answer(const Content& content, std::size_t choices) {
  if (const auto button = chosen(content, choices)) return OfferAnswer{*button, {}};
  std::string_view text = trimmed(first_line(content.new_text.empty() ? content.text : content.new_text));
  if (choices == 1 && is_yes(text)) return OfferAnswer{};
  const auto number = leading_choice(text, choices);
  if (number && text.empty()) return OfferAnswer{*number, {}};
  auto call = callable_number(text);
  if (!call) return std::nullopt;
  return OfferAnswer{number.value_or(0), std::move(*call)};
}

bool take_offered_callback(store::Unit& unit, const Environment& env, Conversation& conversation,
                           const Contact& contact, const Message& message, Time now) {
  Callback* offered = open_callback(unit, conversation);
  if (!offered || offered->state != CallbackState::offered || offered->channel != message.channel) return false;
  const auto answer = read_offer_answer(message.content, offered->choices.size());
  if (!answer || (answer->number.empty() && offered->number.empty())) return false;
  const CallbackSlot slot = offered->choices[answer->choice];
  if (slot.until <= now) return false;
  if (!answer->number.empty()) offered->number = answer->number;
  record_change(*offered, "requested", "customer", "", now);
  offered->slot = slot;
  unit.changed(*offered);
  tell_callback(unit, EventType::callback_requested, *offered, conversation, "", now);
  const auto& rules = env.config.rules;
  const auto rule = std::find_if(rules.begin(), rules.end(), [&](const auto& r) { return r.name == offered->rule; });
  if (rule != rules.end() && rule->callback && !rule->callback->confirm.empty()) {
    const Said said{&rule->callback->confirm, offered->number, slot, offered->queue};
    // Asked for, so it is no answer of ours to our own; where the channel refuses it, the callback stands all the same.
    (void)send(unit, env, conversation, message,
               {{"type", "text"}, {"text", worded(unit, env, said, conversation, contact, now)}}, offered->rule);
  }
  note_callback(unit, env, conversation, *offered,
                "Callback agreed: " + offered->number.substr(4) + " at " + shown_time(env, offered->queue, slot.from),
                now);
  schedule(unit, env, *offered, slot, now);
  return true;
}

}  // namespace jackfield::flow
