#include "store/committer.hpp"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <future>
#include <mutex>
#include <span>
#include <thread>
#include <utility>

#include "base/log.hpp"
#include "store/backend.hpp"

namespace jackfield::store {
namespace {

using Steady = std::chrono::steady_clock;

constexpr std::chrono::seconds kSlownessAgain{60};  // a slow disk is told once in this time

struct Waiting {
  std::unique_ptr<Command> command;
  Result<void> outcome;
};
using Group = std::span<Waiting>;

// Why a group could not be committed.
struct Trouble {
  Error error;
  std::optional<std::size_t> culprit;  // the command that threw; none: it was the writing or the commit
};

Error error_of(const std::exception& e) {
  if (const auto* failure = dynamic_cast<const Failure*>(&e)) return failure->error;
  return fail(Errc::internal, e.what());
}

}  // namespace

struct Committer::State {
  State(Backend& b, CommitterLimits l) : backend(b), limits(l) {}

  Backend& backend;
  const CommitterLimits limits;
  std::shared_ptr<const std::vector<Listener>> listeners = std::make_shared<std::vector<Listener>>();  // replaced whole
  std::shared_ptr<const std::function<void()>> tokens_listener;  // the same; null: none

  mutable std::mutex mutex;
  std::condition_variable wake;
  std::deque<Waiting> queue;
  std::size_t bytes = 0;  // of what waits and what is at work
  bool idle = false, stopping = false;
  CommitterStats stats;
  Steady::time_point slowness_told{};
  std::thread thread;

  void loop();
  std::vector<Waiting> take();
  void work(Group group, bool again);
  std::optional<Trouble> attempt(Group group, Committed& committed);
  void decide_all(Unit& unit, Group group, std::size_t& at);
  void tell(Group group, const Committed& committed);
  void refuse(Group group, const Error& error);
  void note_commit(std::size_t commands, bool again, Steady::duration took);
  void note_slowness(Millis took);
  void note(const Trouble& trouble);
};

// --- the thread

void Committer::State::loop() {
  std::unique_lock lock(mutex);
  while (true) {
    idle = true;
    wake.wait(lock, [&] { return stopping || !queue.empty(); });
    idle = false;
    if (queue.empty()) return;
    std::vector<Waiting> group = take();
    lock.unlock();
    std::size_t weight = 0;
    for (const Waiting& one : group) weight += one.command->weight();
    work(group, false);
    group.clear();
    lock.lock();
    bytes -= weight;
  }
}

std::vector<Waiting> Committer::State::take() {
  const std::size_t count = std::min(queue.size(), limits.group);
  std::vector<Waiting> group;
  group.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    group.push_back(std::move(queue.front()));
    queue.pop_front();
  }
  return group;
}

// Commits the group, in its order. When one of it cannot be committed it is split there, so that the others can; when
// it is not known which one, it is halved until it is.
void Committer::State::work(Group group, bool again) {
  if (group.empty()) return;
  Committed committed;
  const auto begun = Steady::now();
  const auto trouble = attempt(group, committed);
  if (!trouble) {
    note_commit(group.size(), again, Steady::now() - begun);
    return tell(group, committed);
  }
  note(*trouble);
  // When the whole store is in trouble, trying the others would only make them wait.
  if (trouble->error.transient() || group.size() == 1) return refuse(group, trouble->error);
  if (trouble->culprit) {
    const std::size_t at = *trouble->culprit;
    work(group.first(at), true);
    work(group.subspan(at, 1), true);
    work(group.subspan(at + 1), true);
  } else {
    work(group.first(group.size() / 2), true);
    work(group.subspan(group.size() / 2), true);
  }
}

std::optional<Trouble> Committer::State::attempt(Group group, Committed& committed) {
  std::size_t at = 0;
  try {
    backend.begin();
    Unit unit(backend);
    decide_all(unit, group, at);
    unit.flush();
    committed = {unit.last_cursor(), unit.outbox_channels(), unit.earliest_timer(), unit.tokens_changed()};
    backend.commit();
    return std::nullopt;
  } catch (const std::exception& e) {
    backend.rollback();
    return Trouble{error_of(e), at > 0 ? std::optional(at - 1) : std::nullopt};
  }
}

// While it decides, `at` is one more than the place of the command at work; zero else.
void Committer::State::decide_all(Unit& unit, Group group, std::size_t& at) {
  for (Waiting& one : group) {
    ++at;
    one.outcome = one.command->decide(unit);
  }
  at = 0;
}

void Committer::State::tell(Group group, const Committed& committed) {
  if (const auto listener = std::atomic_load(&tokens_listener); committed.tokens_changed && listener) (*listener)();
  for (Waiting& one : group) one.command->finished(one.outcome);
  const auto told = std::atomic_load(&listeners);
  for (const Listener& listener : *told) {
    try {
      listener(committed);
    } catch (const std::exception& e) {
      log::error("store", std::string("a follower of commits failed: ") + e.what());
    }
  }
}

void Committer::State::refuse(Group group, const Error& error) {
  if (!error.transient()) log::error("store", "a command failed: " + error.message);
  for (Waiting& one : group) one.command->finished(error);
}

void Committer::State::note_commit(std::size_t commands, bool again, Steady::duration took) {
  std::lock_guard lock(mutex);
  if (!stats.last_error.empty()) log::info("store", "commits go through again");
  stats.last_error.clear();
  ++stats.commits;
  stats.commands += commands;
  if (again) stats.retried_alone += commands;
  stats.commit_seconds += std::chrono::duration<double>(took).count();
  if (took >= kSlowCommit) note_slowness(std::chrono::duration_cast<Millis>(took));
}

void Committer::State::note_slowness(Millis took) {
  ++stats.slow_commits;
  const auto now = Steady::now();
  if (slowness_told != Steady::time_point{} && now - slowness_told < kSlownessAgain) return;
  slowness_told = now;
  log::warn("store", "a commit of " + std::to_string(took.count()) + " ms: the disk is slow; " +
                         std::to_string(queue.size()) + " commands wait");
}

void Committer::State::note(const Trouble& trouble) {
  std::lock_guard lock(mutex);
  ++stats.failures;
  if (!trouble.error.transient() && trouble.error.code != Errc::corrupt) return;  // says nothing of the store
  if (stats.last_error.empty()) log::error("store", "cannot commit: " + trouble.error.message);
  stats.last_error = trouble.error.message;
}

// --- the outside

Committer::Committer(Backend& backend, CommitterLimits limits) : state_(std::make_unique<State>(backend, limits)) {
  state_->thread = std::thread([state = state_.get()] { state->loop(); });
}

Committer::~Committer() { stop(); }

void Committer::on_commit(Listener listener) {
  std::lock_guard lock(state_->mutex);  // of two who add one at once
  auto more = std::make_shared<std::vector<Listener>>(*state_->listeners);
  more->push_back(std::move(listener));
  std::atomic_store(&state_->listeners, std::shared_ptr<const std::vector<Listener>>(std::move(more)));
}

void Committer::on_tokens(std::function<void()> listener) {
  std::atomic_store(&state_->tokens_listener, std::make_shared<const std::function<void()>>(std::move(listener)));
}

bool Committer::submit(std::unique_ptr<Command>& command) {
  State& s = *state_;
  const std::size_t weight = command->weight();
  std::unique_lock lock(s.mutex);
  // One that is heavier than the bound is taken when nothing else waits, else it never would be.
  const bool heavy = s.bytes > 0 && s.bytes + weight > s.limits.waiting_bytes;
  if (s.stopping || heavy || s.queue.size() >= s.limits.waiting) return false;
  s.bytes += weight;
  s.queue.push_back({std::move(command), {}});
  const bool sleeping = std::exchange(s.idle, false);
  lock.unlock();
  if (sleeping) s.wake.notify_one();
  return true;
}

void Committer::submit_or_refuse(std::unique_ptr<Command> command) {
  if (!submit(command)) command->finished(fail(Errc::busy, "too much waits to be stored; come back"));
}

Result<void> Committer::run(std::function<Result<void>(Unit&)> decide) {
  if (std::this_thread::get_id() == state_->thread.get_id())
    return fail(Errc::internal, "the committer's thread would wait for itself");
  std::promise<Result<void>> done;
  submit_or_refuse(command(std::move(decide), [&](const Result<void>& outcome) { done.set_value(outcome); }));
  return done.get_future().get();
}

void Committer::stop() {
  {
    std::lock_guard lock(state_->mutex);
    state_->stopping = true;
  }
  state_->wake.notify_all();
  if (state_->thread.joinable()) state_->thread.join();
}

CommitterStats Committer::stats() const {
  std::lock_guard lock(state_->mutex);
  CommitterStats out = state_->stats;
  out.waiting = state_->queue.size();
  return out;
}

bool Committer::writable() const {
  std::lock_guard lock(state_->mutex);
  return state_->stats.last_error.empty();
}

}  // namespace jackfield::store
