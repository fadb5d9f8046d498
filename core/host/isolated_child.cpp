// The process of one connector: gives up what it does not need, loads the file as the host would, and passes calls and
// answers between the host's frames and the connector's tables (in_process_link.hpp), which cannot tell the difference.
#include <signal.h>

#include <filesystem>

#include "host/confinement.hpp"
#include "host/frame_socket.hpp"
#include "host/in_process_link.hpp"
#include "host/isolated_plugin.hpp"
#include "host/remote_host.hpp"
#include "net/io.hpp"

#include <unistd.h>

namespace jackfield::host {
namespace {

constexpr int kHostSocket = 3;
constexpr int kOffloadThreads = 2;
constexpr std::size_t kMostOffloads = 1024;

class Child {
 public:
  Child(const std::string& file, FrameSocket& socket)
      : socket_(socket),
        io_(1),
        strand_(io_.make_strand()),
        host_(std::make_shared<RemoteHost>(socket)),
        link_(make_in_process_link(file, host_, strand_, std::make_shared<net::Workers>(kOffloadThreads, kMostOffloads))) {
    io_.start();
  }

  [[noreturn]] void run() {
    for (;;) {
      auto frame = std::make_shared<Frame>(socket_.read());
      // A connector that waits for this does so on its strand, which must not be needed for it.
      if (frame->type == FrameType::listen_answer) {
        FrameReader in(*frame);
        host_->listening(frame->id, status(in));
        continue;
      }
      strand_.post([this, frame] { take(*frame); });
    }
  }

 private:
  static Status status(FrameReader& in) {
    return static_cast<Status>(in.number("status", static_cast<unsigned>(Status::conflict)));
  }
  static Headers headers(FrameReader& in) {
    Headers out;
    auto texts = in.rest();
    for (std::size_t i = 0; i + 1 < texts.size(); i += 2) out.emplace_back(std::move(texts[i]), std::move(texts[i + 1]));
    return out;
  }
  void say(const FrameWriter& frame) { socket_.write(frame.done()); }
  Link::Done answer_with(FrameType type) {
    return [this, type](Result<void> result) { say(FrameWriter(type).text(result ? "" : result.error().message)); };
  }

  void take(Frame& frame);  // [strand]
  void create(FrameReader& in);
  void send(std::uint64_t token, FrameReader& in);
  void webhook(std::uint64_t request, FrameReader& in);
  void fetch(std::uint64_t token, FrameReader& in);
  std::function<void(Result<std::string>)> answer_to(std::uint64_t id);
  void http(std::uint64_t op, FrameReader& in);
  void stream_event(std::uint64_t stream, FrameReader& in);
  void written(std::uint64_t stream, FrameReader& in);

  FrameSocket& socket_;
  net::IoContext io_;
  const net::Strand strand_;
  const std::shared_ptr<RemoteHost> host_;
  const std::shared_ptr<Link> link_;
};

void Child::take(Frame& frame) {
  FrameReader in(frame);
  const auto id = frame.id;
  switch (frame.type) {
    case FrameType::ping: return say(FrameWriter(FrameType::pong));
    case FrameType::create: return create(in);
    case FrameType::start: return link_->start(answer_with(FrameType::started));
    case FrameType::send: return send(id, in);
    case FrameType::cancel: return link_->cancel(id);
    case FrameType::delivered:
      host_->delivery_ended();
      if (id != 0) link_->delivered(id, status(in));
      return;
    case FrameType::timer: return host_->timer_fired(id), link_->timer(id, in.text());
    case FrameType::http_answer: return http(id, in);
    case FrameType::complete: {
      host_->op_ended(id);
      const auto how = status(in);
      return link_->complete(id, how, in.text());
    }
    case FrameType::webhook: return webhook(id, in);
    case FrameType::fetch: return fetch(id, in);
    case FrameType::replay: return link_->replay(in.text(), answer_to(id));
    case FrameType::preview: return link_->preview(in.text(), answer_to(id));
    case FrameType::signal:
      return link_->signal(in.text(), [answer = answer_to(id)](const Result<void>& result) {
        answer(result ? Result<std::string>(std::string()) : Result<std::string>(result.error()));
      });
    case FrameType::stream_event: return stream_event(id, in);
    case FrameType::written: return written(id, in);
    case FrameType::drain: return link_->drain(time_from_ms(in.whole("deadline")));
    case FrameType::stop:
      return link_->stop([this] {
        say(FrameWriter(FrameType::stopped));
        ::_exit(0);  // as in the scan: no destructor of the connector's file runs
      });
    default: return;
  }
}

void Child::create(FrameReader& in) {
  CreateArgs args{in.text(), in.text()};
  RemoteHost::Secrets secrets;
  auto texts = in.rest();
  for (std::size_t i = 0; i + 1 < texts.size(); i += 2) secrets[texts[i]].push_back(std::move(texts[i + 1]));
  host_->set_secrets(std::move(secrets));
  link_->create(std::move(args), answer_with(FrameType::created));
}

void Child::send(std::uint64_t token, FrameReader& in) {
  SendRequest request;
  request.token = token;
  request.attempt = static_cast<int>(in.number("attempt"));
  request.timeout = Millis{in.whole("timeout")};
  request.idempotency_key = in.text();
  request.message = in.text();
  host_->send_came(token);
  link_->send(std::move(request), [this, token](Taken how, const std::string& detail) {
    say(FrameWriter(FrameType::sent, token).number("how", static_cast<std::uint64_t>(how)).text(detail));
  });
}

void Child::webhook(std::uint64_t request, FrameReader& in) {
  WebhookRequest value;
  value.method = in.text();
  value.path = in.text();
  value.query = in.text();
  value.body = in.text();
  value.remote = in.text();
  value.url = in.text();
  value.headers = headers(in);
  host_->webhook_came(request);
  link_->webhook(request, std::move(value), [this, request](bool returned) {
    if (returned || !host_->owes_reply(request)) return;
    WebhookReply reply;
    reply.retry_after = true;
    reply.content_type = "text/plain; charset=utf-8";
    reply.body = "the connector failed\n";
    host_->webhook_reply(request, std::move(reply));
  });
}

void Child::fetch(std::uint64_t token, FrameReader& in) {
  host_->fetch_came(token);
  link_->fetch(token, in.text(), [this, token](Status how) {
    say(FrameWriter(FrameType::fetch_taken, token).number("status", static_cast<std::uint64_t>(how)));
  });
}

std::function<void(Result<std::string>)> Child::answer_to(std::uint64_t id) {
  return [this, id](const Result<std::string>& result) {
    const std::uint64_t how = result ? 0 : result.error().code == Errc::conflict ? 1 : 2;
    say(FrameWriter(FrameType::answered, id).number("how", how).text(result ? *result : result.error().message));
  };
}

void Child::http(std::uint64_t op, FrameReader& in) {
  HttpOutcome outcome;
  outcome.progress = static_cast<HttpProgress>(in.number("progress", 2));
  outcome.http_status = static_cast<int>(in.number("http_status", 999));
  outcome.status = status(in);
  outcome.body = in.text();
  outcome.blob = in.text();
  outcome.error = in.text();
  outcome.headers = headers(in);
  host_->http_ended(op);
  link_->http(op, std::move(outcome));
}

void Child::stream_event(std::uint64_t stream, FrameReader& in) {
  net::StreamEvent event;
  event.stream = stream;
  event.kind = static_cast<net::StreamEvent::Kind>(in.number("kind", 6));
  event.listener = in.number("listener");
  event.orderly = in.flag("orderly");
  event.bytes = in.text();
  event.text = in.text();
  host_->stream_event(event);
  link_->stream_event(std::move(event));
}

void Child::written(std::uint64_t stream, FrameReader& in) {
  if (!host_->written(stream, in.number("bytes_written"))) return;
  net::StreamEvent event;
  event.kind = net::StreamEvent::Kind::writable;
  event.stream = stream;
  link_->stream_event(std::move(event));
}

}  // namespace

int isolated_plugin_child(const std::string& file) {
  ::signal(SIGPIPE, SIG_IGN);
  FrameSocket socket(kHostSocket);
  Frame setup = socket.read();
  FrameReader in(setup);
  Confinement how;
  how.parent = static_cast<int>(in.number("parent"));
  how.network = in.flag("network");
  std::error_code error;
  how.own_folder = std::filesystem::weakly_canonical(file, error).parent_path().string();
  if (setup.type != FrameType::setup || !in.good()) return 3;
  socket.write(FrameWriter(FrameType::confined).text(confine(how)).done());
  Child(file, socket).run();
}

}  // namespace jackfield::host
