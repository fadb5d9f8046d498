// What every resource works with: the ports, and the two ways to serve a call (a read, a write).
#pragma once

#include <atomic>
#include <functional>
#include <memory>

#include "api/api.hpp"
#include "api/call.hpp"
#include "api/cors.hpp"
#include "api/event_hub.hpp"
#include "api/public_availability.hpp"
#include "api/read_pool.hpp"
#include "api/router.hpp"
#include "api/tickets.hpp"
#include "api/token_book.hpp"
#include "flow/flow.hpp"
#include "host/host.hpp"
#include "net/io.hpp"
#include "outbound/deliverer.hpp"
#include "store/media_store.hpp"
#include "store/store.hpp"

namespace jackfield::api {

// Whose pages get in, as the configuration that is in force says it; constant. Which tokens do, TokenBook knows.
struct Access {
  explicit Access(const ApiConfig& config);

  const Cors& cors_of(std::string_view path) const { return path.starts_with(kPublicPath) ? public_cors : cors; }

  const Cors cors, public_cors;
  const std::shared_ptr<PublicDesk> desk;
  std::string public_url;
};

struct Context {
  Context(ApiPorts p, ApiConfig c)
      : ports(p),
        config(std::move(c)),
        tokens(std::make_shared<TokenBook>(std::move(config.tokens), p.random)),
        tickets(p.clock, p.random),
        access_(std::make_shared<const Access>(config)) {}

  const ApiPorts ports;
  ApiConfig config;  // without its tokens
  const std::shared_ptr<TokenBook> tokens;
  Tickets tickets;
  std::unique_ptr<ReadPool> reads;
  std::unique_ptr<EventHub> hub;
  std::unique_ptr<outbound::Deliverer> deliverer;
  std::function<net::HttpServerStats()> http_stats;
  std::atomic<bool> draining{false};

  std::shared_ptr<const Access> access() const { return std::atomic_load(&access_); }  // [any thread]
  void set_access(std::shared_ptr<const Access> access) { std::atomic_store(&access_, std::move(access)); }

  using Read = std::function<void(Call&, store::Reader&)>;
  // Does the work on a reading thread; it answers the call. Too much waits: 503.
  void read(const CallPtr& call, Read work);

  using Decide = std::function<Result<flow::Answer>(store::Unit&, const flow::Environment&)>;
  // Runs the decision as a command and answers with what it returns. An Idempotency-Key is taken when `creates`.
  void write(const CallPtr& call, bool creates, Decide decide);
  // The same for those who answer by themselves; false: the call was refused and answered already.
  bool idempotency_of(const CallPtr& call, flow::Idempotency& out);

  // The caller's token was used: told in the store once a minute.
  void note_use(const Caller& caller);

  // On a reading thread: may the caller see that conversation? Answers the call when not.
  bool may_see(Call& call, store::Reader& reader, Id conversation);

 private:
  std::shared_ptr<const Access> access_;  // through std::atomic_load and _store
};

// Answers with what a write came to.
void answer(Call& call, const Result<flow::Answer>& result);

// Inside a decision: Errc::not_found or denied when the conversation is not there for that caller.
Result<void> check_conversation(store::Unit& unit, const Caller& caller, Id conversation);
Result<void> check_message(store::Unit& unit, const Caller& caller, Id message);

// The API's form of a conversation, with its reply windows.
std::string conversation_json(const Conversation& conversation, const Contact* contact, const flow::Environment& env);
std::string event_json(const store::EventView& view, const flow::Environment& env);

// The resources, each in the file of its name.
void add_health(Router& router, Context& context);
void add_metrics(Router& router, Context& context);
void add_openapi(Router& router, Context& context);
void add_channels(Router& router, Context& context);
void add_conversations(Router& router, Context& context);
void add_messages(Router& router, Context& context);
void add_dead_letters(Router& router, Context& context);
void add_contacts(Router& router, Context& context);
void add_identity(Router& router, Context& context);  // merges, export, import
void add_agents(Router& router, Context& context);
void add_queues(Router& router, Context& context);
void add_callbacks(Router& router, Context& context);
void add_media(Router& router, Context& context);
void add_events(Router& router, Context& context);
void add_stream(Router& router, Context& context);
void add_subscriptions(Router& router, Context& context);
void add_public_availability(Router& router, Context& context);
void add_tokens(Router& router, Context& context);
void add_all(Router& router, Context& context);

std::string_view openapi_document();  // docs/openapi.json

}  // namespace jackfield::api
