#include "flow/figures.hpp"

#include <algorithm>
#include <initializer_list>

namespace jackfield::flow {
namespace {

// The first of the names that an agent has; others (programs, people whom nobody described) are nobody's row, so that
// what callers write does not make rows.
std::string agent_among(store::Unit& unit, std::initializer_list<const std::string*> names) {
  for (const std::string* name : names)
    if (!name->empty() && unit.agent(*name)) return *name;
  return {};
}

template <class Add>
void add(store::Unit& unit, const Environment& env, FiguresKey key, Time now, Add to) {
  key.day = env.report_day(now);
  to(unit.figures(key));
  key.day = kAllDays;
  key.agent.clear();
  to(unit.figures(key));
}

void count(store::Unit& unit, const Environment& env, FiguresKey key, Count which, Time now) {
  add(unit, env, std::move(key), now, [which](Figures& figures) { ++figures[which]; });
}

Millis open_time(const Environment& env, const std::string& queue, Time from, Time to) {
  const QueueSpec* spec = env.config.queue(queue);
  const Calendar* hours = spec ? env.calendar(spec->hours) : nullptr;
  return hours ? hours->between(from, to) : std::max(Millis{0}, to - from);
}

void measure(store::Unit& unit, const Environment& env, FiguresKey key, Measure which, Time from, Time now) {
  const Millis wall = now - from, open = open_time(env, key.queue, from, now);
  add(unit, env, std::move(key), now, [&](Figures& figures) {
    figures[which].wall.add(wall);
    figures[which].open.add(open);
  });
}

// Where the customer wrote last: ids rise. Who never wrote asked to be called.
std::string newest_channel(const Conversation& conversation) {
  const auto& uses = conversation.channels;
  const auto newest = std::max_element(uses.begin(), uses.end(), [](const ChannelUse& a, const ChannelUse& b) {
    return a.last_inbound < b.last_inbound;
  });
  return newest == uses.end() ? "callback" : newest->channel;
}

// One that was never opened by its customer is that of the channel we began it on.
FiguresKey key_of(const Conversation& conversation, std::string agent = {}) {
  const std::string& opened_on = conversation.work.opened_on;
  return {.channel = opened_on.empty() ? newest_channel(conversation) : opened_on,
          .queue = conversation.queue,
          .agent = std::move(agent)};
}

bool is_response(Measure level) { return level == Measure::first_response; }

}  // namespace

void count_opened(store::Unit& unit, const Environment& env, Conversation& conversation, Time now) {
  Work& work = conversation.work;
  const bool again = !work.opened_on.empty();
  work.opened_at = now;
  work.opened_on = newest_channel(conversation);
  work.answered = false;
  work.changed = true;
  add(unit, env, key_of(conversation), now, [again](Figures& figures) {
    ++figures[Count::opened];
    if (again) ++figures[Count::reopened];
  });
}

void count_closed(store::Unit& unit, const Environment& env, const Conversation& conversation, Closing how, Time now) {
  const FiguresKey key = key_of(conversation, agent_among(unit, {&conversation.assignee}));
  add(unit, env, key, now, [how](Figures& figures) {
    ++figures[Count::closed];
    if (how == Closing::unanswered) ++figures[Count::abandoned];
    if (how == Closing::by_rule) ++figures[Count::closed_by_rule];
  });
  if (how == Closing::answered) measure(unit, env, key, Measure::resolution, conversation.work.opened_at, now);
}

void count_message(store::Unit& unit, const Environment& env, const Conversation& conversation,
                   const std::string& channel, Count which, Time now) {
  count(unit, env, {.channel = channel, .queue = conversation.queue, .agent = {}}, which, now);
}

void count_answer(store::Unit& unit, const Environment& env, Conversation& conversation, const std::string& channel,
                  const std::string& author, Time now) {
  Work& work = conversation.work;
  const std::string agent = agent_among(unit, {&author, &conversation.assignee});
  if (!channel.empty())
    count(unit, env, {.channel = channel, .queue = conversation.queue, .agent = agent}, Count::messages_out, now);
  if (work.opened_at == Time{} || work.answered) return;
  work.answered = work.changed = true;
  measure(unit, env, key_of(conversation, agent), Measure::first_response, work.opened_at, now);
}

void count_taken(store::Unit& unit, const Environment& env, const Conversation& conversation, Time now) {
  measure(unit, env, key_of(conversation, agent_among(unit, {&conversation.assignee})), Measure::wait,
          conversation.work.waiting_since, now);
}

void count_transferred(store::Unit& unit, const Environment& env, const Conversation& conversation,
                       const std::string& from, Time now) {
  FiguresKey key = key_of(conversation);
  count(unit, env, key, Count::transferred_in, now);
  key.queue = from;
  count(unit, env, key, Count::transferred_out, now);
}

void count_level_met(store::Unit& unit, const Environment& env, const Conversation& conversation, Measure level,
                     const std::string& author, Time now) {
  count(unit, env, key_of(conversation, agent_among(unit, {&author, &conversation.assignee})),
        is_response(level) ? Count::first_response_met : Count::resolution_met, now);
}

void count_level_missed(store::Unit& unit, const Environment& env, const Conversation& conversation, Measure level,
                        Time now) {
  count(unit, env, key_of(conversation, agent_among(unit, {&conversation.assignee})),
        is_response(level) ? Count::first_response_missed : Count::resolution_missed, now);
}

void count_score(store::Unit& unit, const Environment& env, const Conversation& conversation, int score, Time now) {
  if (score < 1 || score > kBestScore) return;
  const std::string agent = agent_among(unit, {&conversation.assignee, &conversation.work.last_agent});
  count(unit, env, key_of(conversation, agent), count_of_score(score), now);
}

}  // namespace jackfield::flow
