#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include "base/log.hpp"
#include "net/io.hpp"

namespace jackfield::net {

struct Workers::State {
  std::mutex mutex;
  std::condition_variable more;
  std::deque<std::function<void()>> waiting;
  std::size_t most_waiting = 0;
  bool stopping = false;
  std::vector<std::thread> threads;

  std::function<void()> next() {  // empty: it is over
    std::unique_lock lock(mutex);
    more.wait(lock, [this] { return stopping || !waiting.empty(); });
    if (waiting.empty()) return {};
    auto work = std::move(waiting.front());
    waiting.pop_front();
    return work;
  }

  void run() {
    while (auto work = next()) {
      try {
        work();
      } catch (const std::exception& broken) {
        log::error("net", std::string("a worker's task threw: ") + broken.what());
      } catch (...) {
        log::error("net", "a worker's task threw something that is no exception");
      }
    }
  }
};

Workers::Workers(int threads, std::size_t most_waiting) : state_(std::make_unique<State>()) {
  state_->most_waiting = most_waiting;
  for (int i = 0; i < threads; ++i) state_->threads.emplace_back([state = state_.get()] { state->run(); });
}

Workers::~Workers() { stop(); }

bool Workers::submit(std::function<void()> work) {
  {
    std::lock_guard lock(state_->mutex);
    if (state_->stopping || state_->waiting.size() >= state_->most_waiting) return false;
    state_->waiting.push_back(std::move(work));
  }
  state_->more.notify_one();
  return true;
}

void Workers::stop() {
  {
    std::lock_guard lock(state_->mutex);
    state_->stopping = true;
  }
  state_->more.notify_all();
  for (std::thread& thread : state_->threads) thread.join();
  state_->threads.clear();
}

}  // namespace jackfield::net
