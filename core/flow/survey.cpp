#include "flow/survey.hpp"

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "flow/auto_answer.hpp"
#include "flow/conversation_timers.hpp"
#include "flow/figures.hpp"
#include "flow/merge.hpp"
#include "flow/operations.hpp"
#include "flow/question.hpp"
#include "flow/score.hpp"

namespace jackfield::flow {
namespace {

namespace json = boost::json;
using store::TimerKind;

constexpr std::string_view kChoice = "satisfaction:";  // then the conversation, a colon, and the score
constexpr std::size_t kMostOpenQuestions = 8;          // of one person; older ones are answered by reference only

// --- asking

json::array options(const Conversation& conversation, const SatisfactionSpec& spec, const std::string& language) {
  json::array out;
  const Scale& scale = spec.scale;
  const std::vector<std::string>* names = nullptr;
  if (!scale.empty()) {
    Texts keys;  // chosen as texts are
    for (const auto& [key, _] : scale) keys[key] = key;
    names = &scale.at(text_for(keys, language));
  }
  std::string stars;
  for (int score = 1; score <= kBestScore; ++score) {
    stars += "\u2605";
    out.push_back(json::object{{"id", std::string(kChoice) + to_string(conversation.id) + ":" + std::to_string(score)},
                               {"title", names ? names->at(static_cast<std::size_t>(score - 1)) : stars}});
  }
  return out;
}

// Choices where the channel has them; as a numbered list where they are made text and have names to be told apart by.
ReplyRequest question(const Channel& channel, const Conversation& conversation, const SatisfactionSpec& spec,
                      std::string text, const std::string& language) {
  ReplyRequest out;
  if (shows_choices(channel) || (lists_choices(channel) && !spec.scale.empty()))
    out.parts.push_back(json::object{
        {"type", "choices"}, {"text", std::move(text)}, {"options", options(conversation, spec, language)}});
  else
    out.text = std::move(text);
  out.channel = channel.policy.name;
  out.author = "satisfaction";
  out.automatic = true;
  return out;
}

// Somebody who is being helped elsewhere by now.
bool in_another_matter(store::Unit& unit, const Channel& channel, const Conversation& conversation) {
  const auto scope = scope_of(channel, Visibility::private_);
  if (scope == ConversationScope::thread) return false;
  const auto* other = unit.latest_in_scope(scope_key(scope, channel.policy.name, conversation.contact, ""));
  return other && other->id != conversation.id && other->state != ConversationState::closed;
}

// Empty: ask.
std::string why_not(store::Unit& unit, const Environment& env, const Conversation& conversation,
                    const SatisfactionSpec& spec, Time now) {
  if (conversation.last_outbound_at <= conversation.satisfaction.asked_at) return "no person answered";
  if (conversation.work.answered_by_rule) return "the last answer was automatic already";
  const ChannelUse& use = conversation.channels.front();
  const Message* last = use.last_inbound ? unit.message(use.last_inbound) : nullptr;
  if (!last) return "the customer wrote nothing";
  if (!last->content.automatic.empty()) return "a machine wrote last (" + last->content.automatic + ")";
  if (last->visibility == Visibility::public_) return "the customer wrote in public";
  const Channel* channel = env.channel(use.channel);
  if (!channel) return "channel " + use.channel + " is not configured any more";
  const auto before = unit.asked(conversation.contact, 1);
  if (!before.empty() && now - before.front()->satisfaction.asked_at < spec.not_again_within)
    return "they were asked on " + to_rfc3339(before.front()->satisfaction.asked_at);
  if (in_another_matter(unit, *channel, conversation)) return "they have another open conversation";
  return {};
}

std::string ask(store::Unit& unit, const Environment& env, Conversation& conversation, const SatisfactionSpec& spec,
                Time now) {
  if (auto refused = why_not(unit, env, conversation, spec, now); !refused.empty()) return refused;
  const Contact* contact = living_contact(unit, conversation.contact);
  if (!contact) return "there is no contact";
  const std::string& language = language_of(conversation, *contact);
  auto text = filled_in(unit, env, text_for(spec.ask, language), conversation, *contact, now);
  const Channel& channel = *env.channel(conversation.channels.front().channel);
  auto sent = reply(unit, env, conversation.id, question(channel, conversation, spec, std::move(text), language));
  if (!sent) return sent.error().message;
  conversation.satisfaction =
      Satisfaction{.asked_at = now, .until = now + spec.within, .question = (*sent)->id, .changed = true};
  unit.changed(conversation);
  return {};
}

// Beside the record of why it was where it was.
void record(store::Unit& unit, const Conversation& conversation, const std::string& refused, Time now) {
  const std::string text = unit.decision(conversation.id);
  boost::system::error_code bad;
  json::value decision = json::parse(text.empty() ? "{}" : text, bad);
  if (bad || !decision.is_object()) return;
  json::object told{{"asked", refused.empty()}, {"at", to_rfc3339(now)}};
  if (!refused.empty()) told["why_not"] = refused;
  decision.get_object()["satisfaction"] = std::move(told);
  unit.set_decision(conversation.id, json::serialize(decision));
}

// --- reading

struct Chosen {
  Id conversation;
  int score = 0;
};

std::optional<Chosen> chosen(const Content& content) {
  const std::string_view told = choice_made(content, kChoice);
  const auto colon = told.find(':');
  if (colon == std::string_view::npos || told.size() != colon + 2) return std::nullopt;
  const auto conversation = parse_id(told.substr(0, colon));
  const int score = told[colon + 1] - '0';
  if (!conversation || score < 1 || score > kBestScore) return std::nullopt;
  return Chosen{*conversation, score};
}

std::string_view new_text(const Content& content) {
  return content.new_text.empty() ? std::string_view(content.text) : content.new_text;
}

const Scale& scale_of(const Environment& env, const Conversation& conversation) {
  static const Scale none;
  const auto* spec = env.config.satisfaction_of(conversation.queue);
  return spec ? spec->scale : none;
}

bool is_waited_for(const Conversation& c, Time now) {
  return c.satisfaction.score == 0 && c.satisfaction.question && now <= c.satisfaction.until;
}

// The question that it says it answers.
Conversation* asked_by_parent(store::Unit& unit, const Found& found) {
  const Message* parent = found.reply_to ? unit.message(found.reply_to) : nullptr;
  Conversation* conversation = parent && parent->conversation ? unit.conversation(parent->conversation) : nullptr;
  return conversation && conversation->satisfaction.question == parent->id ? conversation : nullptr;
}

// The newest question that is open, when nothing else would get the message.
Conversation* asked_last(store::Unit& unit, const Found& found, const Contact& contact, Time now) {
  for (auto* conversation : unit.asked(contact.id, kMostOpenQuestions)) {
    if (!is_waited_for(*conversation, now) || conversation->state != ConversationState::closed) continue;
    const bool elsewhere = found.conversation && found.conversation != conversation &&
                           found.conversation->state != ConversationState::closed;
    return elsewhere ? nullptr : conversation;
  }
  return nullptr;
}

bool may_be_score(const Environment& env, const Content& content) {
  if (env.config.satisfaction && read_score(new_text(content), env.config.satisfaction->scale, true)) return true;
  for (const auto& queue : env.config.queues)
    if (queue.satisfaction && read_score(new_text(content), queue.satisfaction->scale, true)) return true;
  return false;
}

// --- taking

std::string told(const Conversation& conversation, const Message& answer) {
  const Satisfaction& s = conversation.satisfaction;
  json::object out{{"score", s.score},
                   {"words", s.words},
                   {"message", to_string(answer.id)},
                   {"channel", answer.channel},
                   {"asked_at", to_rfc3339(s.asked_at)}};
  const auto& agent = conversation.assignee.empty() ? conversation.work.last_agent : conversation.assignee;
  out["queue"] = conversation.queue.empty() ? json::value(nullptr) : json::value(conversation.queue);
  out["agent"] = agent.empty() ? json::value(nullptr) : json::value(agent);
  return json::serialize(out);
}

void thank(store::Unit& unit, const Environment& env, Conversation& conversation, const Message& answer, Time now) {
  const auto* spec = env.config.satisfaction_of(conversation.queue);
  const Contact* contact = living_contact(unit, conversation.contact);
  if (!spec || spec->thanks.empty() || !contact) return;
  ReplyRequest request;
  request.text =
      filled_in(unit, env, text_for(spec->thanks, language_of(conversation, *contact)), conversation, *contact, now);
  request.channel = answer.channel;
  request.author = "satisfaction";
  request.automatic = true;
  reply(unit, env, conversation.id, std::move(request));  // where it cannot be said, nothing is lost
}

void score_it(store::Unit& unit, const Environment& env, Conversation& conversation, const Message& answer, Score score,
              Time now) {
  Satisfaction& s = conversation.satisfaction;
  s.score = score.value;
  s.words = score.words;
  s.scored_at = now;
  s.answer = answer.id;
  s.changed = true;
  unit.changed(conversation);
  unit.add(Event{.type = EventType::satisfaction_scored,
                 .at = now,
                 .source = "satisfaction",
                 .conversation = conversation.id,
                 .message = answer.id,
                 .contact = conversation.contact,
                 .data = told(conversation, answer)});
  count_score(unit, env, conversation, score.value, now);
  thank(unit, env, conversation, answer, now);
}

// Bad news with words is for a person: it comes back into its queue, who had it is asked first.
bool reopen_for_person(const Environment& env, Conversation& conversation, Score score) {
  const auto* spec = env.config.satisfaction_of(conversation.queue);
  if (!spec || !score.words || score.value > spec->low) return false;
  if (conversation.state == ConversationState::open) return true;
  conversation.assignee.clear();
  conversation.state = ConversationState::open;
  conversation.closed_at = conversation.snoozed_until = Time{};
  return true;
}

Expected taken(store::Unit& unit, const Environment& env, Conversation& conversation, const Found& found, Score score,
               Time now) {
  Expected out;
  out.where.conversation = &conversation;
  out.where.reply_to = found.reply_to;
  out.where.how = "it answers the question how it was";
  if (!is_waited_for(conversation, now)) {  // chosen twice, or too late: kept, and nobody is bothered
    out.take = [](Message&) {};
    return out;
  }
  const bool was_closed = conversation.state == ConversationState::closed;
  out.goes_on = reopen_for_person(env, conversation, score);
  out.where.reopened = out.goes_on && was_closed;
  out.take = [&unit, &env, &conversation, score, now](Message& answer) {
    score_it(unit, env, conversation, answer, score, now);
  };
  return out;
}

}  // namespace

void ask_later(store::Unit& unit, const Environment& env, const Conversation& conversation) {
  const auto* spec = env.config.satisfaction_of(conversation.queue);
  if (!spec || conversation.channels.empty() || conversation.last_outbound_at == Time{}) return;
  set_timer(unit, env, TimerKind::survey, conversation, conversation.closed_at + spec->after,
            std::to_string(to_ms(conversation.closed_at)));
}

void ask_now(store::Unit& unit, const Environment& env, store::Timer& timer, Time now) {
  Conversation* conversation = unit.conversation(timer.message);
  const std::string closed_at = timer.payload;
  unit.remove(timer);
  const bool still_closed = conversation && conversation->state == ConversationState::closed &&
                            !conversation->channels.empty() &&
                            std::to_string(to_ms(conversation->closed_at)) == closed_at;
  const auto* spec = still_closed ? env.config.satisfaction_of(conversation->queue) : nullptr;
  if (!spec) return;
  record(unit, *conversation, ask(unit, env, *conversation, *spec, now), now);
}

std::optional<Expected> expected_score(store::Unit& unit, const Environment& env, const Channel& channel,
                                       const Inbound& message, const Contact& contact, Time now) {
  if (const auto choice = chosen(message.content)) {
    Conversation* conversation = unit.conversation(choice->conversation);
    const bool theirs = conversation && conversation->contact == contact.id && conversation->satisfaction.question;
    if (theirs)
      return taken(unit, env, *conversation, find_conversation(unit, env, channel, message, contact, now),
                   {choice->score, false}, now);
  }
  if (!may_be_score(env, message.content)) return std::nullopt;
  const Found found = find_conversation(unit, env, channel, message, contact, now);
  Conversation* conversation = asked_by_parent(unit, found);
  const bool surely = conversation && conversation->contact == contact.id;
  if (!surely) conversation = asked_last(unit, found, contact, now);
  if (!conversation || !is_waited_for(*conversation, now)) return std::nullopt;
  const auto score = read_score(new_text(message.content), scale_of(env, *conversation), surely);
  if (!score) return std::nullopt;
  return taken(unit, env, *conversation, found, *score, now);
}

}  // namespace jackfield::flow
