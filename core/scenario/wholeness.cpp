#include "scenario/wholeness.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "base/has.hpp"
#include "flow/callback_course.hpp"

namespace jackfield::scenario {
namespace {

using store::TimerKind;

class Looking {
 public:
  Looking(store::Unit& unit, const flow::Environment& env, Time now) : unit_(unit), env_(env), now_(now) {}

  void look_at(const Conversation& c) {
    about_ = "conversation " + to_string(c.id) + " in queue \"" + c.queue + "\"";
    const Work& w = c.work;
    const bool open = c.state == ConversationState::open;
    const bool should_wait = open && c.assignee.empty() && !c.queue.empty() && c.last_inbound_at != Time{};
    if (open && c.queue.empty() && c.last_inbound_at != Time{}) tell("is open and in no queue");
    if (should_wait && w.waiting_since == Time{}) tell("is open, nobody has it, and it does not wait");
    if (!should_wait && w.waiting_since != Time{}) tell("waits though it need not");
    if (should_wait && (w.order != 0) == !w.offered_to.empty())
      tell("is neither sought an agent for nor offered to one");
    if (!should_wait && w.order != 0) tell("is sought an agent for though it does not wait");
    if (!c.assignee.empty() && !w.offered_to.empty()) tell("is with " + c.assignee + " and offered to " + w.offered_to);
    look_at_holder(c, open);
    look_at_offer(c);
    if (w.order != 0 && !env_.config.queue(c.queue)) tell("waits in a queue that is not configured");
    if (w.order != 0) waiting_.push_back({c.queue, w.capacity_class, w.passed_by, about_, c.id});
    if (c.state == ConversationState::snoozed && !unit_.timer(TimerKind::wake, "", to_string(c.id)) &&
        !flow::open_callback(unit_, c))
      tell("is snoozed and nothing wakes it");
  }

  void look_at_agents() {
    for (const Agent* agent : unit_.agents()) {
      about_ = "agent " + agent->name;
      if (agent->load != loads_[agent->name]) tell("has another load than what they hold");
      if (agent->presence != Presence::offline && !unit_.timer(TimerKind::presence, "", agent->name))
        tell("is there and nothing looks whether they stay");
      for (const auto& free : agent->free)
        for (const auto& one : waiting_)
          if (one.queue == free.queue && one.capacity_class == free.capacity_class && !has(one.passed_by, agent->name))
            tell("is free while " + one.about + " waits");
    }
    for (const auto& one : waiting_)
      if (!one.passed_by.empty() && !unit_.timer(TimerKind::seek_again, "", to_string(one.id))) {
        about_ = one.about;
        if (anybody_could(one)) tell("was passed by and nobody is asked again");
      }
  }

  std::vector<std::string> found;

 private:
  struct Waiting {
    std::string queue;
    CapacityClass capacity_class;
    std::vector<std::string> passed_by;
    std::string about;
    Id id;
  };

  void tell(const std::string& what) { found.push_back(about_ + " " + what); }

  void look_at_holder(const Conversation& c, bool open) {
    const Work& w = c.work;
    const std::string holder = !open                     ? ""
                               : c.assignee.empty()      ? w.offered_to
                               : unit_.agent(c.assignee) ? c.assignee
                                                         : "";
    if (w.held_by != holder)
      tell("is in the load of \"" + w.held_by + "\" and should be in that of \"" + holder + "\"");
    if (!w.held_by.empty()) ++of(loads_[w.held_by], w.capacity_class);
  }

  void look_at_offer(const Conversation& c) {
    if (c.work.offered_to.empty()) return;
    const Agent* agent = unit_.agent(c.work.offered_to);
    if (!agent || !agent->enabled || agent->presence != Presence::online)
      tell("is offered to " + c.work.offered_to + ", who is not there");
    const auto* timer = unit_.timer(TimerKind::offer, "", to_string(c.id));
    if (!timer || timer->due_at <= now_) tell("is offered and the offer does not end");
  }

  bool anybody_could(const Waiting& one) const {
    const auto agents = unit_.agents(Presence::online);
    return std::any_of(agents.begin(), agents.end(), [&](const Agent* agent) {
      return std::binary_search(agent->free.begin(), agent->free.end(), Agent::Free{one.queue, one.capacity_class});
    });
  }

  store::Unit& unit_;
  const flow::Environment& env_;
  const Time now_;
  std::string about_;
  std::map<std::string, PerClass> loads_;
  std::vector<Waiting> waiting_;
};

}  // namespace

std::vector<std::string> violations(World& world) {
  std::vector<Conversation> all;
  store::PageArgs page{.limit = 500, .cursor = ""};
  do {
    auto part = world.reader().conversations({}, page);
    if (!part) return {"the conversations cannot be read: " + part.error().message};
    for (auto& view : part->items) all.push_back(std::move(view.conversation));
    page.cursor = part->next;
  } while (!page.cursor.empty());
  std::vector<std::string> out;
  world.read([&](store::Unit& unit, const flow::Environment& env) {
    Looking looking(unit, env, world.now());
    for (const auto& conversation : all) looking.look_at(conversation);
    looking.look_at_agents();
    out = std::move(looking.found);
  });
  return out;
}

}  // namespace jackfield::scenario
