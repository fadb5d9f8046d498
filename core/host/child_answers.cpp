#include "host/child_answers.hpp"

namespace jackfield::host {
namespace {

// The text says what went wrong; empty: nothing.
Result<void> result_of(const std::string& problem) {
  return problem.empty() ? Result<void>() : Result<void>(fail(Errc::unavailable, problem));
}

}  // namespace

std::uint64_t ChildAnswers::await_answer(Answered done) {
  asked_[next_ask_] = std::move(done);
  return next_ask_++;
}

bool ChildAnswers::take(Frame& frame) {
  FrameReader in(frame);
  switch (frame.type) {
    case FrameType::created: return on_created(in);
    case FrameType::started: return on_started(in);
    case FrameType::stopped: return on_stopped(in);
    case FrameType::sent: return on_sent(frame.id, in);
    case FrameType::fetch_taken: return on_fetch_taken(frame.id, in);
    case FrameType::answered: return on_answered(frame.id, in);
    default: return false;
  }
}

bool ChildAnswers::on_created(FrameReader& in) {
  const auto problem = in.text();
  if (!in.good() || !created_) return false;
  return std::exchange(created_, nullptr)(result_of(problem)), true;
}

bool ChildAnswers::on_started(FrameReader& in) {
  const auto problem = in.text();
  if (!in.good() || !started_) return false;
  return std::exchange(started_, nullptr)(result_of(problem)), true;
}

bool ChildAnswers::on_stopped(FrameReader& in) {
  if (!stopped_ || !in.good()) return false;
  return std::exchange(stopped_, nullptr)(), true;
}

bool ChildAnswers::on_sent(std::uint64_t token, FrameReader& in) {
  const auto how = static_cast<Taken>(in.number("how", static_cast<unsigned>(Taken::unclear)));
  auto detail = in.text();
  if (!in.good()) return false;
  auto found = sends_.extract(token);
  if (!found) return false;
  return found.mapped()(how, std::move(detail)), true;
}

bool ChildAnswers::on_fetch_taken(std::uint64_t token, FrameReader& in) {
  const auto status = static_cast<Status>(in.number("status", static_cast<unsigned>(Status::conflict)));
  if (!in.good()) return false;
  auto found = fetches_.extract(token);
  if (!found) return false;
  return found.mapped()(status), true;
}

bool ChildAnswers::on_answered(std::uint64_t id, FrameReader& in) {
  const auto how = in.number("how", 2);
  auto text = in.text();
  if (!in.good()) return false;  // whoever waits hears that the process was ended for it
  auto found = asked_.extract(id);
  if (!found) return false;
  if (how == 0) return found.mapped()(std::move(text)), true;
  return found.mapped()(fail(how == 1 ? Errc::conflict : Errc::unavailable, text)), true;
}

void ChildAnswers::abandon() {
  created_ = started_ = nullptr;
  sends_.clear();
  fetches_.clear();
  for (auto& [id, done] : std::exchange(asked_, {}))
    done(fail(Errc::unavailable, "the connector's process ended meanwhile"));
}

}  // namespace jackfield::host
