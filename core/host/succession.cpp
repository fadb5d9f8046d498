#include "host/succession.hpp"

#include <vector>

#include "base/log.hpp"

namespace jackfield::host {
namespace {

constexpr Millis kToCreate{30'000}, kToStart{30'000};

// A connector that does not stop may still run: what it uses must not go before the process does.
void leave_behind(const std::shared_ptr<Channel>& channel) {
  static auto* left_behind = new std::vector<std::shared_ptr<Channel>>;
  log::error("channel/" + channel->name(), "the connector " + channel->manifest().id + " does not stop; left behind");
  left_behind->push_back(channel);
}

}  // namespace

Succession::Succession(Parts parts, std::function<void()> place, std::function<void(const std::string&)> refused)
    : parts_(std::move(parts)), place_(std::move(place)), refused_(std::move(refused)) {}

void Succession::enter(Stage stage, Millis limit) {
  stage_ = stage;
  limit_ = std::chrono::steady_clock::now() + limit;
}

void Succession::begin(Time now) {
  if (!parts_.next) {
    place_();
    return retire(now);
  }
  if (!parts_.before) {
    place_();
    parts_.next->begin();
    stage_ = Stage::over;
    return;
  }
  parts_.next->stage();
  enter(Stage::creating, kToCreate);
}

bool Succession::step(Time now) {
  switch (stage_) {
    case Stage::creating: created(now); break;
    case Stage::starting: started(now); break;
    case Stage::draining: drained(); break;
    case Stage::ending: ended(); break;
    case Stage::dropping:
      if (!parts_.next->finished() && !late()) break;
      if (!parts_.next->finished()) leave_behind(parts_.next);
      stage_ = Stage::over;
      break;
    case Stage::over: break;
  }
  return stage_ == Stage::over;
}

void Succession::created(Time now) {
  auto outcome = parts_.next->staged();
  if (!outcome && !late()) return;
  if (!outcome) outcome = fail(Errc::unavailable, "create: no answer in time");
  if (!*outcome && parts_.upgrade) return refuse(outcome->error().message);
  starts_after_ = parts_.before->keeps_sessions();
  if (starts_after_ || !*outcome) return change_places(now);
  parts_.next->go_on();
  enter(Stage::starting, kToStart);
}

void Succession::started(Time now) {
  auto outcome = parts_.next->staged();
  if (!outcome && !late()) return;
  if (!outcome) outcome = fail(Errc::unavailable, "start: no answer in time");
  if (!*outcome && parts_.upgrade) return refuse(outcome->error().message);
  change_places(now);
}

void Succession::refuse(const std::string& why) {
  refused_(why);
  parts_.next->finish();
  enter(Stage::dropping, parts_.next->stop_limit());
}

void Succession::change_places(Time now) {
  place_();
  parts_.next->take_over();
  if (!starts_after_ && stage_ == Stage::creating) parts_.next->go_on();
  retire(now);
}

void Succession::retire(Time now) {
  parts_.before->retire(now + parts_.drain);
  enter(Stage::draining, parts_.drain);
}

void Succession::drained() {
  if (!parts_.before->idle() && !late()) return;
  parts_.before->finish();
  enter(Stage::ending, parts_.before->stop_limit());
}

void Succession::ended() {
  if (!parts_.before->finished() && !late()) return;
  if (!parts_.before->finished()) leave_behind(parts_.before);
  if (parts_.next && starts_after_) parts_.next->go_on();
  stage_ = Stage::over;
}

}  // namespace jackfield::host
