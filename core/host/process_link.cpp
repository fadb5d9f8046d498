#include "host/process_link.hpp"

#include <unistd.h>

#include <atomic>
#include <chrono>
#include <utility>

#include "base/log.hpp"
#include "host/child_answers.hpp"
#include "host/child_calls.hpp"
#include "host/isolated_process.hpp"

namespace jackfield::host {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::size_t kBusyAt = 64u * 1024 * 1024;       // bytes not read by the process: new work is refused
constexpr std::size_t kKilledAt = 256u * 1024 * 1024;    // it does not read at all
constexpr int kMostStatesASecond = 200;
constexpr int kMostLogLinesASecond = 500;
constexpr Millis kBlobAgain{20};

// So many a second.
class Rate {
 public:
  explicit Rate(int most) : most_(most) {}
  void reset() { taken_ = 0; }
  bool take() {
    const auto now = SteadyClock::now();
    if (now - second_ >= std::chrono::seconds{1}) second_ = now, taken_ = 0;
    return ++taken_ <= most_;
  }

 private:
  const int most_;
  int taken_ = 0;
  SteadyClock::time_point second_{};
};

std::string frame_of(const SendRequest& request) {
  return FrameWriter(FrameType::send, request.token)
      .number("attempt", static_cast<std::uint64_t>(request.attempt))
      .whole("timeout", request.timeout.count())
      .text(request.idempotency_key)
      .text(request.message)
      .done();
}

std::string frame_of(std::uint64_t id, const WebhookRequest& request) {
  FrameWriter out(FrameType::webhook, id);
  out.text(request.method).text(request.path).text(request.query).text(request.body);
  out.text(request.remote).text(request.url);
  for (const auto& [name, value] : request.headers) out.text(name).text(value);
  return out.done();
}

// Everything on the strand.
class ProcessLink final : public Link, public std::enable_shared_from_this<ProcessLink> {
 public:
  ProcessLink(ProcessSpec spec, std::weak_ptr<HostSide> side, net::IoContext& io, net::Strand strand,
              std::shared_ptr<net::Workers> workers, const HostLimits& limits)
      : spec_(std::move(spec)),
        side_(std::move(side)),
        io_(io),
        strand_(std::move(strand)),
        workers_(std::move(workers)),
        limits_(limits) {}
  ~ProcessLink() override { forget_process(); }

  void create(CreateArgs args, Done done) override;
  void start(Done done) override {
    if (!running_) return done(fail(Errc::unavailable, "there is no process"));
    answers_.await_started([this, done = std::move(done)](Result<void> result) { started(done, std::move(result)); });
    write(FrameWriter(FrameType::start).done());
  }
  void send(SendRequest request, std::function<void(Taken, std::string)> done) override;
  void cancel(std::uint64_t token) override { write(FrameWriter(FrameType::cancel, token).done()); }
  void delivered(std::uint64_t delivery, Status status) override {
    if (calls_) calls_->delivered(delivery, status);
  }
  void timer(std::uint64_t timer, std::string payload) override {
    write(FrameWriter(FrameType::timer, timer).text(payload).done());
  }
  void http(std::uint64_t op, HttpOutcome outcome) override { write(host::frame_of(op, outcome)); }
  void complete(std::uint64_t op, Status status, std::string value) override {
    write(FrameWriter(FrameType::complete, op)
              .number("status", static_cast<std::uint64_t>(status))
              .text(value)
              .done());
  }
  void webhook(std::uint64_t request, WebhookRequest value, std::function<void(bool)> done) override;
  void fetch(std::uint64_t token, std::string part, std::function<void(Status)> done) override;
  void replay(std::string raw, std::function<void(Result<std::string>)> done) override {
    ask(FrameType::replay, raw, std::move(done));
  }
  void signal(std::string signal, Done done) override {
    ask(FrameType::signal, signal, [done = std::move(done)](const Result<std::string>& answer) {
      done(answer ? Result<void>() : Result<void>(answer.error()));
    });
  }
  void preview(std::string message, std::function<void(Result<std::string>)> done) override {
    ask(FrameType::preview, message, std::move(done));
  }
  void stream_event(net::StreamEvent event) override {
    const auto side = side_.lock();
    if (calls_ && side) calls_->stream_event(*side, std::move(event));
  }
  void drain(Time deadline) override { write(FrameWriter(FrameType::drain).whole("deadline", to_ms(deadline)).done()); }
  void stop(std::function<void()> done) override;

 private:
  void ask(FrameType what, const std::string& text, ChildAnswers::Answered done);  // one text there and one back
  void write(std::string frame);
  bool full() const { return process_->unwritten() > kBusyAt; }
  void on_frame(Frame frame);
  bool answer(Frame& frame);  // false: breaks the rules
  void created(const Done& done, const Result<void>& result);
  void started(const Done& done, Result<void> result);
  void broke_the_rules(FrameType type);
  bool on_confined(FrameReader& in);
  bool on_blob(Frame& frame);
  void store_blob(std::shared_ptr<std::string> bytes);
  void lost(std::string why);
  void forget_process();
  void beat();

  const ProcessSpec spec_;
  const std::weak_ptr<HostSide> side_;
  net::IoContext& io_;
  const net::Strand strand_;
  const std::shared_ptr<net::Workers> workers_;
  const HostLimits limits_;

  std::shared_ptr<IsolatedProcess> process_;
  std::unique_ptr<ChildCalls> calls_;
  bool running_ = false;  // it has an instance
  ChildAnswers answers_;
  std::vector<Frame> said_in_start_;
  SteadyClock::time_point last_pong_{};
  net::TimerHandle heartbeat_, patience_, blob_again_;
  Rate states_{kMostStatesASecond}, log_lines_{kMostLogLinesASecond};
};

void ProcessLink::create(CreateArgs args, Done done) {
  forget_process();
  IsolatedProcess::Events events;
  events.frame = [this](Frame frame) { on_frame(std::move(frame)); };
  events.output = [side = side_](std::string_view line) {
    if (const auto to = side.lock()) to->log(LogLevel::info, "output: " + std::string(line));
  };
  events.ended = [this](std::string why) { lost(std::move(why)); };
  auto started = IsolatedProcess::start(spec_.file, spec_.channel, io_, strand_, std::move(events));
  if (!started) return done(started.error());
  process_ = std::move(*started);
  calls_ = std::make_unique<ChildCalls>([this](std::string frame) { write(std::move(frame)); });
  answers_.await_created([this, done = std::move(done)](const Result<void>& result) { created(done, result); });
  if (const auto side = side_.lock()) side->process_is(process_->pid());
  write(FrameWriter(FrameType::setup)
            .number("parent", static_cast<std::uint64_t>(::getpid()))
            .number("network", spec_.network)
            .done());
  FrameWriter create(FrameType::create);
  create.text(args.channel).text(args.settings);
  for (const auto& [pointer, values] : spec_.secrets)
    for (const auto& value : values) create.text(pointer).text(value);
  write(create.done());
  last_pong_ = SteadyClock::now();
  states_.reset();
  beat();
}

// The next ping goes out when the one before is answered, so that an answer cannot be about an older one.
void ProcessLink::beat() {
  if (!process_) return;
  if (!process_->held() && SteadyClock::now() - last_pong_ > limits_.heartbeat) {
    const auto ms = std::to_string(limits_.heartbeat.count());
    return process_->end("did not answer for " + ms + " ms (a callback that hangs?)");
  }
  write(FrameWriter(FrameType::ping).done());
  if (!process_) return;
  heartbeat_ = io_.after(limits_.heartbeat / 4, strand_, [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->beat();
  });
}

void ProcessLink::write(std::string frame) {
  if (!process_) return;
  process_->write(std::move(frame));
  if (process_->unwritten() <= kKilledAt) return;
  // Later: this may be inside a call that comes from it.
  strand_.post([process = process_] { process->end("does not read what the host tells it"); });
}

void ProcessLink::send(SendRequest request, std::function<void(Taken, std::string)> done) {
  if (!running_) return done(Taken::busy, "the connector is not there");
  if (full()) return done(Taken::busy, "too much waits for the connector");
  answers_.await_sent(request.token, std::move(done));
  write(frame_of(request));
}

void ProcessLink::webhook(std::uint64_t request, WebhookRequest value, std::function<void(bool)> done) {
  if (!running_ || full()) return done(false);
  write(frame_of(request, value));
  done(true);  // a call that breaks off there is answered from there
}

void ProcessLink::fetch(std::uint64_t token, std::string part, std::function<void(Status)> done) {
  if (!running_ || full()) return done(Status::busy);
  answers_.await_fetch(token, std::move(done));
  write(FrameWriter(FrameType::fetch, token).text(part).done());
}

void ProcessLink::ask(FrameType what, const std::string& text, ChildAnswers::Answered done) {
  if (!running_ || full()) return done(fail(Errc::unavailable, "the connector is not there"));
  const auto id = answers_.await_answer(std::move(done));
  write(FrameWriter(what, id).text(text).done());
}

void ProcessLink::stop(std::function<void()> done) {
  if (!process_) return done();
  if (!running_) return forget_process(), done();
  answers_.await_stopped([this, done = std::move(done)] {
    forget_process();
    done();
  });
  patience_ = io_.after(limits_.kill_after, strand_, [weak = weak_from_this()] {
    const auto self = weak.lock();
    if (self && self->process_) self->process_->end("did not stop in time");
  });
  write(FrameWriter(FrameType::stop).done());
}

// ------------------------------------------------------- what comes back

void ProcessLink::on_frame(Frame frame) {
  const auto side = side_.lock();
  if (!side || !process_) return;
  const auto type = frame.type;
  if (type == FrameType::log && !log_lines_.take()) return;
  if (type == FrameType::set_state && !states_.take()) return process_->end("floods the host with states");
  // A connector that says READY inside start is not started yet: the channel hears of it right after that.
  if (type == FrameType::set_state && answers_.is_starting()) return said_in_start_.push_back(std::move(frame));
  const bool is_call = type >= FrameType::log && type != FrameType::blob_put && type != FrameType::confined;
  const bool good = is_call ? calls_->take(*side, frame) : answer(frame);
  if (!good) broke_the_rules(type);
}

void ProcessLink::broke_the_rules(FrameType type) {
  if (process_)
    process_->end("sent a frame that breaks the rules (type " + std::to_string(static_cast<int>(type)) + ")");
}

bool ProcessLink::answer(Frame& frame) {
  FrameReader in(frame);
  switch (frame.type) {
    case FrameType::pong: return last_pong_ = SteadyClock::now(), in.good();
    case FrameType::confined: return on_confined(in);
    case FrameType::blob_put: return on_blob(frame);
    default: return answers_.take(frame);
  }
}

void ProcessLink::created(const Done& done, const Result<void>& result) {
  running_ = result.has_value();
  if (!running_) forget_process();  // the next try has a new one
  done(result);
}

void ProcessLink::started(const Done& done, Result<void> result) {
  done(std::move(result));
  const auto side = side_.lock();
  for (auto& frame : std::exchange(said_in_start_, {}))
    if (!side || !calls_ || !calls_->take(*side, frame)) return broke_the_rules(frame.type);
}

// Kernels differ; that one lacks something is worth a line once, not one at every start of every channel.
bool ProcessLink::on_confined(FrameReader& in) {
  static std::atomic<bool> said{false};
  const auto missing = in.text();
  if (!missing.empty() && !said.exchange(true))
    log::debug("host", "connectors' processes run without " + missing.substr(0, 500));
  return in.good();
}

// The process knows the id already, so what follows may name the blob: nothing of it is looked at before the bytes are
// stored. When that fails, a delivery that names it fails.
bool ProcessLink::on_blob(Frame& frame) {
  FrameReader in(frame);
  auto bytes = std::make_shared<std::string>(in.text());
  if (!in.good()) return false;
  process_->hold(true);
  store_blob(std::move(bytes));
  return true;
}

void ProcessLink::store_blob(std::shared_ptr<std::string> bytes) {
  const auto process = process_;
  const auto store = [weak_side = side_, strand = strand_, process, bytes] {
    if (const auto side = weak_side.lock()) {
      const auto stored = side->blob_put(*bytes);
      if (!stored) side->log(LogLevel::warn, "a blob could not be stored: " + stored.error().message);
    }
    strand.post([process] { process->hold(false); });
  };
  if (workers_->submit(store)) return;
  blob_again_ = io_.after(kBlobAgain, strand_, [weak = weak_from_this(), bytes] {
    const auto self = weak.lock();
    if (self && self->process_) self->store_blob(bytes);
  });
}

// ------------------------------------------------------------------ end

void ProcessLink::lost(std::string why) {
  const auto stopped = answers_.take_stopped();
  forget_process();
  const auto side = side_.lock();
  if (!stopped && side) return side->instance_lost(std::move(why));
  if (side) side->contract_break("its process " + why + " while it was stopped");
  if (stopped) stopped();
}

void ProcessLink::forget_process() {
  heartbeat_.cancel();
  patience_.cancel();
  blob_again_.cancel();
  if (const auto process = std::exchange(process_, nullptr)) process->forget();
  running_ = false;
  said_in_start_.clear();
  calls_.reset();
  answers_.abandon();
}

}  // namespace

std::shared_ptr<Link> make_process_link(ProcessSpec spec, std::weak_ptr<HostSide> side, net::IoContext& io,
                                        net::Strand strand, std::shared_ptr<net::Workers> workers,
                                        const HostLimits& limits) {
  return std::make_shared<ProcessLink>(std::move(spec), std::move(side), io, std::move(strand), std::move(workers),
                                       limits);
}

}  // namespace jackfield::host
