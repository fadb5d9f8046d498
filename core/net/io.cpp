#include "net/io.hpp"

#include <stdexcept>

#include "base/log.hpp"
#include "net/asio.hpp"
#include "net/lookup.hpp"

namespace jackfield::net {

// ------------------------------------------------------------------ strand

void Strand::post(std::function<void()> handler) const { asio::post(state_->executor, std::move(handler)); }
void Strand::dispatch(std::function<void()> handler) const { asio::dispatch(state_->executor, std::move(handler)); }
bool Strand::running_here() const { return state_->executor.running_in_this_thread(); }

// ------------------------------------------------------------------- timer

struct TimerHandle::State {
  explicit State(asio::io_context& io) : timer(io) {}
  ~State() { off->store(true); }

  asio::steady_timer timer;
  // Outlives the timer inside the waiting handler, so that a handler which is already queued still sees the cancel.
  std::shared_ptr<std::atomic<bool>> off = std::make_shared<std::atomic<bool>>(false);
};

void TimerHandle::cancel() {
  if (state && !state->off->exchange(true)) state->timer.cancel();
}

namespace {

std::function<void(error_code)> unless_off(std::shared_ptr<std::atomic<bool>> off, std::function<void()> handler) {
  return [off = std::move(off), handler = std::move(handler)](error_code failed) {
    if (!failed && !off->exchange(true)) handler();
  };
}

}  // namespace

// ----------------------------------------------------------------- context

IoContext::State::State(int count)
    : io(count), lookups(std::make_unique<Lookups>()), thread_count(count), guard(io.get_executor()) {}
IoContext::State::~State() = default;

IoContext::IoContext(int threads) : state_(std::make_unique<State>(threads < 1 ? 1 : threads)) {}

IoContext::~IoContext() { stop(); }

static void run_until_stopped(asio::io_context& io) {
  for (;;) {
    try {
      io.run();
      return;
    } catch (const std::exception& broken) {
      log::error("net", std::string("a handler threw: ") + broken.what());
    } catch (...) {
      log::error("net", "a handler threw something that is no exception");
    }
  }
}

void IoContext::start() {
  if (state_->running.exchange(true)) return;
  for (int i = 0; i < state_->thread_count; ++i) {
    state_->threads.emplace_back([io = &state_->io] { run_until_stopped(*io); });
  }
}

void IoContext::stop() {
  state_->running = false;
  state_->guard.reset();
  state_->io.stop();
  for (std::thread& thread : state_->threads) thread.join();
  state_->threads.clear();
}

void IoContext::post(std::function<void()> handler) { asio::post(state_->io, std::move(handler)); }

Strand IoContext::make_strand() {
  Strand strand;
  strand.state_ = std::make_shared<Strand::State>(Strand::State{asio::make_strand(state_->io)});
  return strand;
}

TimerHandle IoContext::after(Millis wait, const Strand& strand, std::function<void()> handler) {
  TimerHandle handle;
  handle.state = std::make_shared<TimerHandle::State>(state_->io);
  handle.state->timer.expires_after(wait);
  handle.state->timer.async_wait(
      asio::bind_executor(strand.state_->executor, unless_off(handle.state->off, std::move(handler))));
  return handle;
}

TimerHandle IoContext::after(Millis wait, std::function<void()> handler) {
  TimerHandle handle;
  handle.state = std::make_shared<TimerHandle::State>(state_->io);
  handle.state->timer.expires_after(wait);
  handle.state->timer.async_wait(unless_off(handle.state->off, std::move(handler)));
  return handle;
}

}  // namespace jackfield::net
