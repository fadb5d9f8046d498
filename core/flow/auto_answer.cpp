#include "flow/auto_answer.hpp"

#include <algorithm>

#include "flow/language.hpp"
#include "flow/operations.hpp"
#include "flow/question.hpp"
#include "flow/queue_now.hpp"

namespace jackfield::flow {
namespace {

std::string first_word(const std::string& name) { return name.substr(0, name.find(' ')); }

// For people: "5 min", "2 h".
std::string shown(Millis wait) {
  const auto minutes = (wait.count() + 59'999) / 60'000;
  if (minutes < 90) return std::to_string(std::max<std::int64_t>(1, minutes)) + " min";
  return std::to_string((minutes + 30) / 60) + " h";
}

std::string wait_in(store::Unit& unit, const Environment& env, const std::string& queue) {
  const auto wait = queue_now(unit, env, queue).wait;
  return wait ? shown(*wait) : std::string{};
}

// In the calendar's own clock, since that is the one on the customer's wall more often than ours.
std::string opening(const Environment& env, const std::string& name, Time now) {
  const QueueSpec* queue = env.config.queue(name);
  const Calendar* calendar = queue ? env.calendar(queue->hours) : nullptr;
  const auto next = calendar ? calendar->next_open(now) : std::nullopt;
  return next ? calendar->shown(*next) : std::string{};
}

}  // namespace

const std::string& text_for(const Texts& texts, std::string_view language) {
  if (const auto at = texts.find(std::string(language)); at != texts.end()) return at->second;
  for (const auto& [key, text] : texts)
    if (!key.empty() && is_language(language, key)) return text;
  const auto any = texts.find("");
  return any == texts.end() ? texts.begin()->second : any->second;
}

std::string filled_in(store::Unit& unit, const Environment& env, std::string_view text,
                      const Conversation& conversation, const Contact& contact, Time now) {
  std::string out;
  while (!text.empty()) {
    const auto open = text.find('{');
    const auto close = open == std::string_view::npos ? open : text.find('}', open);
    if (close == std::string_view::npos) return out.append(text);
    out.append(text.substr(0, open));
    const std::string key(text.substr(open + 1, close - open - 1));
    text.remove_prefix(close + 1);
    if (key == "name")
      out += contact.name;
    else if (key == "first_name")
      out += first_word(contact.name);
    else if (key == "queue")
      out += conversation.queue;
    else if (key == "wait")
      out += wait_in(unit, env, conversation.queue);
    else if (key == "opens_at")
      out += opening(env, conversation.queue, now);
    else if (const auto at = contact.attributes.find(key); at != contact.attributes.end())
      out += at->second;
  }
  return out;
}

std::string answer_automatically(store::Unit& unit, const Environment& env, Conversation& conversation,
                                 const Contact& contact, const Message& message, const Texts& texts,
                                 const std::string& author, Time now) {
  if (!message.content.automatic.empty()) return "it is automatic itself (" + message.content.automatic + ")";
  if (conversation.work.answered_by_rule) return "the last answer was automatic already";
  ReplyRequest request;
  request.text =
      filled_in(unit, env, text_for(texts, language_of(conversation, contact)), conversation, contact, now);
  request.channel = message.channel;
  request.author = author;
  request.automatic = true;
  if (request.text.empty()) return "the text is empty";
  const auto sent = reply(unit, env, conversation.id, std::move(request));
  return sent ? std::string{} : sent.error().message;
}

}  // namespace jackfield::flow
