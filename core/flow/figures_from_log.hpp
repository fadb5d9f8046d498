// The figures once more, slowly and plainly, by one who knows nothing but what the event log tells and the
// configuration: as a CRM would compute them. For tests only.
#pragma once

#include <boost/json/parse.hpp>
#include <map>
#include <set>
#include <vector>

#include "flow/environment.hpp"
#include "model/json.hpp"
#include "store/reader.hpp"

namespace jackfield::flow {

class FiguresFromLog {
 public:
  // All the durations of a key, as they came: nothing is put into steps before the end.
  struct Heap {
    std::map<Count, std::int64_t> counts;
    std::map<Measure, std::vector<std::pair<Millis, Millis>>> durations;  // wall, open
  };

  FiguresFromLog(const Environment& env, std::set<std::string> agents) : env_(env), agents_(std::move(agents)) {}

  // The next events of the log, all of each commit.
  void read(const std::vector<store::EventView>& views) {
    for (const auto& view : views) {
      const bool routes =
          view.event.type == EventType::conversation_routed || view.event.type == EventType::conversation_updated;
      if (routes && view.event.message) routed_[view.event.message] = text(data_of(view.event), "queue");
    }
    for (const auto& view : views) read(view);
  }

  std::map<FiguresKey, Figures> figures() const {
    std::map<FiguresKey, Figures> out;
    for (const auto& [key, heap] : heaps_) {
      out[key].add(summed(heap));
      out[{.day = kAllDays, .channel = key.channel, .queue = key.queue, .agent = {}}].add(summed(heap));
    }
    return out;
  }
  const std::map<FiguresKey, Heap>& heaps() const { return heaps_; }
  const std::vector<std::string>& faults() const { return faults_; }

 private:
  // What a follower keeps of a conversation.
  struct Story {
    ConversationState state = ConversationState::open;
    std::string queue, assignee, last_agent;
    std::string wrote_on;   // the channel of the customer's last message; empty: they never wrote
    std::string opened_on;  // that when it was last opened
    Time opened{};          // 0: it is closed, or the customer never wrote
    Time answered{};
    Time waits_since{};
    std::set<std::pair<std::string, std::string>> missed;  // level and queue, since it was opened
  };

  static boost::json::object data_of(const Event& event) {
    return event.data.empty() ? boost::json::object{} : boost::json::parse(event.data).as_object();
  }
  static std::string text(const boost::json::object& data, std::string_view name) {
    const auto* value = data.if_contains(name);
    return value && value->is_string() ? std::string(value->get_string()) : std::string{};
  }

  std::string agent(const std::string& name, const std::string& otherwise = {}) const {
    if (agents_.contains(name)) return name;
    return agents_.contains(otherwise) ? otherwise : std::string{};
  }
  Heap& at(Time when, const std::string& channel, const std::string& queue, const std::string& agent) {
    return heaps_[{.day = env_.report_day(when), .channel = channel, .queue = queue, .agent = agent}];
  }
  Heap& at(const Event& event, const Story& story, const std::string& agent) {
    return at(event.at, story.opened_on.empty() ? event.source : story.opened_on, story.queue, agent);
  }
  Millis open_time(const std::string& queue, Time from, Time to) const {
    const Calendar* hours = env_.calendar(env_.config.queue(queue)->hours);
    return hours ? hours->between(from, to) : to - from;
  }
  void measure(const Event& event, const Story& story, const std::string& agent, Measure which, Time since) {
    at(event, story, agent).durations[which].emplace_back(event.at - since, open_time(story.queue, since, event.at));
  }
  // In time for that level of the queue it is in? Nothing: there is none. What was late must have been told by then.
  std::optional<bool> in_time(const Event& event, const Story& story, const std::string& level) {
    const QueueSpec& queue = *env_.config.queue(story.queue);
    const Millis most = level == "resolution" ? queue.resolution : queue.first_response;
    if (most.count() == 0) return std::nullopt;
    const Calendar* hours = env_.calendar(queue.hours);
    const Time due = hours ? hours->add(story.opened, most).value_or(story.opened + most) : story.opened + most;
    if (event.at > due) late_.push_back({level, story.queue, event.conversation, event.at});
    return event.at <= due;
  }

  void read(const store::EventView& view) {
    const Event& event = view.event;
    if (!event.conversation) return;
    Story& story = stories_[event.conversation];
    const auto data = data_of(event);
    switch (event.type) {
      case EventType::message_received: message(event, story, data); break;
      case EventType::message_queued:
        if (queued_.insert(event.message).second) queued(view, story);
        break;
      case EventType::conversation_routed:
        event.message ? void(story.queue = text(data, "queue")) : changed(event, story, data);
        break;
      case EventType::callback_done:
      case EventType::callback_missed:
        if (story.state == ConversationState::snoozed) story.state = ConversationState::open;
        if (event.type == EventType::callback_done) answer(event, story, {}, {});
        break;
      case EventType::conversation_updated:
      case EventType::conversation_assigned:
      case EventType::conversation_closed: changed(event, story, data); break;
      case EventType::service_level_missed: missed(event, story, data); break;
      default:
        if (name_of(event.type) == "satisfaction.scored") scored(event, story, data);
    }
    wait(event, story);
  }

  void message(const Event& event, Story& story, const boost::json::object& data) {
    const std::string direction = text(data, "direction");
    if (direction == "note") return;
    if (direction == "out") return answer(event, story, event.source, {});
    if (!data.contains("quiet")) came(event, story);
    ++at(event.at, event.source, story.queue, {}).counts[Count::messages_in];
  }

  void came(const Event& event, Story& story) {
    story.wrote_on = event.source;
    if (story.state == ConversationState::closed) story.assignee.clear();
    story.state = ConversationState::open;
    if (story.opened != Time{}) return;
    if (const auto at = routed_.find(event.message); at != routed_.end()) story.queue = at->second;
    open(event, story);
  }

  void open(const Event& event, Story& story) {
    const bool again = !story.opened_on.empty();
    story.opened = event.at;
    story.answered = Time{};
    story.missed.clear();
    story.opened_on = story.wrote_on;
    ++at(event, story, {}).counts[Count::opened];
    if (again) ++at(event, story, {}).counts[Count::reopened];
  }

  void queued(const store::EventView& view, Story& story) {
    const auto content = content_from_json(view.message->content).value();
    if (content.automatic.empty()) return answer(view.event, story, view.message->head.channel, content.from.name);
    ++at(view.event.at, view.message->head.channel, story.queue, {}).counts[Count::messages_automatic];
  }

  void answer(const Event& event, Story& story, const std::string& channel, const std::string& author) {
    const std::string who = agent(author, story.assignee);
    if (!channel.empty()) ++at(event.at, channel, story.queue, who).counts[Count::messages_out];
    if (story.opened == Time{} || story.answered != Time{}) return;
    story.answered = event.at;
    measure(event, story, who, Measure::first_response, story.opened);
    if (in_time(event, story, "first_response") == true) ++at(event, story, who).counts[Count::first_response_met];
  }

  void changed(const Event& event, Story& story, const boost::json::object& data) {
    const bool was_closed = story.state == ConversationState::closed;
    ConversationState state = story.state;
    if (event.type == EventType::conversation_closed) state = ConversationState::closed;
    if (const auto said = text(data, "state"); !said.empty()) parse(said, state);
    if (data.contains("agent")) story.assignee = text(data, "agent");
    if (data.contains("assignee")) story.assignee = text(data, "assignee");
    if (data.contains("given_back_by")) story.assignee.clear();
    if (const auto queue = text(data, "queue"); !queue.empty() && queue != story.queue) move(event, story, queue);
    story.state = state;
    if (was_closed && state != ConversationState::closed && !story.wrote_on.empty()) open(event, story);
    if (!was_closed && state == ConversationState::closed) close(event, story, data.contains("by_rule"));
  }

  void move(const Event& event, Story& story, const std::string& queue) {
    if (story.opened != Time{}) ++at(event, story, {}).counts[Count::transferred_out];
    story.queue = queue;
    if (story.opened != Time{}) ++at(event, story, {}).counts[Count::transferred_in];
  }

  void close(const Event& event, Story& story, bool by_rule) {
    if (story.opened == Time{}) return;
    const std::string who = agent(story.assignee);
    auto& counts = at(event, story, who).counts;
    ++counts[Count::closed];
    if (by_rule)
      ++counts[Count::closed_by_rule];
    else if (story.answered == Time{})
      ++counts[Count::abandoned], in_time(event, story, "first_response"), in_time(event, story, "resolution");
    else if (measure(event, story, who, Measure::resolution, story.opened); in_time(event, story, "resolution") == true)
      ++counts[Count::resolution_met];
    story.opened = Time{};
  }

  void missed(const Event& event, Story& story, const boost::json::object& data) {
    const std::string level = text(data, "level"), queue = text(data, "queue");
    if (queue != story.queue) faults_.push_back("missed in " + queue + " while in " + story.queue);
    if (*parse_rfc3339(text(data, "due")) > event.at) faults_.push_back("missed before it was due");
    told_late_.insert({level, queue, event.conversation});
    ++at(event, story, agent(story.assignee))
          .counts[level == "resolution" ? Count::resolution_missed : Count::first_response_missed];
  }

  void scored(const Event& event, const Story& story, const boost::json::object& data) {
    const auto score = static_cast<int>(data.at("score").as_int64());
    ++at(event, story, agent(story.assignee, story.last_agent)).counts[count_of_score(score)];
  }

  void wait(const Event& event, Story& story) {
    const bool open = story.state == ConversationState::open;
    if (open && !story.assignee.empty()) story.last_agent = story.assignee;
    const bool waits = open && story.assignee.empty() && !story.queue.empty() && !story.wrote_on.empty();
    if (waits == (story.waits_since != Time{})) return;
    if (!waits && open && !story.assignee.empty())
      measure(event, story, agent(story.assignee), Measure::wait, story.waits_since);
    const auto since = text(data_of(event), "waits_since");
    story.waits_since = !waits ? Time{} : since.empty() ? event.at : *parse_rfc3339(since);
  }

  static Figures summed(const Heap& heap) {
    Figures out;
    for (const auto& [count, number] : heap.counts) out[count] = number;
    for (const auto& [measure, durations] : heap.durations)
      for (const auto& [wall, open] : durations) {
        put(out[measure].wall, wall);
        put(out[measure].open, open);
      }
    return out;
  }
  static void put(Spread& spread, Millis duration) {
    spread.total += duration.count();
    if (duration.count() > spread.longest) spread.longest = duration.count();
    std::size_t step = 0;
    while (step < Spread::kEnds.size() && duration > Spread::kEnds[step]) ++step;
    ++spread.steps[step];
  }

 public:
  // What was late by our own sum and nobody told of; empty when all is well.
  std::vector<std::string> untold() const {
    std::vector<std::string> out;
    for (const auto& [level, queue, conversation, when] : late_)
      if (!told_late_.contains({level, queue, conversation}))
        out.push_back(level + " of " + to_string(conversation) + " in " + queue + " at " + to_rfc3339(when));
    return out;
  }

 private:
  struct Late {
    std::string level, queue;
    Id conversation;
    Time at;
  };

  const Environment& env_;
  const std::set<std::string> agents_;
  std::map<Id, Story> stories_;
  std::map<Id, std::string> routed_;  // by message
  std::set<Id> queued_;
  std::map<FiguresKey, Heap> heaps_;
  std::vector<Late> late_;
  std::set<std::tuple<std::string, std::string, Id>> told_late_;
  std::vector<std::string> faults_;
};

}  // namespace jackfield::flow
