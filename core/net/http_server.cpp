#include "net/http_server.hpp"

#include <algorithm>
#include <mutex>

#include "base/log.hpp"
#include "net/endpoint.hpp"
#include "net/http_connection.hpp"
#include "net/http_session.hpp"
#include "net/socket_shortage.hpp"
#include "net/tls.hpp"

namespace jackfield::net {
namespace {

constexpr std::size_t most_refusals = 256;  // connections past the bound that are told so; more are just closed
constexpr Millis out_of_sockets_pause{100};
constexpr Millis closing_time{2000};

// One address. Its acceptor counts as a connection of the core, so that a stop can wait for it as well.
class Listener final : public Connection {
 public:
  Listener(std::shared_ptr<ServerCore> core, Acceptor acceptor, std::shared_ptr<ServerTls> tls)
      : core_(std::move(core)),
        acceptor_(std::move(acceptor)),
        pause_(acceptor_.get_executor()),
        tls_(std::move(tls)) {}
  ~Listener() override { core_->remove(this); }

  std::string start() {
    core_->add(shared_from_this(), false);
    error_code ignored;
    address_ = to_text(acceptor_.local_endpoint(ignored));
    asio::post(acceptor_.get_executor(), [self = self()] { self->accept(); });
    return address_;
  }

  void abort() override {
    asio::dispatch(acceptor_.get_executor(), [self = self()] {
      error_code ignored;
      self->acceptor_.close(ignored);
      self->pause_.cancel();
      self->core_->remove(self.get());
    });
  }
  void expire() override {}

  ServerTls* tls() const { return tls_.get(); }  // null: it speaks none

 private:
  std::shared_ptr<Listener> self() { return std::static_pointer_cast<Listener>(shared_from_this()); }

  void accept() {
    if (!acceptor_.is_open()) return;
    auto& io = acceptor_.get_executor().get_inner_executor().context();
    acceptor_.async_accept(asio::make_strand(io), [self = self()](error_code failed, Socket socket) {
      self->on_accept(failed, std::move(socket));
    });
  }

  void on_accept(error_code failed, Socket socket) {
    if (!acceptor_.is_open() || core_->stopping) return;
    if (failed == boost::system::errc::too_many_files_open ||
        failed == boost::system::errc::too_many_files_open_in_system ||
        failed == boost::system::errc::no_buffer_space || failed == boost::system::errc::not_enough_memory) {
      shortage_.met(address_, reason_of(failed));
      pause_.expires_after(out_of_sockets_pause);
      return pause_.async_wait([self = self()](error_code) { self->accept(); });
    }
    if (!failed) {
      shortage_.accepted(address_);
      take(std::move(socket));
    }
    accept();
  }

  void take(Socket socket) {
    const std::size_t open = core_->open_connections();
    const bool refuse = open >= core_->limits.connections;
    ++(refuse ? core_->refused : core_->accepted);
    if (open >= core_->limits.connections + most_refusals) return;  // the socket closes here
    const auto context = tls_ ? tls_->context() : nullptr;          // a session keeps what it needs of it
    start_http_session(core_, std::move(socket), context.get(), refuse);
  }

  const std::shared_ptr<ServerCore> core_;
  Acceptor acceptor_;
  Timer pause_;
  const std::shared_ptr<ServerTls> tls_;
  std::string address_;
  SocketShortage shortage_;
};

}  // namespace

struct HttpServer::State : std::enable_shared_from_this<HttpServer::State> {
  explicit State(IoContext& context)
      : io(context), core(std::make_shared<ServerCore>()), timer(asio::make_strand(io.state().io)) {}

  IoContext& io;
  const std::shared_ptr<ServerCore> core;
  Timer timer;  // looks at the deadlines
  Millis tick{500};
  std::mutex mutex;
  std::vector<std::shared_ptr<Listener>> listeners;

  void watch_deadlines() {
    timer.expires_after(tick);
    timer.async_wait([weak = weak_from_this()](error_code failed) {
      const auto self = weak.lock();
      if (failed || !self || self->core->stopping) return;
      const auto now = Connection::Steady::now();
      for (const auto& connection : self->core->connections()) {
        if (connection->overdue(now)) connection->expire();
      }
      self->watch_deadlines();
    });
  }
};

HttpServer::HttpServer(IoContext& io, HttpServerLimits limits, Handler handler, BodyLimit body_limit)
    : state_(std::make_shared<State>(io)) {
  ServerCore& core = *state_->core;
  core.limits = limits;
  core.handler = std::move(handler);
  core.body_limit = std::move(body_limit);
  const Millis shortest =
      std::min({limits.header_timeout, limits.body_timeout, limits.idle_timeout, limits.write_timeout});
  state_->tick = std::clamp(shortest / 4, Millis{5}, Millis{500});
  asio::dispatch(state_->timer.get_executor(), [state = state_] { state->watch_deadlines(); });
}

HttpServer::~HttpServer() { stop(); }

Result<std::string> HttpServer::listen(const std::string& address, const TlsFiles* tls) {
  std::shared_ptr<ServerTls> certificate;
  if (tls) {
    auto made = ServerTls::open(tls->certificate, tls->key);
    if (made.has_error()) return made.error();
    certificate = std::move(*made);
  }
  auto acceptor = listen_on(address, asio::make_strand(state_->io.state().io));
  if (acceptor.has_error()) return acceptor.error();
  auto listener = std::make_shared<Listener>(state_->core, std::move(*acceptor), std::move(certificate));
  std::lock_guard lock(state_->mutex);
  state_->listeners.push_back(listener);
  return listener->start();
}

Result<bool> HttpServer::renew_certificate(const TlsFiles& tls) {
  std::lock_guard lock(state_->mutex);
  bool another = false;
  for (const auto& listener : state_->listeners) {
    if (!listener->tls()) continue;
    const auto renewed = listener->tls()->renew(tls.certificate, tls.key);
    if (renewed.has_error()) return renewed.error();
    another |= *renewed;
  }
  return another;
}

void HttpServer::stop_accepting() {
  std::lock_guard lock(state_->mutex);
  for (const auto& listener : state_->listeners) listener->abort();
  state_->listeners.clear();
}

void HttpServer::stop() {
  if (state_->core->stopping.exchange(true)) return;
  asio::post(state_->timer.get_executor(), [state = state_] { state->timer.cancel(); });
  stop_accepting();
  for (const auto& connection : state_->core->connections()) connection->abort();
  IoContext::State& io = state_->io.state();
  // Nobody would close them: no thread runs, or it is this one that would wait for itself.
  if (!io.running || io.io.get_executor().running_in_this_thread()) return;
  state_->core->wait_until_empty(closing_time);
}

HttpServerStats HttpServer::stats() const {
  const ServerCore& core = *state_->core;
  return {core.open_connections(), core.accepted, core.refused, core.requests, core.timeouts};
}

std::string_view HttpRequest::header(std::string_view lower_case_name) const {
  for (const auto& [name, value] : headers) {
    if (name == lower_case_name) return value;
  }
  return {};
}

}  // namespace jackfield::net
