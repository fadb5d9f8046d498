#include "intake.hpp"

#include <utility>

#include "mime_reader.hpp"

namespace jackfield::email {
namespace {

constexpr const char* part = "listener";
constexpr std::size_t window = 64 * 1024;        // of bytes read ahead on a connection
constexpr std::size_t mails_at_once = 4;         // of the largest size, over all connections
constexpr std::int64_t idle_ms = 5 * 60 * 1000;  // RFC 5321, 4.5.3.2.7
constexpr std::int64_t sweep_ms = 30 * 1000;
// Of a mail, within idle_ms: who sends a byte now and then says nothing and keeps a connection from others.
constexpr std::size_t fair_amount = 4096;

}  // namespace

// One connection: bytes to the dialogue and back.
class MailStream : public sdk::Stream, public std::enable_shared_from_this<MailStream> {
 public:
  explicit MailStream(Intake& intake)
      : intake_(intake), session_(intake.session_options()), last_ms_(intake.host().now_ms()) {}

  void close_when_idle(std::int64_t now_ms, std::int64_t limit_ms) {
    if (session_.wants() == SmtpSession::Want::verdict || now_ms - last_ms_ < limit_ms) return;
    session_.shut_down("nothing was said for too long");
    act();
  }
  void close_when_free() {
    if (session_.amid_mail()) return;
    session_.shut_down("closing down, try again later");
    act();
  }

 protected:
  void on_open(std::string_view peer) override {
    if (const std::string_view why = intake_.refusal(peer); !why.empty()) {
      session_.refuse(why);
    } else {
      peer_ = peer;
      session_.greet();
    }
    act();
  }
  void on_close(jf_status, std::string_view) override {
    if (!peer_.empty()) intake_.gone(peer_);
  }
  void on_data(std::string_view bytes) override {
    unheard_ += bytes.size();
    if (unheard_ >= fair_amount) heard();
    session_.receive(bytes);
    act();
  }
  void on_writable() override { act(); }
  void on_tls(std::string_view) override {
    session_.tls_started();
    act();
  }

 private:
  void heard() {
    unheard_ = 0;
    last_ms_ = intake_.host().now_ms();
  }

  // Sends what is to be said, then does what the session wants.
  void act() {
    if (const std::string output = session_.take_output(); !output.empty()) {
      heard();
      write(output);
    }
    switch (session_.wants()) {
      case SmtpSession::Want::bytes: return read(backlog() > window ? 0 : window);
      case SmtpSession::Want::verdict: read(0); return hand_over();
      case SmtpSession::Want::tls: read(0); return start_tls();
      case SmtpSession::Want::close: return close();
    }
  }

  void hand_over() {
    if (std::exchange(handed_over_, true)) return;
    auto mail = std::make_shared<const ReceivedMail>(session_.take_mail());
    intake_.take(std::move(mail), [self = shared_from_this()](Verdict verdict) { self->answered(verdict); });
  }

  void answered(Verdict verdict) {
    handed_over_ = false;
    heard();
    session_.answer(verdict);
    if (intake_.is_draining() && !session_.amid_mail()) session_.shut_down("closing down, try again later");
    act();
  }

  Intake& intake_;
  SmtpSession session_;
  std::string peer_;         // that was admitted
  std::int64_t last_ms_;     // when something was last said
  std::size_t unheard_ = 0;  // bytes since then that did not make anything whole
  bool handed_over_ = false;
};

Intake::Intake(const Wiring& wiring)
    : host_(wiring.host),
      settings_(wiring.settings),
      reading_(wiring.reading),
      health_(wiring.health),
      budget_(wiring.budget),
      limits_(wiring.settings.listen ? wiring.settings.listen->connections_each : 0,
              wiring.settings.listen ? wiring.settings.listen->connections_a_minute : 0) {}

Intake::~Intake() = default;

std::string_view Intake::refusal(std::string_view peer) {
  if (!contains(settings_.listen->networks, peer)) {
    host_.warn("connection from " + std::string(peer) + " refused: not in listen.networks");
    return "554 5.7.1 not from your network";
  }
  if (limits_.admit(peer, host_.now_ms())) return {};
  host_.count("connections_put_off");
  return "421 4.7.0 too many connections from your address, try again later";
}

void Intake::listen() {
  if (!settings_.listen || std::exchange(listening_, true)) return;
  health_.starting(part);
  const ListenSettings& listen = *settings_.listen;
  sdk::Listen args;
  args.address = listen.address;
  args.tls = listen.tls == ListenTls::implicit ? JF_TLS_NOW : JF_TLS_NONE;
  args.certificate = listen.certificate;
  args.key = listen.key;
  args.max_connections = listen.max_connections;
  args.accepted = [this](std::string_view peer) { return accept(peer); };
  args.listening = [this](std::string_view address) {
    host_.info("listening on " + std::string(address));
    health_.well(part);
  };
  args.closed = [this](jf_status, std::string_view why) {
    listening_ = false;
    if (!draining_) host_.set_state(sdk::State::failed, "cannot listen: " + std::string(why));
  };
  listener_ = host_.listen(std::move(args));
}

std::shared_ptr<sdk::Stream> Intake::accept(std::string_view) {
  if (draining_) return nullptr;
  auto stream = std::make_shared<MailStream>(*this);
  streams_.push_back(stream);
  if (!std::exchange(sweeping_, true)) sweep();
  return stream;
}

SessionOptions Intake::session_options() const {
  SessionOptions options;
  options.lmtp = settings_.listen->lmtp;
  options.encrypted = settings_.listen->tls == ListenTls::implicit;
  options.require_tls = settings_.listen->tls == ListenTls::required;
  options.offer_tls = !settings_.listen->certificate.empty() && !options.encrypted;
  options.host_name = domain_of(settings_.from.address);
  options.takes_recipient = [this](std::string_view address) { return takes_recipient(settings_.recipients, address); };
  options.max_size = settings_.max_size;
  options.budget = budget_;
  return options;
}

void Intake::take(std::shared_ptr<const ReceivedMail> mail, std::function<void(Verdict)> done) {
  const std::shared_ptr<const ReceivedMail> kept = mail;
  reading_.read(std::move(mail), [this, kept, done = std::move(done)](jf_status status, std::string event) {
    if (status == JF_BUSY) return done(Verdict::busy);
    if (status != JF_OK) return done(Verdict::unavailable);
    deliver(std::move(event), true, kept, done);
  });
}

void Intake::deliver(std::string event, bool decoded, std::shared_ptr<const ReceivedMail> mail,
                     std::function<void(Verdict)> done) {
  host_.deliver(event, {}, [this, decoded, mail, done = std::move(done)](jf_status status) {
    if (status == JF_OK) return done(Verdict::durable);
    if (status == JF_BUSY) return done(Verdict::busy);
    if (status != JF_INVALID) return done(Verdict::unavailable);
    if (!decoded) return done(Verdict::unacceptable);
    deliver(undecodable_event(mail->bytes, mail->envelope, "the host did not take its event"), false, mail, done);
  });
}

// Ends connections that have gone silent; runs while there are any.
void Intake::sweep() {
  std::erase_if(streams_, [](const auto& stream) { return stream.expired(); });
  const auto streams = streams_;
  for (const auto& weak : streams)
    if (const auto stream = weak.lock()) stream->close_when_idle(host_.now_ms(), idle_ms);
  sweeping_ = !streams_.empty() && host_.after(sweep_ms, [this] { sweep(); }) != 0;
}

void Intake::drain() {
  draining_ = true;
  if (listening_) host_.close_listener(listener_);
  const auto streams = streams_;
  for (const auto& weak : streams)
    if (const auto stream = weak.lock()) stream->close_when_free();
}

}  // namespace jackfield::email
