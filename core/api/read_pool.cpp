#include "api/read_pool.hpp"

#include <exception>
#include <mutex>
#include <string>
#include <vector>

#include "base/log.hpp"
#include "net/io.hpp"
#include "store/store.hpp"

namespace jackfield::api {

struct ReadPool::State {
  State(int threads, std::size_t most_waiting) : workers(threads, most_waiting) {}

  // As many readers as threads, so that there is always one for a thread that works.
  std::unique_ptr<store::Reader> borrow() {
    std::lock_guard lock(mutex);
    auto reader = std::move(idle.back());
    idle.pop_back();
    return reader;
  }
  void give_back(std::unique_ptr<store::Reader> reader) {
    std::lock_guard lock(mutex);
    idle.push_back(std::move(reader));
  }
  void run(const Work& work) {
    auto reader = borrow();
    try {
      work(*reader);
    } catch (const std::exception& e) {
      log::error("api", std::string("a read failed: ") + e.what());
    }
    give_back(std::move(reader));
  }

  std::mutex mutex;
  std::vector<std::unique_ptr<store::Reader>> idle;
  net::Workers workers;  // last: its threads end before the readers go
};

ReadPool::ReadPool() = default;
ReadPool::~ReadPool() { stop(); }

Result<std::unique_ptr<ReadPool>> ReadPool::open(store::Store& store, int threads, std::size_t most_waiting) {
  std::unique_ptr<ReadPool> pool(new ReadPool);
  pool->state_ = std::make_unique<State>(threads, most_waiting);
  for (int i = 0; i < threads; ++i) {
    auto reader = store.open_reader();
    if (!reader) return reader.error();
    pool->state_->idle.push_back(std::move(*reader));
  }
  return pool;
}

bool ReadPool::submit(Work work) {
  return state_->workers.submit([state = state_.get(), work = std::move(work)] { state->run(work); });
}

void ReadPool::stop() { state_->workers.stop(); }

}  // namespace jackfield::api
