#include "scenario/world.hpp"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <future>

#include "flow/agents.hpp"

namespace jackfield::scenario {
namespace {

namespace fs = std::filesystem;

// Where nothing has to reach a disk: a story is over when its process is.
fs::path parent_folder() {
  std::error_code error;
  const fs::path memory = "/dev/shm";
  if (fs::is_directory(memory, error) && ::access(memory.c_str(), W_OK) == 0) return memory;
  return fs::temp_directory_path();
}

std::string make_folder() {
  std::string pattern = (parent_folder() / "jackfield-story-XXXXXX").string();
  return ::mkdtemp(pattern.data()) ? pattern : std::string{};
}

}  // namespace

World::World(Setting setting, WorldOptions options)
    : setting_(std::move(setting)),
      options_(options),
      folder_(make_folder()),
      clock_(options.start),
      random_(options.seed) {}

World::~World() {
  close();
  std::error_code ignored;
  if (!folder_.empty()) fs::remove_all(folder_, ignored);
}

Result<void> World::open() {
  if (folder_.empty()) return fail(Errc::unavailable, "no folder could be made in " + parent_folder().string());
  auto opened = store::open_store({.url = "sqlite:" + folder_ + "/story.db", .vfs = options_.vfs});
  if (!opened) return opened.error();
  store_ = std::move(*opened);
  auto files = store::MediaStore::open(folder_ + "/media");
  if (!files) return files.error();
  media_ = std::move(*files);
  io_ = std::make_unique<net::IoContext>(1);
  ids_ = std::make_unique<IdSource>(clock_);
  ids_->start_after(store_->backend().greatest_id());
  committer_ = std::make_unique<store::Committer>(store_->backend());
  flow_ = std::make_unique<flow::Flow>(flow::FlowPorts{*io_, *committer_, *store_, *media_, clock_, *ids_, random_});
  if (auto done = flow_->configure(setting_.config, setting_.manifests); !done) return done.error();
  io_->start();
  connectors_.serve(flow_.get());
  flow_->start(connectors_);
  auto reader = store_->open_reader();
  if (!reader) return reader.error();
  reader_ = std::move(*reader);
  work_through();
  return {};
}

void World::close(bool crash) {
  if (!store_) return;
  if (crash) {
    connectors_.forget_open();
  } else if (flow_) {
    flow_->stop();
    connectors_.give_up_open();
    let_run();
  }
  connectors_.serve(nullptr);
  if (flow_) flow_->stop();
  if (committer_) committer_->stop();
  if (io_) io_->stop();
  flow_.reset();
  reader_.reset();
  committer_.reset();
  media_.reset();
  store_.reset();
  io_.reset();
  ids_.reset();
}

Result<void> World::reload(Setting setting) {
  if (auto done = flow_->configure(setting.config, setting.manifests); !done) return done;
  setting_ = std::move(setting);
  work_through();
  return {};
}

// Work goes back and forth between the io thread and the committer; it is over when that has not happened for a while.
void World::let_run() {
  for (int quiet = 0; quiet < 3;) {
    const auto before = committer_->stats().commands + connectors_.asked();
    const auto pass_io = [&] {
      std::promise<void> passed;
      io_->post([&] { passed.set_value(); });
      passed.get_future().wait();
    };
    pass_io();
    (void)committer_->run([](store::Unit&) -> Result<void> { return {}; });
    pass_io();
    quiet = committer_->stats().commands + connectors_.asked() <= before + 1 ? quiet + 1 : 0;
  }
}

void World::settle() { work_through(); }

constexpr Time kLongAgo = time_from_ms(1);

// Nobody waits for the clock to be moved: whoever sleeps sleeps by the machine's. A timer that is written with a time
// long ago is looked for at once, and so is a lane whose capacity is told. True: a timer is due.
bool World::wake_who_waits() {
  for (const auto& [name, manifest] : setting_.manifests)
    flow_->capacity(name, static_cast<std::uint32_t>(std::max(1, manifest.max_in_flight)));
  bool due = false;
  read([&](store::Unit& unit, const flow::Environment&) {
    for (auto* timer : unit.due_timers(clock_.now(), 1)) {
      timer->due_at = kLongAgo;
      unit.changed(*timer);
      due = true;
    }
  });
  return due;
}

void World::work_through() {
  constexpr int kMostRounds = 10'000;  // of a hundred timers each
  for (int i = 0; i < kMostRounds; ++i) {
    const bool due = wake_who_waits();
    let_run();
    if (!due) return;
  }
}

// After now: of the timers, of replies that wait, and of the agents' next sign of life.
Time World::next_due(Time until) {
  const Time now = clock_.now();
  Time next = until;
  bool waits = false;  // something could leave now, were it not for a limit of its provider
  read([&](store::Unit& unit, const flow::Environment& env) {
    for (const auto* timer : unit.due_timers(until, 1)) next = std::min(next, timer->due_at);
    for (const auto& [name, channel] : env.channels)
      for (const auto* entry : unit.due_outbox(name, until, 64, {})) {
        waits |= entry->next_at <= now;
        if (entry->next_at > now) next = std::min(next, entry->next_at);
      }
  });
  if (waits) {
    const bool moved = connectors_.asked() != asked_before_;
    outbox_step_ = moved ? Millis{1000} : std::min<Millis>(outbox_step_ * 2, std::chrono::minutes{10});
    asked_before_ = connectors_.asked();
    next = std::min(next, now + outbox_step_);
  }
  if (!alive_.empty()) next = std::min(next, next_sign_);
  return std::clamp(next, now + Millis{1}, std::max(until, now + Millis{1}));
}

void World::advance_to(Time at) {
  while (flow_ && clock_.now() < at) {
    clock_.set(next_due(at));
    if (!alive_.empty() && clock_.now() >= next_sign_) give_signs_of_life();
    work_through();
  }
  if (!flow_ && clock_.now() < at) clock_.set(at);
}

void World::give_signs_of_life() {
  next_sign_ = clock_.now() + setting_.config.assignment.presence / 2;
  for (const auto& [agent, presence] : alive_)
    (void)write([&](store::Unit& unit, const flow::Environment& env) -> Result<flow::Answer> {
      if (auto set = flow::set_presence(unit, env, agent, presence); !set) return set.error();
      return flow::Answer{};
    });
}

void World::keep_alive(const std::string& agent, Presence presence) {
  if (presence == Presence::offline) return vanish(agent);
  if (alive_.empty()) next_sign_ = clock_.now() + setting_.config.assignment.presence / 2;
  alive_[agent] = presence;
}

void World::vanish(const std::string& agent) { alive_.erase(agent); }

Result<void> World::deliver(const std::string& channel, const std::string& events) {
  std::promise<Result<void>> promise;
  auto future = promise.get_future();
  if (auto taken = hand_over(channel, events, [&](const Result<void>& done) { promise.set_value(done); }); !taken)
    return taken;
  const auto done = future.get();
  work_through();
  return done;
}

Result<void> World::hand_over(const std::string& channel, const std::string& events,
                              std::function<void(const Result<void>&)> done) {
  return flow_->deliver({channel, events, "", std::move(done)});
}

Result<flow::Answer> World::write(Decide decide) {
  std::promise<Result<flow::Answer>> promise;
  flow_->write({}, std::move(decide), [&](Result<flow::Answer> answer) { promise.set_value(std::move(answer)); });
  auto answer = promise.get_future().get();
  work_through();
  return answer;
}

void World::read(const std::function<void(store::Unit&, const flow::Environment&)>& look) {
  const auto env = flow_->environment();
  (void)committer_->run([&](store::Unit& unit) -> Result<void> {
    look(unit, *env);
    return {};
  });
}

}  // namespace jackfield::scenario
