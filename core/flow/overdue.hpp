// Replies of channels that are not in the configuration (any more): nobody sends them, and here they reach their
// deadline all the same and become dead letters. When their channel comes back before, its lane sends them.
#pragma once

#include <functional>
#include <memory>

#include "flow/environment.hpp"
#include "net/io.hpp"
#include "store/committer.hpp"

namespace jackfield::flow {

class Overdue : public std::enable_shared_from_this<Overdue> {
 public:
  using EnvironmentSource = std::function<std::shared_ptr<const Environment>()>;

  Overdue(net::IoContext& io, store::Committer& committer, EnvironmentSource environment)
      : io_(io), committer_(committer), environment_(std::move(environment)), strand_(io.make_strand()) {}

  // [any thread]
  void start();
  void stop();

 private:
  void look();

  net::IoContext& io_;
  store::Committer& committer_;
  EnvironmentSource environment_;
  net::Strand strand_;
  net::TimerHandle timer_;
  bool stopped_ = true;
};

}  // namespace jackfield::flow
