#include "app/unnamed_files.hpp"

#include <algorithm>
#include <mutex>

#include "base/log.hpp"

namespace jackfield::app {
namespace {

constexpr std::size_t kAtOnce = 20;  // files a step: each is looked for in all of a connector's state

}  // namespace

struct UnnamedFiles::State : std::enable_shared_from_this<State> {
  State(net::IoContext& i, store::Committer& c, store::MediaStore& m, const Clock& k, UnnamedFilesTimes t)
      : io(i), committer(c), media(m), clock(k), times(t) {}

  void arm(Millis wait) {
    const std::lock_guard lock(mutex);
    if (stopped) return;
    timer = io.after(wait, [weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->step();
    });
  }

  // The next files to look at, all of one subfolder; none when the run is over.
  std::vector<std::string> next_files() {
    while (waiting.empty() && subfolder < 256)
      waiting = media.older_than(clock.now() - times.age, static_cast<std::uint8_t>(subfolder++));
    const auto count = std::min(waiting.size(), kAtOnce);
    std::vector<std::string> out(waiting.end() - static_cast<std::ptrdiff_t>(count), waiting.end());
    waiting.resize(waiting.size() - count);
    return out;
  }

  void step() {
    auto files = next_files();
    if (files.empty()) return end_run();
    auto gone = std::make_shared<std::size_t>(0);
    // Looked for and removed on the committer's thread: no row that names one of them can come in between.
    const auto decide = [self = shared_from_this(), files = std::move(files), gone](store::Unit& unit) -> Result<void> {
      for (const auto& file : files)
        if (!unit.file_used(file) && !unit.file_mentioned(file)) *gone += self->media.remove(file);
      return {};
    };
    const auto finished = [weak = weak_from_this(), gone](const Result<void>&) {
      const auto self = weak.lock();
      if (!self) return;
      self->collected += *gone;
      self->arm(self->times.between);
    };
    {
      const std::lock_guard lock(mutex);
      if (stopped) return;
    }
    committer.submit_or_refuse(store::command(decide, finished));
  }

  void end_run() {
    if (collected > 0) log::info("store", std::to_string(collected) + " files that nothing names were removed");
    collected = 0;
    subfolder = 0;
    arm(times.every);
  }

  net::IoContext& io;
  store::Committer& committer;
  store::MediaStore& media;
  const Clock& clock;
  const UnnamedFilesTimes times;
  std::mutex mutex;  // guards these two
  net::TimerHandle timer;
  bool stopped = false;
  std::vector<std::string> waiting;  // these belong to the step that runs
  int subfolder = 0;
  std::size_t collected = 0;
};

UnnamedFiles::UnnamedFiles(net::IoContext& io, store::Committer& committer, store::MediaStore& media,
                           const Clock& clock, UnnamedFilesTimes times)
    : state_(std::make_shared<State>(io, committer, media, clock, times)) {}

UnnamedFiles::~UnnamedFiles() { stop(); }

void UnnamedFiles::start() { state_->arm(state_->times.first); }

void UnnamedFiles::stop() {
  const std::lock_guard lock(state_->mutex);
  state_->stopped = true;
  state_->timer.cancel();
}

}  // namespace jackfield::app
