#include "simulate/smtp_sink.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

#include "net/http_server.hpp"
#include "net/io.hpp"
#include "net/streams.hpp"
#include "simulate/serving.hpp"
#include "simulate/smtp_sink_mail.hpp"

namespace jackfield::simulate {
namespace {

namespace json = boost::json;

constexpr std::uint64_t listener_id = 1;
constexpr std::uint64_t window = 256 * 1024;  // of bytes granted to a connection

}  // namespace

struct SmtpSink::State : std::enable_shared_from_this<SmtpSink::State> {
  explicit State(SmtpSinkOptions given) : options(std::move(given)), streams(io) {}

  Result<SmtpSinkAddresses> start() {
    if (const auto known = set_faults(options.faults); !known) return known.error();
    SmtpSinkAddresses addresses;
    if (!options.http_listen.empty()) {
      server = std::make_unique<net::HttpServer>(
          io, net::HttpServerLimits{},
          [this](net::HttpRequest request, std::shared_ptr<net::Responder> reply) { reply->respond(answer(request)); });
      const auto bound = server->listen(options.http_listen);
      if (!bound) return bound.error();
      addresses.http = *bound;
    }
    set = streams.make_set([weak = weak_from_this()](net::StreamEvent event) {
      if (const auto state = weak.lock()) state->on_event(std::move(event));
    });
    io.start();
    net::ListenArgs args;
    args.address = options.listen;
    args.certificate = options.certificate;
    args.key = options.key;
    if (const auto listening = set->listen(listener_id, std::move(args)); !listening) return listening.error();
    std::unique_lock lock(mutex);
    changed.wait(lock, [this] { return !address.empty() || !trouble.empty(); });
    if (address.empty()) return fail(Errc::unavailable, "cannot listen on " + options.listen + ": " + trouble);
    addresses.smtp = address;
    return addresses;
  }

  void stop() {
    if (server) server->stop();
    std::shared_ptr<net::StreamSet> closing;
    {
      const std::lock_guard lock(mutex);
      closing = std::exchange(set, nullptr);
    }
    closing.reset();
    io.stop();
  }

  Result<void> set_faults(const std::vector<std::string>& names) {
    const auto parsed = parse_faults(names);
    if (!parsed) return parsed.error();
    const std::lock_guard lock(mutex);
    faults = *parsed;
    return {};
  }

  // --- streams; the io context has one thread, the lock is for the others
  void on_event(net::StreamEvent event) {
    const std::lock_guard lock(mutex);
    if (!set) return;
    using Kind = net::StreamEvent::Kind;
    if (event.kind == Kind::listening) address = event.text, changed.notify_all();
    if (event.kind == Kind::closed && event.listener == listener_id)
      trouble = event.text.empty() ? "closed" : event.text, changed.notify_all();
    if (event.kind == Kind::closed) sessions.erase(event.stream);
    if (event.kind == Kind::accepted) open(event.stream);
    const auto session = sessions.find(event.stream);
    if (session == sessions.end()) return;
    if (event.kind == Kind::tls) session->second.tls_started(), set->read(event.stream, window);
    if (event.kind == Kind::data) react(event.stream, session->second.receive(event.bytes, faults), event.bytes.size());
  }

  void open(std::uint64_t stream) {
    sessions.try_emplace(stream, !options.certificate.empty(), greylisted,
                         [this](SunkMail mail) { keep(std::move(mail)); });
    set->write(stream, SinkSession::greeting());
    set->read(stream, window);
  }

  void react(std::uint64_t stream, SinkSession::Reaction reaction, std::uint64_t used) {
    if (!reaction.answer.empty()) set->write(stream, std::move(reaction.answer));
    if (reaction.close) {
      set->close(stream);
    } else if (reaction.start_tls) {
      set->start_tls(stream, false);
    } else if (!reaction.delayed_answer.empty()) {
      timers[stream] =
          io.after(faults.slow, [weak = weak_from_this(), stream, used, answer = std::move(reaction.delayed_answer)] {
            if (const auto state = weak.lock()) state->answer_late(stream, answer, used);
          });
    } else {
      set->read(stream, used);
    }
  }

  void answer_late(std::uint64_t stream, const std::string& line, std::uint64_t used) {
    const std::lock_guard lock(mutex);
    timers.erase(stream);
    const auto session = sessions.find(stream);
    if (!set || session == sessions.end()) return;
    set->write(stream, line);
    react(stream, session->second.receive({}, faults), used);  // what came meanwhile
  }

  void keep(SunkMail mail) {
    mails.push_back(std::move(mail));
    if (options.quiet) return;
    std::fputs(page_of(mails.back(), mails.size()).c_str(), stdout);
    std::fflush(stdout);
  }

  // --- HTTP
  net::HttpResponse answer(const net::HttpRequest& request) {
    if (request.method == "GET" && request.path == "/messages") return {200, "application/json", mails_json(), {}, {}};
    if (request.method == "DELETE" && request.path == "/messages") {
      const std::lock_guard lock(mutex);
      mails.clear();
      return {204, {}, {}, {}, {}};
    }
    if (request.method == "PUT" && request.path == "/faults") return put_faults(request.body);
    return {404, "text/plain", "there are GET and DELETE /messages and PUT /faults\n", {}, {}};
  }

  std::string mails_json() {
    const std::lock_guard lock(mutex);
    json::array all;
    for (const SunkMail& mail : mails) all.push_back(json_of(mail));
    return json::serialize(all);
  }

  net::HttpResponse put_faults(const std::string& body) {
    boost::system::error_code error;
    const json::value list = json::parse(body, error);
    std::vector<std::string> names;
    if (error || !list.is_array()) return {400, "text/plain", "say [\"greylist\", …]\n", {}, {}};
    for (const json::value& name : list.get_array())
      if (name.is_string()) names.emplace_back(name.get_string());
    const auto done = set_faults(names);
    if (!done) return {400, "text/plain", done.error().message + "\n", {}, {}};
    return {204, {}, {}, {}, {}};
  }

  SmtpSinkOptions options;
  net::IoContext io{1};
  net::Streams streams;
  std::unique_ptr<net::HttpServer> server;
  mutable std::mutex mutex;
  std::condition_variable changed;
  std::shared_ptr<net::StreamSet> set;
  std::string address, trouble;
  SinkFaults faults;
  std::set<std::string> greylisted;
  std::map<std::uint64_t, SinkSession> sessions;
  std::map<std::uint64_t, net::TimerHandle> timers;
  std::vector<SunkMail> mails;
};

SmtpSink::SmtpSink(SmtpSinkOptions options) : state_(std::make_shared<State>(std::move(options))) {}
SmtpSink::~SmtpSink() { stop(); }
Result<SmtpSinkAddresses> SmtpSink::start() { return state_->start(); }
Result<void> SmtpSink::set_faults(const std::vector<std::string>& faults) { return state_->set_faults(faults); }
void SmtpSink::stop() { state_->stop(); }

std::vector<SunkMail> SmtpSink::mails() const {
  const std::lock_guard lock(state_->mutex);
  return state_->mails;
}

void SmtpSink::clear() {
  const std::lock_guard lock(state_->mutex);
  state_->mails.clear();
}

int simulate_smtp(const SmtpSinkOptions& options) {
  std::optional<SmtpSink> sink;
  return serve([&]() -> Result<std::string> {
    sink.emplace(options);
    const auto at = sink->start();
    if (!at) return at.error();
    return "listening on smtp://" + at->smtp +
           (at->http.empty() ? "" : "\nwhat came: http://" + at->http + "/messages");
  });
}

}  // namespace jackfield::simulate
