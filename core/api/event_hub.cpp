#include "api/event_hub.hpp"

#include <algorithm>
#include <deque>
#include <mutex>
#include <set>

#include "api/read_pool.hpp"
#include "api/sse.hpp"
#include "base/log.hpp"
#include "store/store.hpp"

namespace jackfield::api {
namespace {

constexpr std::size_t kBatch = 256;  // events a read

struct Follower {
  enum class Mode : std::uint8_t { tail, behind, full };

  EventFilter filter;
  Framing framing = Framing::json;
  std::shared_ptr<net::WebSocket> socket;
  std::int64_t cursor = 0;  // the last it got or need not get; of the thread that sends to it now
  Mode mode =
      Mode::behind;  // tail: the tail's thread sends; behind: it has a job with the catch-up thread; full: nobody
  std::uint64_t drains = 0;
};
using FollowerPtr = std::shared_ptr<Follower>;
using WaiterPtr = std::shared_ptr<Waiter>;

using Frame = std::shared_ptr<const std::string>;

// An event of a broadcast; each form of it is made when the first follower needs it.
struct Item {
  store::EventView view;
  Frame json, sse;
};

}  // namespace

bool EventFilter::wants(EventType type) const {
  return types.empty() || std::find(types.begin(), types.end(), type) != types.end();
}

bool QueueLookup::visible(const store::EventView& view, const EventFilter& filter) {
  if (filter.caller.sees_all()) return true;
  if (view.conversation) return filter.caller.sees_queue(view.conversation->conversation.queue);
  return visible(view.event.conversation, filter.caller);
}

bool QueueLookup::visible(Id conversation, const Caller& caller) {
  if (caller.sees_all()) return true;
  return conversation && caller.sees_queue(queue_of(conversation));
}

const std::string& QueueLookup::queue_of(Id conversation) {
  const auto [at, is_new] = queues_.try_emplace(conversation);
  if (is_new) {
    const auto view = reader_.conversation(conversation);
    if (view && *view) at->second = (*view)->conversation.queue;
  }
  return at->second;
}

struct EventHub::State {
  RenderEvent render;
  std::size_t most_followers = 0, most_waiters = 0;

  mutable std::mutex mutex;    // guards all below, and Follower::mode and drains
  std::int64_t committed = 0;  // what the committer told
  std::int64_t tail = 0;       // the tail's followers have, or are being given, everything up to here
  bool reading = false;        // the tail's thread has a job
  bool stopped = false;
  std::set<FollowerPtr> followers;
  std::set<WaiterPtr> waiters;
  std::size_t at_tail = 0;  // followers in mode tail
  std::deque<FollowerPtr> for_room;  // behind, and the catch-up thread's queue was full

  std::unique_ptr<ReadPool> tail_pool, catch_up_pool;  // one thread each

  // --- with the mutex held
  bool nobody_listens() const { return at_tail == 0 && waiters.empty(); }
  std::int64_t newest() const { return std::max(committed, tail); }

  // May somebody who has everything up to that cursor leave the rest to the tail?
  bool can_join(std::int64_t cursor) {
    if (cursor < tail && !reading && nobody_listens()) tail = cursor;  // nobody else minds if the tail goes back
    return cursor >= tail;
  }

  void set_mode(Follower& follower, Follower::Mode mode) {
    at_tail -= follower.mode == Follower::Mode::tail;
    at_tail += mode == Follower::Mode::tail;
    follower.mode = mode;
  }

  void wake_tail() {
    if (reading || stopped) return;
    if (nobody_listens()) tail = newest();
    if (tail >= committed) return;
    reading = tail_pool->submit([this](store::Reader& reader) { read_tail(reader); });
  }

  // Followers that come and go fast can fill the pool; each job that ends makes room for one who waits.
  void begin_catch_up(const FollowerPtr& follower) {
    set_mode(*follower, Follower::Mode::behind);
    const bool taken = catch_up_pool->submit([this, follower](store::Reader& reader) {
      try {
        catch_up(follower, reader);
      } catch (const std::exception& broken) {
        refuse(follower, fail(Errc::unavailable, broken.what()));
      }
      std::lock_guard lock(mutex);
      begin_next_catch_up();
    });
    if (!taken) for_room.push_back(follower);
  }

  void begin_next_catch_up() {
    while (!for_room.empty() && !stopped) {
      const FollowerPtr next = std::move(for_room.front());
      for_room.pop_front();
      if (followers.contains(next)) return begin_catch_up(next);
    }
  }

  // --- the tail's thread
  void read_tail(store::Reader& reader) {
    for (;;) {
      std::int64_t from = 0, seen = 0;
      {
        std::lock_guard lock(mutex);
        if (nobody_listens()) tail = newest();
        if (stopped || tail >= committed) {
          reading = false;
          return;
        }
        from = tail;
        seen = committed;
      }
      auto events = reader.events(from, {}, kBatch);
      if (!events) return give_up_tail(events.error());
      broadcast(reader, std::move(*events), seen);
    }
  }

  // The tail could not be read: its followers try on their own, and are told when that fails too.
  void give_up_tail(const Error& error) {
    log::error("api", "cannot read the event log: " + error.message);
    std::vector<WaiterPtr> woken;
    {
      std::lock_guard lock(mutex);
      for (const auto& follower : followers) {
        if (follower->mode == Follower::Mode::tail) begin_catch_up(follower);
      }
      woken.assign(waiters.begin(), waiters.end());
      waiters.clear();
      tail = newest();
      reading = false;
    }
    for (const auto& waiter : woken) waiter->wake();
  }

  void broadcast(store::Reader& reader, std::vector<store::EventView> events, std::int64_t seen) {
    std::vector<Item> items;
    items.reserve(events.size());
    for (auto& view : events) items.push_back({std::move(view), nullptr, nullptr});
    const std::int64_t last = items.empty() ? 0 : items.back().view.event.cursor;
    std::vector<FollowerPtr> to;
    std::vector<WaiterPtr> waiting;
    std::int64_t until = 0;
    {
      // Moved before the frames are sent, so that who joins from now on has already got these.
      std::lock_guard lock(mutex);
      until = tail = items.size() < kBatch ? std::max(seen, last) : last;
      for (const auto& follower : followers) {
        if (follower->mode == Follower::Mode::tail) to.push_back(follower);
      }
      waiting.assign(waiters.begin(), waiters.end());
    }
    QueueLookup queues(reader);
    for (const auto& follower : to) send_items(follower, items, queues, until);
    for (const auto& waiter : waiting) wake_if_wanted(waiter, items, queues);
  }

  void send_items(const FollowerPtr& follower, std::vector<Item>& items, QueueLookup& queues, std::int64_t until) {
    for (Item& item : items) {
      if (item.view.event.cursor <= follower->cursor) continue;
      if (follower->filter.wants(item.view.event.type) && queues.visible(item.view, follower->filter)) {
        if (!send(follower, frame_of(item, follower->framing))) return;
      }
      follower->cursor = item.view.event.cursor;
    }
    follower->cursor = std::max(follower->cursor, until);
  }

  const Frame& frame_of(Item& item, Framing framing) {
    if (!item.json) item.json = std::make_shared<const std::string>(render(item.view));
    if (framing == Framing::json) return item.json;
    if (!item.sse) item.sse = std::make_shared<const std::string>(sse_frame(item.view.event, *item.json));
    return item.sse;
  }

  void wake_if_wanted(const WaiterPtr& waiter, const std::vector<Item>& items, QueueLookup& queues) {
    const bool wanted = std::any_of(items.begin(), items.end(), [&](const Item& item) {
      return waiter->filter.wants(item.view.event.type) && queues.visible(item.view, waiter->filter);
    });
    if (wanted && take_out(waiter)) waiter->wake();
  }

  // --- both threads
  // False: the socket is full, or gone; the follower goes on by itself once it is drained.
  bool send(const FollowerPtr& follower, const std::shared_ptr<const std::string>& frame) {
    std::uint64_t drains = 0;
    {
      std::lock_guard lock(mutex);
      drains = follower->drains;
    }
    if (follower->socket->send(frame)) return true;
    std::lock_guard lock(mutex);
    if (!followers.contains(follower)) return false;
    if (follower->drains != drains) {  // drained between the refusal and this line
      begin_catch_up(follower);
    } else {
      set_mode(*follower, Follower::Mode::full);
    }
    return false;
  }

  bool take_out(const WaiterPtr& waiter) {
    std::lock_guard lock(mutex);
    return waiters.erase(waiter) > 0;
  }

  // --- the catch-up thread: one batch, then the others' turn
  void catch_up(const FollowerPtr& follower, store::Reader& reader) {
    std::int64_t seen = 0;
    {
      std::lock_guard lock(mutex);
      if (stopped || !followers.contains(follower)) return;
      seen = newest();
    }
    auto events = reader.events(follower->cursor, follower->filter.types, kBatch);
    if (!events) return refuse(follower, events.error());
    QueueLookup queues(reader);
    for (auto& view : *events) {
      Item item{std::move(view), nullptr, nullptr};
      if (queues.visible(item.view, follower->filter) && !send(follower, frame_of(item, follower->framing))) return;
      follower->cursor = item.view.event.cursor;
    }
    const bool at_end = events->size() < kBatch;
    if (at_end) follower->cursor = std::max(follower->cursor, seen);
    std::lock_guard lock(mutex);
    if (stopped || !followers.contains(follower)) return;
    if (!at_end || !can_join(follower->cursor)) return begin_catch_up(follower);
    set_mode(*follower, Follower::Mode::tail);
    wake_tail();
  }

  void refuse(const FollowerPtr& follower, const Error& error) {
    if (error.code == Errc::not_found) {
      follower->socket->close(4410, "the cursor is older than the event log reaches");
    } else {
      log::error("api", "cannot read the event log for a follower: " + error.message);
      follower->socket->close(1011, "the event log cannot be read");
    }
  }

  // --- io threads
  void opened(const FollowerPtr& follower, bool from_now) {
    {
      std::lock_guard lock(mutex);
      if (!stopped && followers.size() < most_followers) {
        followers.insert(follower);
        if (from_now) follower->cursor = newest();
        if (!from_now || !can_join(follower->cursor)) return begin_catch_up(follower);
        set_mode(*follower, Follower::Mode::tail);
        return;
      }
    }
    follower->socket->close(1013, "too many follow the event log");
  }

  void drained(const FollowerPtr& follower) {
    std::lock_guard lock(mutex);
    ++follower->drains;
    if (follower->mode == Follower::Mode::full && followers.contains(follower)) begin_catch_up(follower);
  }

  void closed(const FollowerPtr& follower) {
    std::lock_guard lock(mutex);
    if (followers.erase(follower)) set_mode(*follower, Follower::Mode::full);
    std::erase(for_room, follower);
  }
};

EventHub::EventHub() : state_(std::make_shared<State>()) {}
EventHub::~EventHub() { stop(); }

Result<std::unique_ptr<EventHub>> EventHub::open(store::Store& store, RenderEvent render, std::size_t most_followers,
                                                 std::size_t most_waiters) {
  std::unique_ptr<EventHub> hub(new EventHub);
  State& state = *hub->state_;
  state.render = std::move(render);
  state.most_followers = most_followers;
  state.most_waiters = most_waiters;
  auto reader = store.open_reader();
  if (!reader) return reader.error();
  const auto last = (*reader)->last_cursor();
  if (!last) return last.error();
  state.committed = state.tail = *last;
  auto tail_pool = ReadPool::open(store, 1, 4);
  if (!tail_pool) return tail_pool.error();
  state.tail_pool = std::move(*tail_pool);
  auto catch_up_pool = ReadPool::open(store, 1, 4 * most_followers + 64);  // one job a follower; room for who left
  if (!catch_up_pool) return catch_up_pool.error();
  state.catch_up_pool = std::move(*catch_up_pool);
  return hub;
}

void EventHub::committed(std::int64_t last_cursor) {
  std::lock_guard lock(state_->mutex);
  if (last_cursor <= state_->committed) return;
  state_->committed = last_cursor;
  state_->wake_tail();
}

void EventHub::drop(const std::function<bool(const Caller&)>& gone) {
  std::vector<FollowerPtr> cut;
  std::vector<WaiterPtr> woken;
  {
    std::lock_guard lock(state_->mutex);
    for (const auto& follower : state_->followers)
      if (gone(follower->filter.caller)) cut.push_back(follower);
    for (const auto& waiter : state_->waiters)
      if (gone(waiter->filter.caller)) woken.push_back(waiter);
    for (const auto& waiter : woken) state_->waiters.erase(waiter);
  }
  for (const auto& follower : cut) follower->socket->close(1008, "the token is not valid any more");
  for (const auto& waiter : woken) waiter->wake();
}

std::int64_t EventHub::last_cursor() const {
  std::lock_guard lock(state_->mutex);
  return state_->newest();
}

bool EventHub::has_room() const {
  std::lock_guard lock(state_->mutex);
  return !state_->stopped && state_->followers.size() < state_->most_followers;
}

net::WebSocketHandler EventHub::follow(EventFilter filter, std::int64_t after, Framing framing) {
  auto follower = std::make_shared<Follower>();
  follower->framing = framing;
  follower->filter = std::move(filter);
  follower->cursor = std::max<std::int64_t>(after, 0);
  // The socket owns its handler, and the follower its socket: so the handler must not own the follower for long.
  const std::weak_ptr<State> hub = state_;
  const std::weak_ptr<Follower> weak = follower;
  const auto with = [hub, weak](void (State::*what)(const FollowerPtr&)) {
    const auto state = hub.lock();
    const auto self = weak.lock();
    if (state && self) ((*state).*what)(self);
  };
  net::WebSocketHandler handler;
  handler.on_open = [hub, follower, from_now = after < 0](std::shared_ptr<net::WebSocket> socket) mutable {
    const auto self = std::move(follower);
    const auto state = hub.lock();
    if (!self || !state) return socket->close(1001, "stopping");
    self->socket = std::move(socket);
    state->opened(self, from_now);
  };
  handler.on_text = [](std::string) {};  // nothing is asked of us; pings are the server's
  handler.on_drain = [with] { with(&State::drained); };
  handler.on_close = [with] { with(&State::closed); };
  return handler;
}

EventHub::Parked EventHub::park(const std::shared_ptr<Waiter>& waiter, std::int64_t seen) {
  std::lock_guard lock(state_->mutex);
  auto& waiters = state_->waiters;
  if (waiters.size() >= state_->most_waiters) std::erase_if(waiters, [](const WaiterPtr& w) { return w->gone(); });
  if (state_->stopped || waiters.size() >= state_->most_waiters) return Parked::full;
  if (!state_->can_join(seen)) return Parked::again;
  waiters.insert(waiter);
  state_->wake_tail();
  return Parked::parked;
}

bool EventHub::unpark(const std::shared_ptr<Waiter>& waiter) { return state_->take_out(waiter); }

std::size_t EventHub::followers() const {
  std::lock_guard lock(state_->mutex);
  return state_->followers.size();
}

std::size_t EventHub::waiters() const {
  std::lock_guard lock(state_->mutex);
  return state_->waiters.size();
}

void EventHub::stop() {
  std::set<FollowerPtr> followers;
  std::set<WaiterPtr> waiters;
  {
    std::lock_guard lock(state_->mutex);
    if (!std::exchange(state_->stopped, true)) {
      followers = state_->followers;
      waiters = std::move(state_->waiters);
      state_->waiters.clear();
    }
  }
  for (const auto& follower : followers) follower->socket->close(1001, "stopping");
  for (const auto& waiter : waiters) waiter->wake();
  if (state_->tail_pool) state_->tail_pool->stop();
  if (state_->catch_up_pool) state_->catch_up_pool->stop();
}

}  // namespace jackfield::api
