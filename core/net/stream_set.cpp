#include "base/log.hpp"
#include "net/endpoint.hpp"
#include "net/socket_shortage.hpp"
#include "net/stream_hub.hpp"
#include "net/streams.hpp"
#include "net/tcp_stream.hpp"

namespace jackfield::net {
namespace {

constexpr Millis out_of_sockets_pause{100};

class StreamListener final : public StreamEnd, public std::enable_shared_from_this<StreamListener> {
 public:
  StreamListener(std::shared_ptr<StreamHub> hub, std::uint64_t id, Acceptor acceptor, ListenArgs args,
                 std::shared_ptr<ServerTls> tls)
      : hub_(std::move(hub)),
        id_(id),
        acceptor_(std::move(acceptor)),
        pause_(acceptor_.get_executor()),
        args_(std::move(args)),
        tls_(std::move(tls)) {}

  void start() {
    asio::post(acceptor_.get_executor(), [self = shared_from_this()] {
      error_code ignored;
      const std::string address = to_text(self->acceptor_.local_endpoint(ignored));
      self->hub_->emit({.kind = StreamEvent::Kind::listening, .listener = self->id_, .text = address});
      self->accept();
    });
  }

  Result<void> grant(std::uint64_t) override { return fail(Errc::invalid, "a listener has no bytes"); }
  Result<void> write(std::string) override { return fail(Errc::invalid, "a listener has no bytes"); }
  Result<void> start_tls(bool) override { return fail(Errc::invalid, "a listener has no bytes"); }
  void close() override { abort(); }
  void abort() override {
    asio::post(acceptor_.get_executor(), [self = shared_from_this()] { self->end(); });
  }

 private:
  void accept() {
    if (!acceptor_.is_open()) return;
    auto& io = acceptor_.get_executor().get_inner_executor().context();
    acceptor_.async_accept(asio::make_strand(io), [self = shared_from_this()](error_code failed, Socket socket) {
      self->on_accept(failed, std::move(socket));
    });
  }

  void on_accept(error_code failed, Socket socket) {
    if (!acceptor_.is_open()) return;
    if (!failed) {
      shortage_.accepted(args_.address);
      take(std::move(socket));
      return accept();
    }
    shortage_.met(args_.address, reason_of(failed));
    pause_.expires_after(out_of_sockets_pause);
    pause_.async_wait([self = shared_from_this()](error_code) { self->accept(); });
  }

  void take(Socket socket) {
    if (open_->load() >= args_.max_connections)
      return bound_.met(args_.address,
                        "all " + std::to_string(args_.max_connections) + " are in use");  // it closes here
    bound_.accepted(args_.address);
    ++*open_;
    std::shared_ptr<void> slot(open_.get(), [open = open_](void*) { --*open; });
    const std::uint64_t id = hub_->next_accepted_id();
    auto stream = std::make_shared<TcpStream>(hub_, id, std::move(socket));
    if (!hub_->add(id, stream)) return;  // the set went meanwhile: nobody would ever close it
    stream->start_accepted(id_, tls_ ? tls_->context() : nullptr, args_.tls, std::move(slot));
  }

  void end() {
    if (!acceptor_.is_open()) return;
    error_code ignored;
    acceptor_.close(ignored);
    pause_.cancel();
    hub_->forget(id_);  // first: once told, the owner may use the id again
    hub_->emit({.kind = StreamEvent::Kind::closed, .listener = id_});
  }

  const std::shared_ptr<StreamHub> hub_;
  const std::uint64_t id_;
  Acceptor acceptor_;
  Timer pause_;
  const ListenArgs args_;
  const std::shared_ptr<ServerTls> tls_;
  SocketShortage shortage_, bound_;  // of the machine's, of its own
  const std::shared_ptr<std::atomic<std::size_t>> open_ = std::make_shared<std::atomic<std::size_t>>(0);
};

class TcpStreamSet final : public StreamSet {
 public:
  TcpStreamSet(IoContext& io, std::shared_ptr<ServerCertificates> certificates,
               std::function<void(StreamEvent)> on_event)
      : io_(io.state().io),
        certificates_(std::move(certificates)),
        lookups_(io.state().lookups.get()),
        hub_(std::make_shared<StreamHub>(std::move(on_event))) {}
  ~TcpStreamSet() override {
    hub_->silence();
    for (const auto& end : hub_->take_all()) end->abort();
  }

  Result<void> listen(std::uint64_t id, ListenArgs args) override {
    std::shared_ptr<ServerTls> tls;
    if (args.tls || !args.certificate.empty()) {
      auto made = ServerTls::open(args.certificate, args.key);
      if (made.has_error()) return made.error();
      tls = std::move(*made);
    }
    auto acceptor = listen_on(args.address, asio::make_strand(io_));
    if (acceptor.has_error()) return acceptor.error();
    if (tls) certificates_->add(tls);
    auto listener = std::make_shared<StreamListener>(hub_, id, std::move(*acceptor), std::move(args), std::move(tls));
    if (!hub_->add(id, listener)) return taken();
    listener->start();
    return {};
  }

  Result<void> connect(std::uint64_t id, ConnectArgs args) override {
    if (args.host.empty() || args.port == 0) return fail(Errc::invalid, "a host and a port are needed");
    auto stream = std::make_shared<TcpStream>(hub_, id, Socket(asio::make_strand(io_)));
    if (!hub_->add(id, stream)) return taken();
    stream->start_connecting(std::move(args), *lookups_);
    return {};
  }

  Result<void> read(std::uint64_t id, std::uint64_t credit) override {
    const auto end = hub_->find(id);
    return end ? end->grant(credit) : unknown();
  }
  Result<void> write(std::uint64_t id, std::string bytes) override {
    const auto end = hub_->find(id);
    return end ? end->write(std::move(bytes)) : unknown();
  }
  Result<void> start_tls(std::uint64_t id, bool verify) override {
    const auto end = hub_->find(id);
    return end ? end->start_tls(verify) : unknown();
  }
  Result<void> close(std::uint64_t id) override {
    const auto end = hub_->find(id);
    if (!end) return unknown();
    end->close();
    return {};
  }

 private:
  static Error taken() { return fail(Errc::conflict, "the id is in use"); }
  static Error unknown() { return fail(Errc::not_found, "no such stream"); }

  asio::io_context& io_;
  const std::shared_ptr<ServerCertificates> certificates_;
  Lookups* const lookups_;
  const std::shared_ptr<StreamHub> hub_;
};

}  // namespace

Streams::Streams(IoContext& io) : io_(io), certificates_(std::make_shared<ServerCertificates>()) {}

std::shared_ptr<StreamSet> Streams::make_set(std::function<void(StreamEvent)> on_event) {
  return std::make_shared<TcpStreamSet>(io_, certificates_, std::move(on_event));
}

void Streams::renew_certificates() { certificates_->renew(); }

}  // namespace jackfield::net
