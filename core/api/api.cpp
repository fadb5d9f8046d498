#include "api/api.hpp"

#include <exception>

#include "api/context.hpp"
#include "api/sse.hpp"
#include "api/subscriptions.hpp"
#include "api/webhooks.hpp"
#include "base/log.hpp"

namespace jackfield::api {
namespace {

constexpr std::size_t kOtherBody = 64 * 1024;  // where no body is wanted: enough to answer 404 or 405 properly

// A path may be anything, so it is cut.
std::string shown(std::string_view path) { return std::string(path.substr(0, 128)); }

}  // namespace

struct Api::State {
  State(ApiPorts ports, ApiConfig config) : context(ports, std::move(config)) { add_all(router, context); }

  void serve(const CallPtr& call) {
    std::string allowed;
    const auto& request = call->request;
    const Route* route = router.match(request.method, request.path, call->path_args, allowed);
    const bool open = route && route->roles == 0;
    if (!open) call->caller = find_caller(request);
    // Before 404 and 405: who has no token learns nothing of what there is.
    if (!open && !call->caller) return call->problem(unauthorized());
    if (call->caller) context.note_use(*call->caller);
    if (!route && !allowed.empty()) {
      return call->problem({405,
                            "method_not_allowed",
                            request.method.substr(0, 16) + " is not for this resource",
                            {},
                            {{"Allow", allowed}}});
    }
    if (!route) return call->problem(not_found("there is nothing at " + shown(request.path)));
    if (!open && !call->caller->has(route->roles)) return call->problem(denied("your role may not do this"));
    route->handler(call);
  }

  // A ticket stands for a token where a browser can send none: on the streams.
  std::shared_ptr<const Caller> find_caller(const net::HttpRequest& request) {
    const auto tokens = context.tokens->tokens();
    const Time now = context.ports.clock.now();
    const auto header = request.header("authorization");
    if (!header.empty() || !(request.websocket || wants_event_stream(request))) return tokens->find(header, now);
    for (const auto& [name, value] : net::parse_query(request.query)) {
      if (name != "ticket") continue;
      auto caller = context.tickets.take(value);
      return caller && tokens->know(*caller, now) ? caller : nullptr;
    }
    return nullptr;
  }

  // Whose token goes, or expires, is cut off.
  void follow_tokens() {
    const auto known = [this](const Caller& caller) {
      return context.tokens->tokens()->know(caller, context.ports.clock.now());
    };
    context.hub->admit(known);
    context.tokens->start(context.ports.io, context.ports.clock,
                          [this, known] { context.hub->drop([&](const Caller& caller) { return !known(caller); }); });
  }

  Context context;
  Router router;
};

Api::Api(std::unique_ptr<State> state) : state_(std::move(state)) {}
Api::~Api() { stop(); }

Result<std::unique_ptr<Api>> Api::open(ApiPorts ports, ApiConfig config) {
  const ApiLimits limits = config.limits;
  if (auto synced = sync_webhooks(ports, config.webhooks); !synced) return synced.error();
  config.webhooks.clear();  // their secrets are in the store
  auto state = std::make_unique<State>(ports, std::move(config));
  auto reads = ReadPool::open(ports.store, limits.readers, limits.reads_waiting);
  if (!reads) return reads.error();
  state->context.reads = std::move(*reads);
  const RenderEvent render = [&flow = ports.flow](const store::EventView& view) {
    return event_json(view, *flow.environment());
  };
  auto hub = EventHub::open(ports.store, render, limits.followers, limits.long_polls);
  if (!hub) return hub.error();
  state->context.hub = std::move(*hub);
  auto deliverer = outbound::Deliverer::open({ports.store, ports.committer, ports.clock, ports.random, render});
  if (!deliverer) return deliverer.error();
  state->context.deliverer = std::move(*deliverer);
  auto tokens = ports.store.open_reader();
  if (!tokens) return tokens.error();
  state->context.tokens->read_with(std::move(*tokens));
  if (auto made = state->context.tokens->made(); !made) return made.error();
  state->follow_tokens();
  return std::unique_ptr<Api>(new Api(std::move(state)));
}

void Api::handle(net::HttpRequest request, std::shared_ptr<net::Responder> responder) {
  Context& context = state_->context;
  if (request.path.starts_with(kWebhookMount)) {
    return pass_webhook(context.ports.host, context.access()->public_url, std::move(request), std::move(responder));
  }
  const auto access = context.access();
  const Cors& cors = access->cors_of(request.path);
  responder = cors.wrap(request, std::move(responder));
  if (cors.preflight(request, *responder)) return;
  // The server leaves the body out; what a GET would say is said of it (RFC 9110 §9.3.2). Load balancers ask so.
  if (request.method == "HEAD") request.method = "GET";
  const auto call = std::make_shared<Call>(std::move(request), std::move(responder));
  try {
    state_->serve(call);
  } catch (const std::exception& e) {
    log::error("api", call->request.method + " " + shown(call->request.path) + " failed: " + e.what());
    call->problem({500, "internal", "this is a fault of the server; its log says more", {}, {}});
  }
}

Result<void> Api::configure(ApiConfig config) {
  Context& context = state_->context;
  if (auto synced = sync_webhooks(context.ports, config.webhooks); !synced) return synced;
  const auto access = std::make_shared<const Access>(config);
  context.set_access(access);
  context.deliverer->refresh();
  context.tokens->configured(std::move(config.tokens));
  return {};
}

std::size_t Api::body_limit(std::string_view method, std::string_view path) const {
  const Context& context = state_->context;
  if (path.starts_with(kWebhookMount)) {
    const auto target = webhook_target(path);
    return std::max(context.ports.host.webhook_limit(target.channel, target.path), kOtherBody);
  }
  if (method == "POST" && path == "/v1/media") return context.config.limits.upload_bytes;
  if (method == "POST" && path == "/v1/contacts/import") return context.config.limits.import_bytes;
  const bool takes_body = method == "POST" || method == "PATCH" || method == "PUT";
  return takes_body ? context.config.limits.body_bytes : kOtherBody;
}

void Api::committed(const store::Committed& what) {
  if (what.last_cursor == 0) return;
  state_->context.hub->committed(what.last_cursor);
  state_->context.deliverer->committed(what.last_cursor);
}

void Api::tokens_changed() {
  const auto made = state_->context.tokens->made();
  if (!made) log::error("api", "the tokens that changed cannot be read: " + made.error().message);
}

void Api::set_http_stats(std::function<net::HttpServerStats()> stats) { state_->context.http_stats = std::move(stats); }

void Api::set_draining() { state_->context.draining = true; }

void Api::stop() {
  set_draining();
  state_->context.tokens->stop();
  if (state_->context.hub) state_->context.hub->stop();
  if (state_->context.deliverer) state_->context.deliverer->stop();
  if (state_->context.reads) state_->context.reads->stop();
}

}  // namespace jackfield::api
