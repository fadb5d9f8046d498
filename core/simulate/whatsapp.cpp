#include "simulate/whatsapp.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cstdio>
#include <optional>

#include "base/random.hpp"
#include "net/http_server.hpp"
#include "net/io.hpp"
#include "simulate/serving.hpp"
#include "simulate/whatsapp_bodies.hpp"
#include "simulate/whatsapp_graph.hpp"
#include "simulate/whatsapp_poster.hpp"

namespace jackfield::simulate {
namespace {

namespace json = boost::json;

std::string text_at(const json::object& in, std::string_view key) {
  const auto* value = in.if_contains(key);
  return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

// Uploads may be as large as Meta lets a document be.
std::size_t body_limit(std::string_view, std::string_view path) {
  return path.ends_with("/media") ? std::size_t{104} << 20 : std::size_t{8} << 20;
}

}  // namespace

// Everything below runs on the strand.
struct WhatsAppSimulator::State {
  explicit State(WhatsAppOptions given)
      : options(std::move(given)), graph(options, clock, "wamid.SIM" + random.hex(4) + '.') {
    point_poster();
  }

  void handle(const net::HttpRequest& request, const Reply& reply);
  void handle_graph(const net::HttpRequest& request, const Reply& reply);
  void respond_later(GraphAnswer answer, const Reply& reply);
  void fetch_link(const GraphAnswer& answer);
  std::vector<WebhookPoster::Post> receipts_of(const GraphAnswer& answer);
  WebhookPoster::Post receipt(const json::object& call, const std::string& to, const std::string& correlation);

  void control(const net::HttpRequest& request, const Reply& reply);
  void control_post(std::string_view what, const json::object& call, const Reply& reply);
  void control_message(const json::object& call, const Reply& reply);
  void control_status(const json::object& call, const Reply& reply);
  void control_change(std::string_view what, const json::object& call, const Reply& reply);
  void control_faults(const json::object& call, const Reply& reply);
  WebhookPoster::Post inbound(const json::object& call, std::string& id);

  void point_poster() { poster.set({options.webhook, options.app_secret, options.quiet}); }
  void say(const std::string& line) const {
    if (options.quiet) return;
    std::printf("%s\n", line.c_str());
    std::fflush(stdout);
  }
  std::int64_t now_s() const { return to_ms(clock.now()) / 1000; }

  WhatsAppOptions options;
  SystemClock clock;
  SystemRandom random;
  net::IoContext io{1};
  net::Strand strand{io.make_strand()};
  WebhookPoster poster{io, strand, clock};
  net::HttpClient files{16};
  Graph graph;
  Receipts receipts = Receipts::automatic;
  std::map<std::uint64_t, net::TimerHandle> delayed;
  std::uint64_t last_delayed = 0;
  std::unique_ptr<net::HttpServer> server;
};

void WhatsAppSimulator::State::handle(const net::HttpRequest& request, const Reply& reply) {
  if (!request.path.starts_with("/_control/")) return handle_graph(request, reply);
  if (!is_loopback(request.remote)) return refuse(reply, 403, "control calls come from this machine only");
  control(request, reply);
}

// ------------------------------------------------------------ the Graph API

void WhatsAppSimulator::State::handle_graph(const net::HttpRequest& request, const Reply& reply) {
  auto answer = graph.handle(request);
  const auto line = request.method + ' ' + request.path + " -> ";
  say(line + (answer.dropped ? "cut" : std::to_string(answer.response.status)) +
      (answer.accepted.empty() ? "" : ' ' + answer.accepted + " to " + answer.to));
  if (!answer.link.empty()) fetch_link(answer);
  if (answer.accepted.empty() || receipts == Receipts::none) return respond_later(std::move(answer), reply);
  auto posts = receipts_of(answer);
  if (receipts != Receipts::before_answer) {
    respond_later(std::move(answer), reply);
    return poster.post(std::move(posts));
  }
  poster.post(std::move(posts),
              [this, answer = std::move(answer), reply](int) mutable { respond_later(std::move(answer), reply); });
}

// As Meta does with a file that is sent by its address.
void WhatsAppSimulator::State::fetch_link(const GraphAnswer& answer) {
  net::HttpCall call;
  call.url = answer.link;
  files.submit(std::move(call), [this, id = answer.accepted](net::HttpAnswer got) {
    strand.post([this, id, got = std::move(got)] { graph.fetched(id, got.status, got.body); });
  });
}

void WhatsAppSimulator::State::respond_later(GraphAnswer answer, const Reply& reply) {
  if (answer.delay_ms <= 0) return reply->respond(std::move(answer.response));
  const auto id = ++last_delayed;
  delayed[id] = io.after(Millis{answer.delay_ms}, strand, [this, id, reply, response = std::move(answer.response)] {
    reply->respond(response);
    delayed.erase(id);
  });
}

WebhookPoster::Post WhatsAppSimulator::State::receipt(const json::object& call, const std::string& to,
                                                      const std::string& correlation) {
  const auto id = text_at(call, "id"), status = text_at(call, "status");
  json::object item{{"id", id}, {"status", status}, {"timestamp", std::to_string(now_s())}};
  const bool phone = to.find_first_not_of("0123456789") == std::string::npos;
  if (!to.empty()) item[phone ? "recipient_id" : "recipient_user_id"] = to;
  if (!correlation.empty()) item["biz_opaque_callback_data"] = correlation;
  if (const auto* code = call.if_contains("code"))
    item["errors"] = json::array{json::object{{"code", *code}, {"title", "as it was told"}}};
  return {id + ' ' + status, webhook_with_statuses(options, {std::move(item)})};
}

std::vector<WebhookPoster::Post> WhatsAppSimulator::State::receipts_of(const GraphAnswer& answer) {
  std::vector<const char*> order = {"sent", "delivered", "read"};
  if (receipts == Receipts::reversed) order = {"read", "delivered", "sent"};
  std::vector<WebhookPoster::Post> posts;
  for (const auto* status : order)
    for (int copy = 0; copy < (receipts == Receipts::twice ? 2 : 1); ++copy)
      posts.push_back(receipt({{"id", answer.accepted}, {"status", status}}, answer.to, answer.correlation));
  return posts;
}

// ------------------------------------------------------------ control calls

void WhatsAppSimulator::State::control(const net::HttpRequest& request, const Reply& reply) {
  const auto what = std::string_view(request.path).substr(10);
  if (request.method == "GET" && what == "sent")
    return reply_json(reply,
                      graph.sent(number_in(request.query, "after", 0), number_in(request.query, "limit", 100000)));
  if (request.method == "GET" && what == "signs") return reply_json(reply, json::object{{"items", graph.signs()}});
  if (request.method == "GET" && what == "webhook-results")
    return reply_json(reply, json::object{{"waiting", poster.waiting()}, {"items", poster.results()}});
  if (request.method != "POST") return refuse(reply, 404, "no such control call");
  if (what == "media") {
    const auto type = request.header("content-type");
    return reply_json(reply, json::object{{"id", graph.add_media(request.body, std::string(type))}});
  }
  boost::system::error_code error;
  const auto call = json::parse(request.body.empty() ? "{}" : request.body, error);
  if (error || !call.is_object()) return refuse(reply, 400, "the body must be a JSON object");
  control_post(what, call.get_object(), reply);
}

void WhatsAppSimulator::State::control_post(std::string_view what, const json::object& call, const Reply& reply) {
  if (what == "message") return control_message(call, reply);
  if (what == "status") return control_status(call, reply);
  if (what == "change" || what == "echo") return control_change(what, call, reply);
  if (what == "faults") return control_faults(call, reply);
  if (what != "reset") return refuse(reply, 404, "no such control call");
  graph.forget();
  receipts = Receipts::automatic;
  reply_json(reply, json::object{{"ok", true}});
}

WebhookPoster::Post WhatsAppSimulator::State::inbound(const json::object& call, std::string& id) {
  json::array contacts, messages;
  const auto add = [&](const json::object& one) {
    contacts.push_back(contact_from_call(one));
    messages.push_back(message_from_call(one, graph.next_id(), now_s()));
    id = text_at(messages.back().as_object(), "id");
  };
  if (const auto* raw = call.if_contains("raw"))
    return {"raw body", raw->is_string() ? std::string(raw->get_string()) : json::serialize(*raw)};
  const auto* batch = call.if_contains("messages");
  if (batch && batch->is_array()) {
    for (const auto& each : batch->get_array())
      if (each.is_object()) add(each.get_object());
  } else {
    add(call);
  }
  return {id, webhook_with_messages(options, std::move(contacts), std::move(messages))};
}

void WhatsAppSimulator::State::control_message(const json::object& call, const Reply& reply) {
  if (options.webhook.empty()) return refuse(reply, 409, "no webhook is configured");
  std::string id;
  auto post = inbound(call, id);
  post.signature = text_at(call, "signature");
  poster.post({std::move(post)}, [reply, id](int status) { reply_json(reply, {{"id", id}, {"status", status}}); });
}

void WhatsAppSimulator::State::control_status(const json::object& call, const Reply& reply) {
  if (options.webhook.empty()) return refuse(reply, 409, "no webhook is configured");
  const auto* sent = graph.find(text_at(call, "id"));
  const auto to = sent ? text_at(*sent, "to") : std::string();
  const auto correlation = sent ? text_at(sent->at("body").as_object(), "biz_opaque_callback_data") : std::string();
  poster.post({receipt(call, to, correlation)}, [reply](int status) { reply_json(reply, {{"status", status}}); });
}

// {"field", "value"}: another subscription; {"to", "text"}: what somebody of ours wrote in the Business app.
void WhatsAppSimulator::State::control_change(std::string_view what, const json::object& call, const Reply& reply) {
  if (options.webhook.empty()) return refuse(reply, 409, "no webhook is configured");
  auto field = text_at(call, "field");
  const auto* given = call.if_contains("value");
  json::object value = given && given->is_object() ? given->get_object() : json::object();
  if (what == "echo") {
    field = "smb_message_echoes";
    auto message = message_from_call(call, graph.next_id(), now_s());
    message["from"] = options.display_number;
    value["message_echoes"] = json::array{std::move(message)};
  }
  if (field.empty()) return refuse(reply, 400, "field is missing");
  poster.post({{field, webhook_with_field(options, field, std::move(value))}}, [reply](int status) {
    reply_json(reply, {{"status", status}});
  });
}

void WhatsAppSimulator::State::control_faults(const json::object& call, const Reply& reply) {
  if (const auto mode = text_at(call, "receipts"); !mode.empty() && !parse(mode, receipts))
    return refuse(reply, 400, "receipts can be auto, none, reversed, before_answer or twice");
  if (const auto* next = call.if_contains("next"); next && next->is_array()) graph.add_faults(next->get_array());
  reply_json(reply, json::object{{"ok", true}});
}

// ------------------------------------------------------------ life

WhatsAppSimulator::WhatsAppSimulator(WhatsAppOptions options) : state_(std::make_unique<State>(std::move(options))) {}

WhatsAppSimulator::~WhatsAppSimulator() { stop(); }

Result<std::string> WhatsAppSimulator::start() {
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

void WhatsAppSimulator::set_webhook(std::string url) {
  state_->strand.post([state = state_.get(), url = std::move(url)] {
    state->options.webhook = url;
    state->point_poster();
  });
}

void WhatsAppSimulator::stop() {
  if (state_->server) state_->server->stop();
  state_->poster.stop();
  state_->files.stop();
  state_->io.stop();
}

int simulate_whatsapp(const WhatsAppOptions& options) {
  std::optional<WhatsAppSimulator> simulator;
  return serve([&]() -> Result<std::string> {
    simulator.emplace(options);
    const auto address = simulator->start();
    if (!address) return address.error();
    return "listening on http://" + *address + ", posting to " +
           (options.webhook.empty() ? "nowhere" : options.webhook);
  });
}

}  // namespace jackfield::simulate
