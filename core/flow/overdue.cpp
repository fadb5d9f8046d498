#include "flow/overdue.hpp"

#include <string>
#include <vector>

#include "flow/outcome.hpp"

namespace jackfield::flow {
namespace {

constexpr std::size_t kMostAtOnce = 64;
constexpr Millis kEvery{2000};

// How many there were.
std::size_t expire_overdue(store::Unit& unit, const Environment& env) {
  std::vector<std::string> served;
  for (const auto& [name, channel] : env.channels) served.push_back(name);
  const auto overdue = unit.overdue_outbox(served, env.clock.now(), kMostAtOnce);
  for (auto* entry : overdue) or_hold(unit, *entry, [&] { expire(unit, env, *entry); });
  return overdue.size();
}

}  // namespace

void Overdue::start() {
  strand_.post([self = shared_from_this()] {
    self->stopped_ = false;
    self->look();
  });
}

void Overdue::stop() {
  strand_.post([self = shared_from_this()] {
    self->stopped_ = true;
    self->timer_.cancel();
  });
}

void Overdue::look() {
  if (stopped_) return;
  auto found = std::make_shared<std::size_t>();
  auto decide = [env = environment_(), found](store::Unit& unit) -> Result<void> {
    *found = expire_overdue(unit, *env);
    return {};
  };
  auto finished = [self = shared_from_this(), found](const Result<void>& outcome) {
    self->strand_.post([self, more = outcome && *found >= kMostAtOnce] {
      if (self->stopped_) return;
      if (more) return self->look();
      self->timer_ = self->io_.after(kEvery, self->strand_, [self] { self->look(); });
    });
  };
  committer_.submit_or_refuse(store::command(std::move(decide), std::move(finished)));
}

}  // namespace jackfield::flow
