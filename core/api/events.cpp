// GET /v1/events (a page of the log, a long poll, or server-sent events), GET /v1/stream (a WebSocket) and POST
// /v1/stream/tickets.
#include <chrono>

#include "api/context.hpp"
#include "api/json_object.hpp"
#include "api/request_body.hpp"
#include "api/sse.hpp"

namespace jackfield::api {
namespace {

using std::chrono::steady_clock;

constexpr int kMostWaitSeconds = 60;
constexpr int kMostHiddenPages = 20;  // an agent's page: that many reads in search of something it may see

Problem gone() { return {410, "gone", "after: the event log does not reach to this cursor; begin anew", "after", {}}; }

Problem to_events_problem(const Error& error) { return error.code == Errc::not_found ? gone() : to_problem(error); }

std::vector<EventType> read_types(Query& query) {
  std::vector<EventType> types;
  const std::string names = query.text("types").value_or("");
  for (std::string_view rest = names; !rest.empty();) {
    const std::string_view name = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(name.size() + 1, rest.size()));
    EventType type{};
    if (parse(name, type)) {
      types.push_back(type);
    } else {
      query.refuse("types", "\"" + std::string(name.substr(0, 64)) + "\" is no type of event");
    }
  }
  return types;
}

std::int64_t read_after(Query& query, std::int64_t otherwise) {
  const auto text = query.text("after");
  std::int64_t cursor = otherwise;
  if (text && !parse_cursor(*text, cursor)) query.refuse("after", "is no cursor of the event log");
  return cursor;
}

// A cursor past the end is of another log: waiting there would miss everything until then. Errc::not_found.
Result<void> check_end(const EventHub& hub, store::Reader& reader, std::int64_t after) {
  if (after <= hub.last_cursor()) return {};
  const auto last = reader.last_cursor();
  if (!last) return last.error();
  if (after > *last) return fail(Errc::not_found, "the event log has not come to this cursor");
  return {};
}

// One request for events. While it waits it is parked with the hub; whoever takes it out of there answers it.
class Poll final : public Waiter, public std::enable_shared_from_this<Poll> {
 public:
  Poll(Context& context, CallPtr call, EventFilter f, std::int64_t after, std::size_t limit)
      : Waiter(std::move(f)), context_(context), call_(std::move(call)), after_(after), limit_(limit) {}

  void begin(int wait_seconds) {
    waits_ = wait_seconds > 0;
    if (waits_) {
      const std::weak_ptr<Poll> weak = shared_from_this();
      timer_ = context_.ports.io.after(std::chrono::seconds{wait_seconds}, [weak] {
        if (const auto self = weak.lock()) self->expire();
      });
    }
    wake();
  }

  void wake() override {
    const bool taken =
        context_.reads->submit([self = shared_from_this()](store::Reader& reader) { self->read(reader); });
    if (!taken) call_->problem(busy("too many requests wait for the store"));
  }

  bool gone() const override { return call_->responder->gone(); }

 private:
  void expire() {
    expired_ = true;
    if (context_.hub->unpark(shared_from_this())) answer({}, {});
  }

  void read(store::Reader& reader) {
    if (const auto sane = check_end(*context_.hub, reader, after_); !sane)
      return call_->problem(to_events_problem(sane.error()));
    for (;;) {
      const std::int64_t seen = context_.hub->last_cursor();  // before the read: it surely sees all up to here
      std::vector<std::string> items;
      std::string next;
      if (const auto done = collect(reader, items, next); !done) return call_->problem(to_events_problem(done.error()));
      if (!items.empty() || !next.empty() || !waits_ || expired_) return answer(items, next);
      after_ = std::max(after_, seen);
      const auto parked = context_.hub->park(shared_from_this(), after_);
      if (parked == EventHub::Parked::full) return call_->problem(busy("too many requests wait for events"));
      if (parked == EventHub::Parked::parked) break;
    }
    // The time may have come between the read and the parking.
    if (expired_ && context_.hub->unpark(shared_from_this())) answer({}, {});
  }

  // What the caller may see of the next events. `next` is where to go on when there may be more.
  Result<void> collect(store::Reader& reader, std::vector<std::string>& items, std::string& next) {
    const auto env = context_.ports.flow.environment();
    QueueLookup queues(reader);
    for (int pages = 0; pages < kMostHiddenPages; ++pages) {
      const auto events = reader.events(after_, filter.types, limit_);
      if (!events) return events.error();
      for (const auto& view : *events) {
        after_ = view.event.cursor;
        if (queues.visible(view, filter)) items.push_back(event_json(view, *env));
      }
      const bool at_end = events->size() < limit_;
      next = at_end ? std::string() : to_cursor(after_);
      if (at_end || !items.empty()) break;
    }
    return {};
  }

  void answer(const std::vector<std::string>& items, std::string_view next) {
    call_->json(200, list_json(items, next));
  }

  Context& context_;
  const CallPtr call_;
  std::int64_t after_;
  const std::size_t limit_;
  bool waits_ = false;
  std::atomic<bool> expired_{false};
  net::TimerHandle timer_;
};

// Where a stream of events begins: the header that a browser sends when it comes back wins over the URL, which it
// repeats as it was.
std::int64_t read_last_event_id(const net::HttpRequest& request, Query& query) {
  const auto after = read_after(query, -1);
  const auto header = request.header("last-event-id");
  std::int64_t cursor = after;
  if (!header.empty() && !parse_cursor(header, cursor)) query.refuse("Last-Event-ID", "is no cursor of the event log");
  return cursor;
}

// Begins to follow once it is known that the log reaches back to the cursor, so that one which is too old is a 410 and
// not a stream that ends. after < 0: from now on.
void follow_after(Context& context, const CallPtr& call, std::int64_t after, std::function<void(Call&)> follow) {
  if (!context.hub->has_room()) return call->problem(busy("too many follow the event log"));
  if (after < 0) return follow(*call);
  context.read(call, [&context, follow = std::move(follow), after](Call& c, store::Reader& reader) {
    if (const auto sane = check_end(*context.hub, reader, after); !sane)
      return c.problem(to_events_problem(sane.error()));
    const auto tried = reader.events(after, {}, 1);
    if (!tried) return c.problem(to_events_problem(tried.error()));
    follow(c);
  });
}

void server_sent_events(Context& context, const CallPtr& call) {
  Query query(call->request, {"after", "types", "ticket"});
  EventFilter filter{read_types(query), *call->caller};
  auto after = read_last_event_id(call->request, query);
  if (query.error()) return call->problem(*query.error());
  if (after < 0) after = context.hub->last_cursor();  // from now on, but told to the client
  follow_after(context, call, after, [&context, filter, after](Call& c) {
    auto follower = context.hub->follow(filter, after, Framing::sse);
    c.responder->stream(sse_head(), sse_body(context.ports.io, std::move(follower), sse_preamble(after),
                                             context.config.limits.sse_keep_alive));
  });
}

void events(Context& context, const CallPtr& call) {
  if (wants_event_stream(call->request)) return server_sent_events(context, call);
  Query query(call->request, {"after", "types", "limit", "wait"});
  EventFilter filter{read_types(query), *call->caller};
  const auto after = read_after(query, 0);
  const auto limit = static_cast<std::size_t>(query.integer("limit", 1, 500, 50));
  const auto wait = static_cast<int>(query.integer("wait", 0, kMostWaitSeconds, 0));
  if (query.error()) return call->problem(*query.error());
  std::make_shared<Poll>(context, call, std::move(filter), after, limit)->begin(wait);
}

void stream(Context& context, const CallPtr& call) {
  Query query(call->request, {"after", "types", "ticket"});
  EventFilter filter{read_types(query), *call->caller};
  const auto after = read_after(query, -1);
  if (query.error()) return call->problem(*query.error());
  if (!call->request.websocket) {
    return call->problem({426,
                          "upgrade_required",
                          "this resource is a WebSocket",
                          {},
                          {{"Upgrade", "websocket"}, {"Connection", "Upgrade"}}});
  }
  follow_after(context, call, after,
               [&context, filter, after](Call& c) { c.responder->upgrade(context.hub->follow(filter, after)); });
}

void ticket(Context& context, const CallPtr& call) {
  const RequestBody body(call->request.body, {});
  if (body.error()) return call->problem(*body.error());
  const auto made = context.tickets.issue(call->caller);
  if (!made) return call->problem(busy("too many tickets wait to be used"));
  std::string out;
  JsonObject object(out);
  object.text("ticket", made->secret);
  object.time("expires_at", made->expires_at);
  object.end();
  call->json(201, std::move(out));
}

// The ids of what an event speaks of: what is left of it when the row was erased.
void append_data(JsonObject& data, std::string_view name, Id id, std::string_view json) {
  if (!json.empty()) return data.raw(name, json);
  if (!id) return;
  JsonObject only(data.key(name));
  only.id("id", id);
  only.end();
}

}  // namespace

std::string event_json(const store::EventView& view, const flow::Environment& env) {
  const Event& event = view.event;
  std::string out;
  JsonObject data(out);
  const std::string_view name = name_of(event.type);
  if (name.starts_with("message.")) {
    append_data(data, "message", event.message, view.message ? message_to_json(*view.message) : "");
  } else if (name.starts_with("conversation.")) {
    const auto* c = view.conversation ? &*view.conversation : nullptr;
    append_data(data, "conversation", event.conversation,
                c ? conversation_json(c->conversation, c->contact ? &*c->contact : nullptr, env) : "");
  } else if (name.starts_with("contact.")) {
    append_data(data, "contact", event.contact, view.contact ? contact_to_json(*view.contact) : "");
  }
  if (name.starts_with("callback.")) {
    const auto* callback = view.callback ? &*view.callback : nullptr;
    const Contact* contact = callback && callback->contact ? &*callback->contact : nullptr;
    append_data(data, "callback", event.message, callback ? callback_to_json(callback->callback, contact) : "");
  }
  data.members(event.data);
  data.end();
  return event_to_json(event, out);
}

void add_events(Router& router, Context& context) {
  router.add("GET", "/v1/events", kAll, [&context](const CallPtr& call) { events(context, call); });
}

void add_stream(Router& router, Context& context) {
  router.add("GET", "/v1/stream", kAll, [&context](const CallPtr& call) { stream(context, call); });
  router.add("POST", "/v1/stream/tickets", kAll, [&context](const CallPtr& call) { ticket(context, call); });
}

}  // namespace jackfield::api
