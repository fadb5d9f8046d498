// Collects files that no row names: what a connector put and never delivered, uploads whose row was refused, what a
// crash left. Only files of more than a day: none of a message that is just being written.
#pragma once

#include <memory>

#include "base/clock.hpp"
#include "net/io.hpp"
#include "store/committer.hpp"
#include "store/media_store.hpp"

namespace jackfield::app {

struct UnnamedFilesTimes {
  Millis age{std::chrono::days{1}};
  Millis every{std::chrono::days{1}};
  Millis first{std::chrono::minutes{10}};  // after the start
  Millis between{200};                     // the steps of one run, so that messages go between them
};

class UnnamedFiles {
 public:
  // All must outlive stop().
  UnnamedFiles(net::IoContext& io, store::Committer& committer, store::MediaStore& media, const Clock& clock,
               UnnamedFilesTimes times = {});
  ~UnnamedFiles();  // stop()
  void start();
  void stop();  // safe twice and without start; a step that is under way ends by itself

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace jackfield::app
