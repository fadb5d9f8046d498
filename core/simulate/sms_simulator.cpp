#include "simulate/sms_simulator.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cstdio>
#include <deque>
#include <map>
#include <optional>

#include "net/io.hpp"
#include "simulate/serving.hpp"
#include "simulate/whatsapp_graph.hpp"

namespace jackfield::simulate {
namespace {

namespace json = boost::json;

std::string last_segment(std::string_view path) { return std::string(path.substr(path.rfind('/') + 1)); }

}  // namespace

std::string sms_text_at(const json::object& in, std::string_view key) {
  const auto* value = in.if_contains(key);
  return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

// Everything below runs on the strand.
struct SmsSimulator::State {
  State(SmsSimulatorOptions given, std::unique_ptr<SmsDialect> way)
      : options(std::move(given)), dialect(std::move(way)) {
    point_poster();
  }

  void handle(const net::HttpRequest& request, const Reply& reply);
  void handle_api(const net::HttpRequest& request, const Reply& reply);
  void handle_send(SentSms sms, const Reply& reply);
  void take(SentSms sms, const Fault& fault, const Reply& reply);
  void respond(net::HttpResponse response, const Fault& fault, const Reply& reply);
  std::vector<WebhookPoster::Post> receipts_of(const SentSms& sms);
  const std::string& url_for(const SentSms& sms) const { return sms.callback.empty() ? options.webhook : sms.callback; }

  void control(const net::HttpRequest& request, const Reply& reply);
  void control_message(const json::object& call, const Reply& reply);
  void control_status(const json::object& call, const Reply& reply);
  void control_faults(const json::object& call, const Reply& reply);
  void forget(const Reply& reply);
  std::string add_media(const net::HttpRequest& request);
  json::object list(std::size_t after, std::size_t limit) const;

  void point_poster() { poster.set({options.webhook, "", options.quiet}); }
  void say(const std::string& line) const {
    if (options.quiet) return;
    std::printf("%s\n", line.c_str());
    std::fflush(stdout);
  }

  SmsSimulatorOptions options;
  std::unique_ptr<SmsDialect> dialect;
  SystemClock clock;
  net::IoContext io{1};
  net::Strand strand{io.make_strand()};
  WebhookPoster poster{io, strand, clock};
  Receipts receipts = Receipts::automatic;
  std::deque<Fault> faults;
  std::vector<SentSms> sent;
  std::map<std::string, std::pair<std::string, std::string>> media;  // id → bytes, type
  std::uint64_t last_id = 0;
  std::map<std::uint64_t, net::TimerHandle> delayed;
  std::uint64_t last_delayed = 0;
  std::string address;
  std::unique_ptr<net::HttpServer> server;
};

void SmsSimulator::State::handle(const net::HttpRequest& request, const Reply& reply) {
  if (!request.path.starts_with("/_control/")) return handle_api(request, reply);
  if (!is_loopback(request.remote)) return refuse(reply, 403, "control calls come from this machine only");
  control(request, reply);
}

// ------------------------------------------------------------ the API

void SmsSimulator::State::handle_api(const net::HttpRequest& request, const Reply& reply) {
  if (!dialect->is_signed_in(request)) return reply->respond(dialect->refusal(401, 0, "Authenticate"));
  if (request.method == "GET" && request.path.find("/Media/") != std::string::npos) {
    const auto found = media.find(last_segment(request.path));
    if (found == media.end()) return reply->respond({404, "text/plain", "", {}, {}});
    return reply->respond({200, found->second.second, found->second.first, {}, {}});
  }
  auto read = dialect->read(request);
  if (read.send) return handle_send(std::move(*read.send), reply);
  say(request.method + ' ' + request.path + " -> " + std::to_string(read.otherwise.status));
  reply->respond(std::move(read.otherwise));
}

void SmsSimulator::State::handle_send(SentSms sms, const Reply& reply) {
  Fault fault;
  if (!faults.empty()) {
    fault = faults.front();
    faults.pop_front();
  }
  if (fault.status < 300 && !(fault.drop && !fault.taken)) return take(std::move(sms), fault, reply);
  say("send to " + sms.to + " -> " + (fault.drop ? "cut" : std::to_string(fault.status)));
  auto response = dialect->refusal(fault.status, fault.code, "as it was told to answer");
  if (fault.retry_after > 0) response.headers.emplace_back("Retry-After", std::to_string(fault.retry_after));
  respond(std::move(response), fault, reply);
}

void SmsSimulator::State::take(SentSms sms, const Fault& fault, const Reply& reply) {
  sms.id = dialect->make_id(++last_id);
  say("send to " + sms.to + " -> " + (fault.drop ? "cut, but taken as " : "taken as ") + sms.id);
  auto response = dialect->accepted(sms);
  auto posts = receipts == Receipts::none ? std::vector<WebhookPoster::Post>() : receipts_of(sms);
  sent.push_back(std::move(sms));
  if (receipts != Receipts::before_answer || posts.empty()) {
    respond(std::move(response), fault, reply);
    return poster.post(std::move(posts));
  }
  poster.post(std::move(posts), [this, response, fault, reply](int) { respond(response, fault, reply); });
}

void SmsSimulator::State::respond(net::HttpResponse response, const Fault& fault, const Reply& reply) {
  if (fault.drop) response.status = 0;
  if (fault.delay_ms <= 0) return reply->respond(std::move(response));
  const auto id = ++last_delayed;
  delayed[id] = io.after(Millis{fault.delay_ms}, strand, [this, id, reply, response = std::move(response)] {
    reply->respond(response);
    delayed.erase(id);
  });
}

std::vector<WebhookPoster::Post> SmsSimulator::State::receipts_of(const SentSms& sms) {
  auto steps = dialect->steps();
  if (receipts == Receipts::reversed) std::reverse(steps.begin(), steps.end());
  std::vector<WebhookPoster::Post> posts;
  if (url_for(sms).empty()) return posts;
  for (const auto& status : steps)
    for (int copy = 0; copy < (receipts == Receipts::twice ? 2 : 1); ++copy)
      posts.push_back(dialect->receipt(sms, {{"status", status}}, url_for(sms)));
  return posts;
}

// ------------------------------------------------------------ control calls

void SmsSimulator::State::control(const net::HttpRequest& request, const Reply& reply) {
  const auto what = std::string_view(request.path).substr(10);
  if (request.method == "GET" && what == "sent")
    return reply_json(reply, list(number_in(request.query, "after", 0), number_in(request.query, "limit", 100000)));
  if (request.method == "GET" && what == "webhook-results")
    return reply_json(reply, json::object{{"waiting", poster.waiting()}, {"items", poster.results()}});
  if (request.method != "POST") return refuse(reply, 404, "no such control call");
  if (what == "media") return reply_json(reply, json::object{{"id", add_media(request)}});
  boost::system::error_code error;
  const auto call = json::parse(request.body.empty() ? "{}" : request.body, error);
  if (error || !call.is_object()) return refuse(reply, 400, "the body must be a JSON object");
  if (what == "message") return control_message(call.get_object(), reply);
  if (what == "status") return control_status(call.get_object(), reply);
  if (what == "faults") return control_faults(call.get_object(), reply);
  what == "reset" ? forget(reply) : refuse(reply, 404, "no such control call");
}

std::string SmsSimulator::State::add_media(const net::HttpRequest& request) {
  auto id = "ME" + std::to_string(media.size() + 1);
  const auto type = request.header("content-type");
  media[id] = {request.body, type.empty() ? "application/octet-stream" : std::string(type)};
  return id;
}

void SmsSimulator::State::control_message(const json::object& call, const Reply& reply) {
  if (options.webhook.empty()) return refuse(reply, 409, "no webhook is configured");
  auto id = sms_text_at(call, "id");
  if (id.empty()) id = dialect->make_id(++last_id);
  std::vector<SmsDialect::Media> files;
  if (const auto* ids = call.if_contains("media"); ids && ids->is_array())
    for (const auto& each : ids->get_array()) {
      const auto name = each.is_string() ? std::string(each.get_string()) : std::string();
      if (!media.contains(name)) return refuse(reply, 404, "no such media");
      files.push_back({"http://" + address + "/Media/" + name, media[name].second});
    }
  poster.post({dialect->inbound(call, id, files, options.webhook)}, [reply, id](int status) {
    reply_json(reply, {{"id", id}, {"status", status}});
  });
}

void SmsSimulator::State::control_status(const json::object& call, const Reply& reply) {
  SentSms sms;
  sms.id = sms_text_at(call, "id");
  for (const auto& each : sent)
    if (each.id == sms.id) sms = each;
  if (url_for(sms).empty()) return refuse(reply, 409, "no webhook is configured");
  poster.post({dialect->receipt(sms, call, url_for(sms))}, [reply](int status) {
    reply_json(reply, {{"status", status}});
  });
}

void SmsSimulator::State::control_faults(const json::object& call, const Reply& reply) {
  if (const auto mode = sms_text_at(call, "receipts"); !mode.empty() && !parse(mode, receipts))
    return refuse(reply, 400, "receipts can be auto, none, reversed, before_answer or twice");
  if (const auto* next = call.if_contains("next"); next && next->is_array())
    for (const auto& each : next->get_array())
      if (const auto* fault = each.if_object()) faults.push_back(fault_from(*fault));
  reply_json(reply, json::object{{"ok", true}});
}

void SmsSimulator::State::forget(const Reply& reply) {
  faults.clear();
  sent.clear();
  receipts = Receipts::automatic;
  reply_json(reply, json::object{{"ok", true}});
}

json::object SmsSimulator::State::list(std::size_t after, std::size_t limit) const {
  json::array items;
  for (auto i = after; i < sent.size() && items.size() < limit; ++i)
    items.push_back(json::object{{"id", sent[i].id}, {"to", sent[i].to}, {"body", sent[i].body}});
  return {{"total", sent.size()}, {"items", std::move(items)}};
}

// ------------------------------------------------------------ life

SmsSimulator::SmsSimulator(SmsSimulatorOptions options, std::unique_ptr<SmsDialect> dialect)
    : state_(std::make_unique<State>(std::move(options), std::move(dialect))) {}

SmsSimulator::~SmsSimulator() { stop(); }

Result<std::string> SmsSimulator::start() {
  auto* state = state_.get();
  const auto handler = [state](net::HttpRequest request, Reply reply) {
    state->strand.dispatch([state, request = std::move(request), reply] { state->handle(request, reply); });
  };
  state->server = std::make_unique<net::HttpServer>(state->io, net::HttpServerLimits{}, handler);
  auto address = state->server->listen(state->options.listen);
  if (!address) return address;
  state->address = *address;
  state->io.start();
  return address;
}

void SmsSimulator::set_webhook(std::string url) {
  state_->strand.post([state = state_.get(), url = std::move(url)] {
    state->options.webhook = url;
    state->point_poster();
  });
}

void SmsSimulator::stop() {
  if (state_->server) state_->server->stop();
  state_->poster.stop();
  state_->io.stop();
}

int simulate_sms(const SmsSimulatorOptions& options, std::unique_ptr<SmsDialect> dialect) {
  std::optional<SmsSimulator> simulator;
  return serve([&]() -> Result<std::string> {
    simulator.emplace(options, std::move(dialect));
    const auto address = simulator->start();
    if (!address) return address.error();
    return "listening on http://" + *address + ", posting to " +
           (options.webhook.empty() ? "nowhere" : options.webhook);
  });
}

}  // namespace jackfield::simulate
