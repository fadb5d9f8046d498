// A daemon without network and providers: the real flow over a real store in a folder of its own, a clock that stands
// until it is moved, seeded chance, and stand-ins for the connectors. What comes of anything is there when a call
// returns, whatever the threads do meanwhile.
//
// One thread.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "flow/flow.hpp"
#include "scenario/stand_in.hpp"
#include "scenario/story.hpp"

namespace jackfield::scenario {

struct WorldOptions {
  Time start{};
  std::uint64_t seed = 1;
  std::string vfs;  // of the store, for tests that make the disk fail
};

class World {
 public:
  World(Setting setting, WorldOptions options);
  ~World();  // the folder goes too
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  // From the folder as it is: at the start, and after close(). Errors: the rules, the store.
  Result<void> open();
  // Stops as at SIGTERM; or as by a crash, of which only what is durable is left.
  void close(bool crash = false);
  Result<void> reload(Setting setting);

  // The clock goes on to that time; whatever is due in between is done at its own time.
  void advance_to(Time at);
  Time now() const { return clock_.now(); }

  // Events as a connector delivers them. Returns when they are durable, with all that comes of them.
  Result<void> deliver(const std::string& channel, const std::string& events);
  // Only hands them over; settle() waits.
  Result<void> hand_over(const std::string& channel, const std::string& events,
                         std::function<void(const Result<void>&)> done);
  using Decide = std::function<Result<flow::Answer>(store::Unit&, const flow::Environment&)>;
  Result<flow::Answer> write(Decide decide);  // as the API does, with all that comes of it
  void read(const std::function<void(store::Unit&, const flow::Environment&)>& look);
  // Until nobody has anything to do at this time.
  void settle();

  // The agent's desktop goes on giving signs of life with that presence; offline: it does not.
  void keep_alive(const std::string& agent, Presence presence);
  void vanish(const std::string& agent);  // no more signs of life

  const Setting& setting() const { return setting_; }
  store::Reader& reader() { return *reader_; }
  store::MediaStore& media() { return *media_; }
  StandIn& connectors() { return connectors_; }

 private:
  void work_through();
  void let_run();
  bool wake_who_waits();
  Time next_due(Time until);
  void give_signs_of_life();

  Setting setting_;
  const WorldOptions options_;
  std::string folder_;
  FakeClock clock_;
  SeededRandom random_;
  StandIn connectors_;
  std::map<std::string, Presence> alive_;
  Time next_sign_{};
  Millis outbox_step_{1000};
  std::size_t asked_before_ = 0;

  std::unique_ptr<IdSource> ids_;
  std::unique_ptr<net::IoContext> io_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<store::MediaStore> media_;
  std::unique_ptr<store::Committer> committer_;
  std::unique_ptr<flow::Flow> flow_;
  std::unique_ptr<store::Reader> reader_;
};

}  // namespace jackfield::scenario
