#include "contact_centre.hpp"

#include <time.h>

#include <boost/json/parse.hpp>
#include <filesystem>
#include <stdexcept>

#include "flow/agents.hpp"
#include "flow/assign.hpp"
#include "flow/explain.hpp"
#include "flow/operations.hpp"
#include "flow/receive.hpp"

namespace jackfield::bench {
namespace {

constexpr int busy_queues = 5;

std::string busy_queue(int number) { return "busy" + std::to_string(number % busy_queues); }

// A message finds its queue by the word in it.
flow::FlowConfig configuration() {
  flow::FlowConfig out;
  const auto queue = [&](const std::string& name) {
    out.queues.push_back({.name = name, .skills = {name}});
    flow::RuleSpec rule;
    rule.name = rule.to = name;
    rule.when.text_any = {name};
    out.rules.push_back(rule);
  };
  flow::RuleSpec crowded;
  crowded.name = "crowded";
  crowded.when.text_any = {"crowded"};
  crowded.when.queues = {{.queue = busy_queue(0), .waiting = flow::Bound{'>', 1}, .agents = flow::Bound{'>', 0}}};
  crowded.tags = {"crowded"};
  out.rules.push_back(crowded);
  queue("quiet");
  for (int i = 0; i < busy_queues; ++i) queue(busy_queue(i));
  return out;
}

std::map<std::string, host::Manifest> manifests() {
  host::Manifest whatsapp;
  whatsapp.id = whatsapp.name = "whatsapp";
  whatsapp.scheme = "whatsapp";
  whatsapp.parts_out = {"text"};
  return {{"wa", whatsapp}};
}

double cpu_us() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) / 1e3;
}

template <class T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message);
  return std::move(*result);
}

}  // namespace

ContactCentre::ContactCentre(const std::string& folder, int agents, int waiting)
    : clock_(*parse_rfc3339("2026-11-21T10:00:00Z")), ids_(clock_) {
  std::filesystem::create_directories(folder);
  store_ = must(store::open_store({.url = "sqlite:" + folder + "/centre.db"}));
  environment_ = std::make_unique<flow::Environment>(
      must(flow::make_environment(configuration(), manifests(), clock_, ids_, random_)));
  fill(agents, waiting);
}

ContactCentre::~ContactCentre() = default;

void ContactCentre::staff(const std::string& name, const std::vector<std::string>& skills) {
  decide([&](store::Unit& unit) {
    flow::AgentPatch patch;
    patch.skills = skills;
    patch.capacity = PerClass{1, 1, 1};
    must(flow::put_agent(unit, *environment_, name, patch));
    must(flow::set_presence(unit, *environment_, name, Presence::online));
  });
}

// Each arrival is a decision of the daemon; whoever is asked accepts, until all have work and the rest waits.
void ContactCentre::fill(int agents, int waiting) {
  for (int i = 0; i < agents / 2; ++i) {
    busy_.push_back("busy-agent" + std::to_string(i));
    staff(busy_.back(), {busy_queue(i), busy_queue(i + 1), busy_queue(i + 2)});
  }
  for (int left = waiting; left > 0;) {
    decide([&](store::Unit& unit) {
      for (int i = 0; i < 200 && left > 0; ++i) {
        const int sender = ++senders_;
        const Id id = arrive(unit, sender, busy_queue(sender));
        clock_.advance(Millis{10});
        const std::string agent = unit.conversation(id)->work.offered_to;
        if (agent.empty())
          --left;
        else
          must(flow::accept(unit, *environment_, id, agent));
      }
    });
  }
  for (int i = agents / 2; i < agents; ++i) staff("quiet-agent" + std::to_string(i), {"quiet"});
}

Id ContactCentre::arrive(store::Unit& unit, int sender, const std::string& text) {
  const std::string number = std::to_string(33600000000 + sender);
  const auto event = boost::json::parse(R"({"type":"message","id":"m)" + std::to_string(++messages_) +
                                        R"(","from":{"address":"whatsapp:)" + number +
                                        R"(","name":"Ana","evidence":"attested"},"to":[{"address":"whatsapp:1"}],)" +
                                        R"("parts":[{"type":"text","text":")" + text + R"("}]})");
  flow::Arrival arrival;
  arrival.channel = "wa";
  arrival.event = must(read_event(event));
  arrival.matches = flow::look_at(*environment_, arrival.event.content);
  if (must(flow::receive(unit, *environment_, arrival)) != flow::Received::stored)
    throw std::runtime_error("a message was not stored");
  return unit.message(flow::known_message(unit, arrival))->conversation;
}

double ContactCentre::decide(const Decision& decision) {
  store::Backend& backend = store_->backend();
  backend.begin();
  double took = 0;
  {
    const double begin = cpu_us();
    store::Unit unit(backend);
    decision(unit);
    unit.flush();
    took = cpu_us() - begin;
  }
  backend.commit();
  return took;
}

std::string ContactCentre::agent_of(Id conversation) {
  std::string agent;
  decide([&](store::Unit& unit) { agent = unit.conversation(conversation)->work.offered_to; });
  if (agent.empty()) throw std::runtime_error("a conversation is offered to nobody");
  return agent;
}

std::string ContactCentre::busy_agent() { return busy_[any_() % busy_.size()]; }

const std::vector<std::string>& ContactCentre::kinds() {
  static const std::vector<std::string> names = {
      "a customer writes, nobody is free",
      "one who waits writes again",
      "a customer writes, and a rule looks at a queue",
      "a customer writes, agents are free",
      "an offer lapses, others are free",
      "an offer is accepted",
      "a conversation is closed, its agent gets free",
      "an agent goes offline",
      "an agent comes online",
      "an offer lapses, nobody else is free",
  };
  return names;
}

std::vector<double> ContactCentre::round() {
  const auto& env = *environment_;
  std::vector<double> took;
  const auto measured = [&](const Decision& decision) { took.push_back(decide(decision)); };
  const auto close = [&](store::Unit& unit, Id id) {
    must(flow::patch(unit, env, id, {.state = ConversationState::closed}));
  };
  const auto lapse = [&](store::Unit& unit, Id id) {
    auto* timer = unit.timer(store::TimerKind::offer, "", to_string(id));
    if (!timer) throw std::runtime_error("an offer has no end");
    flow::run_duty(unit, env, *timer, clock_.now());
  };
  clock_.advance(Millis{1000});
  Id waits, crowded, asked;
  const int sender = ++senders_;
  measured([&](store::Unit& unit) { waits = arrive(unit, sender, busy_queue(sender)); });
  measured([&](store::Unit& unit) { arrive(unit, sender, "and quickly please"); });
  measured([&](store::Unit& unit) { crowded = arrive(unit, ++senders_, "crowded " + busy_queue(sender + 1)); });
  measured([&](store::Unit& unit) { asked = arrive(unit, ++senders_, "quiet"); });
  const std::string first = agent_of(asked);
  measured([&](store::Unit& unit) { lapse(unit, asked); });
  const std::string second = agent_of(asked);
  if (first == second) throw std::runtime_error("an offer that lapsed is offered to the same agent again");
  measured([&](store::Unit& unit) { must(flow::accept(unit, env, asked, second)); });

  // What waits gets one less by each of the next three, and one or two more by what happened above and comes back.
  const std::string freed = busy_agent();
  std::string gone = freed;
  while (gone == freed) gone = busy_agent();
  Id held;
  decide([&](store::Unit& unit) { held = unit.held_by(freed).at(0)->id; });
  measured([&](store::Unit& unit) { close(unit, held); });
  measured([&](store::Unit& unit) { must(flow::set_presence(unit, env, gone, Presence::offline)); });
  measured([&](store::Unit& unit) { must(flow::set_presence(unit, env, gone, Presence::online)); });
  Id offered;
  decide([&](store::Unit& unit) { offered = unit.held_by(gone).at(0)->id; });
  measured([&](store::Unit& unit) { lapse(unit, offered); });
  decide([&](store::Unit& unit) {  // as it was
    close(unit, asked);
    close(unit, waits);
    for (const auto& agent : {freed, gone})
      for (auto* conversation : unit.held_by(agent))
        if (!conversation->work.offered_to.empty()) must(flow::accept(unit, env, conversation->id, agent));
  });
  return took;
}

}  // namespace jackfield::bench
