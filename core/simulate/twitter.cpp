#include "simulate/twitter.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <optional>

#include "base/random.hpp"
#include "net/http_server.hpp"
#include "net/io.hpp"
#include "simulate/serving.hpp"
#include "simulate/twitter_api.hpp"
#include "simulate/twitter_auth.hpp"
#include "simulate/twitter_events.hpp"

namespace jackfield::simulate {
namespace {

namespace json = boost::json;

std::string text_at(const json::object& in, std::string_view key) {
  const auto* value = in.if_contains(key);
  return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

// As X refuses; control calls are refused as those of the other stand-ins are.
void deny(const Reply& reply, int status, std::string_view why) { reply->respond(problem(status, why).response); }

// yyyymmddhhmm, UTC, as milliseconds; -1: no such time.
std::int64_t by_the_minute(const std::string& text) {
  std::tm at{};
  const char* end = strptime(text.c_str(), "%Y%m%d%H%M", &at);
  return text.size() == 12 && end && !*end ? static_cast<std::int64_t>(timegm(&at)) * 1000 : -1;
}

std::size_t body_limit(std::string_view, std::string_view) { return std::size_t{8} << 20; }

}  // namespace

// Everything below runs on the strand.
struct TwitterSimulator::State {
  explicit State(TwitterOptions given) : options(std::move(given)) {}

  void handle(const net::HttpRequest& request, const Reply& reply);
  void route(const net::HttpRequest& request, const Reply& reply);
  void respond_later(TwitterAnswer answer, const Reply& reply);
  void tokens(const net::HttpRequest& request, const Reply& reply);
  void webhooks(const net::HttpRequest& request, const Reply& reply, const std::string& id);
  void replay(const json::object& body, const Reply& reply);
  void subscriptions(const net::HttpRequest& request, const Reply& reply, const std::string& id);

  void control(const net::HttpRequest& request, const Reply& reply);
  void control_post(std::string_view what, const json::object& call, const Reply& reply);
  void control_faults(const json::object& call, const Reply& reply);

  void say(const std::string& line) const {
    if (options.quiet) return;
    std::printf("%s\n", line.c_str());
    std::fflush(stdout);
  }

  TwitterOptions options;
  SystemClock clock;
  net::IoContext io{1};
  net::Strand strand{io.make_strand()};
  TwitterAuth auth{options};
  TwitterEvents events{io, strand, clock, options};
  TwitterApi api{options, clock, events};
  std::map<std::uint64_t, net::TimerHandle> delayed;
  std::uint64_t last_delayed = 0;
  std::unique_ptr<net::HttpServer> server;
};

void TwitterSimulator::State::handle(const net::HttpRequest& request, const Reply& reply) {
  if (!request.path.starts_with("/_control/")) return route(request, reply);
  if (!is_loopback(request.remote)) return refuse(reply, 403, "control calls come from this machine only");
  control(request, reply);
}

// ------------------------------------------------------------ the X API

void TwitterSimulator::State::route(const net::HttpRequest& request, const Reply& reply) {
  say(request.method + ' ' + request.path);
  const auto fault = api.take_fault(request);
  if (fault.status > 0 || fault.drop) {
    if (fault.taken) api.handle(request);
    return respond_later(api.spoilt(fault), reply);
  }
  if (request.path.ends_with("oauth2/token")) return tokens(request, reply);
  const auto caller = auth.caller(request);
  if (caller == Caller::nobody) return deny(reply, 401, "Unauthorized");
  const auto path = path_pieces(request.path);
  const auto id = path.size() > 3 ? path[3] : std::string();
  if (path.size() >= 2 && path[1] == "webhooks") return webhooks(request, reply, path.size() > 2 ? path[2] : "");
  if (path.size() >= 3 && path[1] == "activity" && path[2] == "subscriptions") return subscriptions(request, reply, id);
  if (path.size() == 3 && path[1] == "activity" && path[2] == "stream") {
    if (events.streams() >= 2)
      return deny(reply, 429, "This stream is currently at the maximum allowed connection limit.");
    return events.open_stream(reply, static_cast<int>(number_in(request.query, "backfill_minutes", 0)));
  }
  if (caller != Caller::user) return deny(reply, 403, "client-forbidden: this needs the user's rights");
  auto answer = api.handle(request);
  answer.delay_ms += fault.delay_ms;
  respond_later(std::move(answer), reply);
}

void TwitterSimulator::State::respond_later(TwitterAnswer answer, const Reply& reply) {
  if (answer.delay_ms <= 0) return reply->respond(std::move(answer.response));
  const auto id = ++last_delayed;
  delayed[id] = io.after(Millis{answer.delay_ms}, strand, [this, id, reply, response = std::move(answer.response)] {
    reply->respond(response);
    delayed.erase(id);
  });
}

void TwitterSimulator::State::tokens(const net::HttpRequest& request, const Reply& reply) {
  const auto token = auth.token(request);
  token ? reply_json(reply, *token)
        : reply_json(reply,
                     {{"error", "invalid_request"}, {"error_description", "Value passed for the token was invalid."}},
                     400);
}

void TwitterSimulator::State::webhooks(const net::HttpRequest& request, const Reply& reply, const std::string& id) {
  boost::system::error_code error;
  const auto value = json::parse(request.body.empty() ? "{}" : request.body, error);
  if (error || !value.is_object()) return deny(reply, 400, "the body is no JSON object");
  if (request.method == "GET") return reply_json(reply, {{"data", events.webhooks()}});
  if (request.method == "POST" && id == "replay") return replay(value.get_object(), reply);
  const auto answer = [reply](const std::string& made, const std::string& why) {
    why.empty() ? reply_json(reply, {{"data", {{"id", made}, {"valid", true}}}}) : deny(reply, 400, why);
  };
  if (request.method == "POST") return events.add_webhook(text_at(value.get_object(), "url"), {}, answer);
  if (!events.has_webhook(id)) return deny(reply, 404, "no such webhook");
  if (request.method == "PUT") return events.add_webhook(events.webhook_url(id), id, answer);
  events.remove_webhook(id);
  reply_json(reply, {{"data", {{"deleted", true}}}});
}

void TwitterSimulator::State::replay(const json::object& body, const Reply& reply) {
  const auto from = by_the_minute(text_at(body, "from_date")), to = by_the_minute(text_at(body, "to_date"));
  const auto webhook = text_at(body, "webhook_id");
  if (from < 0 || to < from || !events.has_webhook(webhook))
    return deny(reply, 400, "webhook_id, from_date or to_date is wrong");
  reply_json(reply, {{"data", {{"job_id", "1"}}}});
  events.replay(webhook, from, to + 60'000);
}

void TwitterSimulator::State::subscriptions(const net::HttpRequest& request, const Reply& reply,
                                            const std::string& id) {
  boost::system::error_code error;
  const auto value = json::parse(request.body.empty() ? "{}" : request.body, error);
  if (error || !value.is_object()) return deny(reply, 400, "the body is no JSON object");
  const auto& body = value.get_object();
  if (request.method == "GET") return reply_json(reply, {{"data", events.subscriptions()}});
  json::object made;
  if (request.method == "POST")
    return events.subscribe(body, made) ? reply_json(reply, {{"data", {{"subscription", std::move(made)}}}}, 201)
                                        : deny(reply, 409, "DuplicateSubscription");
  const bool known = request.method == "PUT" ? events.change(id, body) : events.unsubscribe(id);
  known ? reply_json(reply, {{"data", json::object{}}}) : deny(reply, 404, "no such subscription");
}

// ------------------------------------------------------------ control calls

void TwitterSimulator::State::control(const net::HttpRequest& request, const Reply& reply) {
  const auto what = std::string_view(request.path).substr(10);
  if (request.method == "GET" && what == "sent")
    return reply_json(reply, api.sent(number_in(request.query, "after", 0), number_in(request.query, "limit", 100000)));
  if (request.method == "GET" && what == "state")
    return reply_json(reply, {{"webhooks", events.webhooks()},
                              {"subscriptions", events.subscriptions()},
                              {"streams", events.streams()},
                              {"refreshes", auth.refreshes()},
                              {"calls", api.counts()},
                              {"posts", events.results()}});
  if (request.method != "POST") return refuse(reply, 404, "no such control call");
  if (what == "media")
    return reply_json(reply, {{"id", api.add_media(request.body, std::string(request.header("content-type")))}});
  boost::system::error_code error;
  const auto call = json::parse(request.body.empty() ? "{}" : request.body, error);
  if (error || !call.is_object()) return refuse(reply, 400, "the body must be a JSON object");
  control_post(what, call.get_object(), reply);
}

void TwitterSimulator::State::control_post(std::string_view what, const json::object& call, const Reply& reply) {
  const auto id = std::make_shared<std::string>();
  const auto told = [reply, id](int status) { reply_json(reply, {{"id", *id}, {"status", status}}); };
  // the answer may come inside the call, and its id with it
  const auto later = [this, told](int status) { strand.post([told, status] { told(status); }); };
  if (what == "dm") return void(*id = api.direct_message(call, later));
  if (what == "post") return void(*id = api.post(call, later));
  if (what == "event") {
    const auto* payload = call.if_contains("payload");
    const auto* includes = call.if_contains("includes");
    return events.emit(text_at(call, "type"), payload && payload->is_object() ? payload->get_object() : json::object(),
                       includes && includes->is_object() ? includes->get_object() : json::object(), later);
  }
  if (what == "raw") return events.post_raw(text_at(call, "body"), text_at(call, "signature"), later);
  if (what == "faults") return control_faults(call, reply);
  if (what == "cut") events.cut_streams();
  if (what == "expire") auth.expire();
  if (what == "reset") {
    api.forget();
    events.delivery = Delivery::once;
  }
  if (what != "cut" && what != "expire" && what != "reset") return refuse(reply, 404, "no such control call");
  reply_json(reply, {{"ok", true}});
}

void TwitterSimulator::State::control_faults(const json::object& call, const Reply& reply) {
  if (const auto mode = text_at(call, "events"); !mode.empty() && !parse(mode, events.delivery))
    return refuse(reply, 400, "events can be once, twice, reversed or lost");
  if (events.delivery != Delivery::reversed) events.flush_held();
  if (const auto* echo = call.if_contains("echo"); echo && echo->is_bool()) api.echo = echo->get_bool();
  if (const auto* next = call.if_contains("next"); next && next->is_array()) api.add_faults(next->get_array());
  if (const auto* limits = call.if_contains("limits"); limits && limits->is_object())
    for (const auto& each : limits->get_object())
      if (const auto* pair = each.value().if_array();
          pair && pair->size() == 2 && (*pair)[0].is_int64() && (*pair)[1].is_int64())
        api.set_limit(each.key(), (*pair)[0].get_int64(), (*pair)[1].get_int64());
  reply_json(reply, {{"ok", true}});
}

// ------------------------------------------------------------ life

TwitterSimulator::TwitterSimulator(TwitterOptions options) : state_(std::make_unique<State>(std::move(options))) {}

TwitterSimulator::~TwitterSimulator() { stop(); }

Result<std::string> TwitterSimulator::start() {
  auto* state = state_.get();
  const auto handler = [state](net::HttpRequest request, Reply reply) {
    state->strand.dispatch([state, request = std::move(request), reply] { state->handle(request, reply); });
  };
  state->server = std::make_unique<net::HttpServer>(state->io, net::HttpServerLimits{}, handler, body_limit);
  auto address = state->server->listen(state->options.listen);
  if (!address) return address;
  state->io.start();
  return address;
}

void TwitterSimulator::stop() {
  if (state_->server) state_->server->stop();
  state_->events.stop();
  state_->io.stop();
}

int simulate_twitter(const TwitterOptions& options) {
  std::optional<TwitterSimulator> simulator;
  return serve([&]() -> Result<std::string> {
    simulator.emplace(options);
    const auto address = simulator->start();
    if (!address) return address.error();
    return "listening on http://" + *address + ", as user " + options.user_id;
  });
}

}  // namespace jackfield::simulate
