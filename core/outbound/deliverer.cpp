#include "outbound/deliverer.hpp"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <thread>

#include "base/log.hpp"
#include "outbound/lanes.hpp"
#include "outbound/request.hpp"

namespace jackfield::outbound {
namespace {

using std::chrono::steady_clock;

constexpr std::size_t kBatch = 128;  // events a read
constexpr Millis kSavePause{200};    // between two savings of a cursor, when nothing failed
constexpr Millis kStoreTroublePause{1000};
constexpr Millis kLogPause{60'000};
constexpr Millis kIdleSleep{3600'000};  // without webhooks; a refresh wakes it
constexpr Millis kLongestSleep{1000};   // the wall clock may jump, so it is looked at that often

// One webhook at work. The deliverer's thread only.
struct Subscription {
  explicit Subscription(store::Webhook w) : row(std::move(w)), lanes(row.id, row.cursor), saved_cursor(row.cursor) {}

  store::Webhook row;
  Lanes lanes;
  std::size_t open = 0;
  Time paused_until{};
  std::int64_t saved_cursor;
  bool saving = false, to_disable = false;
  steady_clock::time_point save_not_before{}, read_not_before{};
  WebhookFigures figures;
};
using Subscriptions = std::map<Id, Subscription>;

std::string part_of(const Subscription& s) { return "webhook/" + s.row.name; }

Id lane_of(const Event& event) { return event.conversation ? event.conversation : event.contact; }

}  // namespace

struct Deliverer::State : std::enable_shared_from_this<Deliverer::State> {
  State(DelivererPorts p, DelivererLimits l) : ports(std::move(p)), limits(l) {}

  const DelivererPorts ports;
  const DelivererLimits limits;

  // --- any thread
  mutable std::mutex mutex;  // over what follows
  std::condition_variable changed;
  std::deque<std::function<void()>> tasks;
  std::int64_t committed = 0;
  bool poked = false, stopped = false;
  std::map<Id, WebhookFigures> figures;

  // --- the deliverer's thread
  std::unique_ptr<store::Reader> reader;
  Subscriptions subscriptions;
  std::size_t open = 0;

  net::HttpClient http;
  std::thread thread;

  void post(std::function<void()> task) {
    std::lock_guard lock(mutex);
    if (stopped) return;
    tasks.push_back(std::move(task));
    changed.notify_one();
  }

  void run() {
    for (;;) {
      std::deque<std::function<void()>> now;
      {
        std::unique_lock lock(mutex);
        changed.wait_for(lock, sleep_time(), [this] { return stopped || poked || !tasks.empty(); });
        if (stopped) return;
        poked = false;
        now.swap(tasks);
      }
      try {
        for (const auto& task : now) task();
        for (auto& [id, s] : subscriptions) work(s);
        publish();
      } catch (const std::exception& e) {
        log::error("webhooks", std::string("delivering failed: ") + e.what());
      }
    }
  }

  Millis sleep_time() const {
    Millis sleep = subscriptions.empty() ? kIdleSleep : kLongestSleep;
    const Time now = ports.clock.now();
    for (const auto& [id, s] : subscriptions) {
      if (needs_saving(s)) sleep = std::min(sleep, kSavePause);
      if (!s.row.enabled || s.open >= limits.open_each || open >= limits.open) continue;
      if (const auto due = s.lanes.next_due())
        sleep = std::min(sleep, std::max(std::max(*due, s.paused_until) - now, Millis{1}));
    }
    return std::max(sleep, Millis{1});
  }

  void publish() {
    std::map<Id, WebhookFigures> all;
    for (auto& [id, s] : subscriptions) {
      s.figures.waiting = s.lanes.size();
      all.emplace(id, s.figures);
    }
    std::lock_guard lock(mutex);
    figures = std::move(all);
  }

  void work(Subscription& s) {
    if (s.row.enabled) {
      read(s);
      launch(s);
    }
    save(s);
  }

  // --- which webhooks there are
  void refresh() {
    auto rows = reader->webhooks();
    if (!rows) return trouble("cannot read the webhooks", rows.error());
    std::erase_if(subscriptions, [&](const auto& entry) {
      return std::none_of(rows->begin(), rows->end(), [&](const auto& row) { return row.id == entry.first; });
    });
    for (auto& row : *rows) {
      const auto found = subscriptions.find(row.id);
      if (found == subscriptions.end()) {
        begin(std::move(row));
      } else if (!found->second.to_disable) {
        found->second.row = std::move(row);
      }
    }
  }

  void begin(store::Webhook row) {
    const Id id = row.id;
    Subscription s(std::move(row));
    store::PageArgs page{500, {}};
    do {
      const auto held = reader->webhook_events(id, store::WebhookEventState::waiting, page);
      if (!held) return trouble("cannot read what waits for a webhook", held.error());
      for (const auto& event : held->items) s.lanes.restore(event);
      page.cursor = held->next;
    } while (!page.cursor.empty());
    subscriptions.emplace(id, std::move(s));
  }

  void trouble(std::string_view what, const Error& error) {
    log::error("webhooks", std::string(what) + ": " + error.message);
  }

  // --- reading the log
  void read(Subscription& s) {
    while (s.lanes.unstored() < limits.unstored && s.lanes.size() < limits.kept &&
           steady_clock::now() >= s.read_not_before) {
      const std::int64_t seen = last_committed();  // before the read: it surely sees all up to here
      if (s.lanes.read_to() >= seen) return;
      auto events = reader->events(s.lanes.read_to(), s.row.types, kBatch);
      if (!events) return cannot_read(s, events.error());
      for (const auto& view : *events) s.lanes.add(view.event.cursor, lane_of(view.event));
      const std::int64_t last = events->empty() ? 0 : events->back().event.cursor;
      s.lanes.read_up_to(events->size() < kBatch ? std::max(seen, last) : last);
    }
  }

  void cannot_read(Subscription& s, const Error& error) {
    if (error.code == Errc::not_found) {
      log::error(part_of(s), "events up to " + to_cursor(s.lanes.read_to()) +
                                 " and later are gone from the log before they could be delivered; going on with the "
                                 "oldest that is left");
      return s.lanes.read_up_to(0);
    }
    trouble("cannot read the event log", error);
    s.read_not_before = steady_clock::now() + kStoreTroublePause;
  }

  std::int64_t last_committed() const {
    std::lock_guard lock(mutex);
    return committed;
  }

  // --- sending
  void launch(Subscription& s) {
    const Time now = ports.clock.now();
    if (now < s.paused_until || s.open >= limits.open_each || open >= limits.open) return;
    const std::size_t room = std::min(limits.open_each - s.open, limits.open - open);
    for (const std::int64_t cursor : s.lanes.take_due(now, room)) send(s, cursor, now);
  }

  void send(Subscription& s, std::int64_t cursor, Time now) {
    const auto found = reader->events(cursor - 1, {}, 1);
    const bool gone =
        found ? found->empty() || found->front().event.cursor != cursor : found.error().code == Errc::not_found;
    if (gone) return give_up(s, cursor, "the event is no longer in the log");
    if (!found) return fail(s, cursor, found.error().message);
    auto call = request_of(s.row, cursor, ports.render(found->front()), now, limits.timeout);
    const auto done = [weak = weak_from_this(), id = s.row.id, cursor](const net::HttpAnswer& answer) {
      if (const auto self = weak.lock())
        self->post([self = self.get(), id, cursor, answer] { self->answered(id, cursor, answer); });
    };
    if (!http.submit(std::move(call), done)) return fail(s, cursor, "too many requests are under way");
    ++s.open;
    ++open;
  }

  void answered(Id id, std::int64_t cursor, const net::HttpAnswer& answer) {
    --open;
    const auto found = subscriptions.find(id);
    if (found == subscriptions.end()) return;  // removed meanwhile
    Subscription& s = found->second;
    --s.open;
    const Verdict verdict = verdict_of(answer, limits.longest_pause);
    if (verdict.kind == Verdict::Kind::delivered) return delivered(s, cursor);
    if (verdict.kind == Verdict::Kind::gone) disable(s, verdict.error);
    if (verdict.pause.count() > 0) s.paused_until = ports.clock.now() + verdict.pause;
    fail(s, cursor, verdict.error);
  }

  void delivered(Subscription& s, std::int64_t cursor) {
    ++s.figures.delivered;
    s.lanes.delivered(cursor);
  }

  void fail(Subscription& s, std::int64_t cursor, const std::string& error) {
    const Time now = ports.clock.now();
    // Not a line for each: a receiver that is down fails for every conversation.
    if (s.figures.last_error != error || now - s.figures.failed_at > kLogPause)
      log::warn(part_of(s), "event " + to_cursor(cursor) + ": " + error);
    s.figures.last_error = error;
    s.figures.failed_at = now;
    ++s.figures.failures;
    const int failures = s.lanes.attempts(cursor) + 1;
    const Time next = now + limits.backoff.after(failures, ports.random);
    const Time first = failures == 1 ? now : s.lanes.first_at(cursor);
    if (next - first > limits.give_up) return give_up(s, cursor, error);
    s.lanes.failed(cursor, now, next, error);
  }

  void give_up(Subscription& s, std::int64_t cursor, const std::string& error) {
    log::error(part_of(s), "event " + to_cursor(cursor) + " is a dead letter: " + error);
    ++s.figures.dead;
    s.lanes.give_up(cursor, ports.clock.now(), error);
  }

  void disable(Subscription& s, const std::string& reason) {
    log::error(part_of(s), "disabled: " + reason);
    s.row.enabled = false;
    s.row.reason = reason;
    s.to_disable = true;
  }

  // --- what must outlive the process
  bool needs_saving(const Subscription& s) const {
    return s.to_disable || s.lanes.has_changes() || s.lanes.safe_cursor() != s.saved_cursor;
  }

  void save(Subscription& s) {
    if (s.saving || !needs_saving(s)) return;
    const auto now = steady_clock::now();
    const bool urgent = s.to_disable || s.lanes.has_changes();
    if (now < s.save_not_before && !(urgent && s.save_not_before - now <= kSavePause)) return;
    s.saving = true;
    s.save_not_before = now + kSavePause;
    submit_save(s);
  }

  struct Saving {
    Id id;
    std::int64_t cursor = 0;
    bool disable = false;
    std::string reason;
    Lanes::Changes changes;
  };

  void submit_save(Subscription& s) {
    auto saving = std::make_shared<Saving>(
        Saving{s.row.id, s.lanes.safe_cursor(), s.to_disable, s.row.reason, s.lanes.take_changes()});
    const auto finished = [weak = weak_from_this(), saving](const Result<void>& outcome) {
      const auto self = weak.lock();
      if (self) self->post([self = self.get(), saving, ok = outcome.has_value()] { self->saved(*saving, ok); });
    };
    ports.committer.submit_or_refuse(
        store::command([saving](store::Unit& unit) { return write(unit, *saving); }, finished));
  }

  static Result<void> write(store::Unit& unit, const Saving& saving) {
    store::Webhook* row = unit.webhook(saving.id);
    if (!row) return {};
    row->cursor = saving.cursor;
    if (saving.disable) {
      row->enabled = false;
      row->reason = saving.reason;
    }
    unit.changed(*row);
    for (const auto& event : saving.changes.put) unit.put(event);
    for (const std::int64_t cursor : saving.changes.removed) unit.remove(store::WebhookEvent{saving.id, cursor});
    return {};
  }

  void saved(const Saving& saving, bool ok) {
    const auto found = subscriptions.find(saving.id);
    if (found == subscriptions.end()) return;
    Subscription& s = found->second;
    s.saving = false;
    if (ok) {
      s.saved_cursor = saving.cursor;
      if (!saving.disable) return;
      s.to_disable = false;
      refresh();  // somebody may have changed it meanwhile
    } else {
      s.lanes.take_back(saving.changes);
      s.save_not_before = steady_clock::now() + kStoreTroublePause;
    }
  }

  void send_again(const store::WebhookEvent& row) {
    if (const auto found = subscriptions.find(row.webhook); found != subscriptions.end())
      found->second.lanes.restore(row);
  }
};

Deliverer::Deliverer() = default;
Deliverer::~Deliverer() { stop(); }

Result<std::unique_ptr<Deliverer>> Deliverer::open(DelivererPorts ports, DelivererLimits limits) {
  std::unique_ptr<Deliverer> deliverer(new Deliverer);
  deliverer->state_ = std::make_shared<State>(std::move(ports), limits);
  State& state = *deliverer->state_;
  auto reader = state.ports.store.open_reader();
  if (!reader) return reader.error();
  state.reader = std::move(*reader);
  const auto last = state.reader->last_cursor();
  if (!last) return last.error();
  state.committed = *last;
  state.refresh();
  state.poked = true;
  state.publish();
  state.thread = std::thread([&state] { state.run(); });
  return deliverer;
}

void Deliverer::committed(std::int64_t last_cursor) {
  std::lock_guard lock(state_->mutex);
  state_->committed = std::max(state_->committed, last_cursor);
  if (state_->figures.empty()) return;  // no webhooks: a commit wakes nobody
  state_->poked = true;
  state_->changed.notify_one();
}

void Deliverer::refresh() {
  state_->post([state = state_.get()] { state->refresh(); });
}

void Deliverer::send_again(store::WebhookEvent row) {
  state_->post([state = state_.get(), row = std::move(row)] { state->send_again(row); });
}

WebhookFigures Deliverer::figures(Id webhook) const {
  std::lock_guard lock(state_->mutex);
  const auto found = state_->figures.find(webhook);
  return found == state_->figures.end() ? WebhookFigures{} : found->second;
}

std::size_t Deliverer::webhooks() const {
  std::lock_guard lock(state_->mutex);
  return state_->figures.size();
}

void Deliverer::stop() {
  {
    std::lock_guard lock(state_->mutex);
    state_->stopped = true;
    state_->changed.notify_one();
  }
  if (!state_->thread.joinable()) return state_->http.stop();
  state_->thread.join();
  state_->http.stop();
  for (auto& [id, s] : state_->subscriptions) {
    if (!s.saving && state_->needs_saving(s)) state_->submit_save(s);
  }
}

}  // namespace jackfield::outbound
