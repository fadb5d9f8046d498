// Threads that read the store, each with a connection of its own.
#pragma once

#include <functional>
#include <memory>

#include "base/result.hpp"

namespace jackfield::store {
class Reader;
class Store;
}  // namespace jackfield::store

namespace jackfield::api {

class ReadPool {
 public:
  using Work = std::function<void(store::Reader&)>;

  static Result<std::unique_ptr<ReadPool>> open(store::Store& store, int threads, std::size_t most_waiting);
  ~ReadPool();
  // [any thread] False: too much waits, or it was stopped. What the work throws is logged.
  bool submit(Work work);
  void stop();  // does what was accepted, then ends the threads; safe twice

 private:
  ReadPool();
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace jackfield::api
