#include "smpp_bind.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "smpp_status.hpp"

namespace jackfield::sms::smpp {
namespace {

constexpr std::uint64_t read_ahead = 256 * 1024;   // of bytes
constexpr std::size_t most_backlog = 1024 * 1024;  // of what the peer does not read; then nothing more is read of it
constexpr std::int64_t tick_ms = 1000;
constexpr std::int64_t first_wait_ms = 500, longest_wait_ms = 60'000;
constexpr std::int64_t least_wait_after_refusal_ms = 30'000;  // a wrong password does not become right by asking often
constexpr std::int64_t good_after_ms = 10'000;                // bound for so long: the next loss starts afresh

std::string_view name_of(std::uint32_t command) {
  return command == bind_receiver ? "receiver" : command == bind_transmitter ? "transmitter" : "transceiver";
}

}  // namespace

class BindStream : public sdk::Stream {
 public:
  explicit BindStream(Bind& bind) : bind_(&bind) {}
  void part() { bind_ = nullptr; }  // what comes from now on is nobody's

 protected:
  void on_open(std::string_view) override {
    if (!bind_) return close();
    read(read_ahead);
    bind_->on_connected();
  }
  void on_data(std::string_view bytes) override {
    if (bind_) bind_->on_bytes(bytes);
    if (is_open()) read(backlog() > most_backlog ? 0 : read_ahead);
  }
  void on_writable() override { read(read_ahead); }
  void on_close(jf_status, std::string_view why) override {
    if (bind_) bind_->lost(why);
  }

 private:
  Bind* bind_;
};

Bind::Bind(sdk::Host& host, const SmppSettings& settings, std::uint32_t command, std::size_t index,
           const std::string& password, BindOwner& owner)
    : host_(host), settings_(settings), command_(command), password_(password), owner_(owner), origin_{index, 0} {}

Bind::~Bind() {
  if (stream_) stream_->part();
}

void Bind::open() {
  if (stream_ || leaving_) return;
  connect();
  if (!std::exchange(ticking_, true)) host_.after(tick_ms, [this] { tick(); });
}

void Bind::connect() {
  if (leaving_ || stream_) return;
  ++origin_.connection;
  SessionOptions options;
  options.bind = command_;
  options.request = {settings_.system_id, password_, settings_.system_type, {}};
  options.window = settings_.window;
  options.response_timeout_ms = settings_.response_timeout_ms;
  options.enquire_link_ms = settings_.enquire_link_ms;
  session_ = std::make_unique<Session>(std::move(options), static_cast<SessionListener&>(*this));
  stream_ = std::make_shared<BindStream>(*this);
  std::uint32_t tls = settings_.tls ? JF_TLS_NOW : JF_TLS_NONE;
  if (settings_.tls && !settings_.tls_verify) tls |= JF_TLS_INSECURE;
  host_.connect({.host = settings_.host, .port = settings_.port, .tls = tls}, stream_);
}

void Bind::on_connected() {
  session_->start(host_.now_ms());
  flush();
}

void Bind::on_bytes(std::string_view bytes) {
  session_->receive(bytes, host_.now_ms());
  flush();
}

bool Bind::is_bound() const { return session_ && stream_ && session_->is_bound(); }

std::size_t Bind::room() const { return is_bound() ? session_->room() : 0; }

void Bind::submit(std::uint64_t ticket, const ShortMessage& message) {
  session_->submit(ticket, message, host_.now_ms());
  flush_soon();
}

void Bind::respond(const Origin& origin, std::uint32_t command, std::uint32_t sequence, std::uint32_t status,
                   std::uint64_t ticket) {
  if (!stream_ || origin.connection != origin_.connection) return;
  session_->respond(command, sequence, status, ticket);
  flush_soon();
}

// What one turn of the strand says goes out as one write: commits end in groups.
void Bind::flush_soon() {
  if (std::exchange(flushing_, true)) return;
  if (host_.at(0, [this] {
        flushing_ = false;
        flush();
      }) == 0) {
    flushing_ = false;
    flush();
  }
}

void Bind::flush() {
  if (!stream_) return;
  if (leaving_) leave_when_idle();
  if (const std::string output = session_->take_output(); !output.empty()) stream_->write(output);
  if (session_->is_over()) stream_->close();
}

void Bind::tick() {
  host_.after(tick_ms, [this] { tick(); });
  if (!stream_) return;
  session_->tick(host_.now_ms());
  flush();
}

void Bind::leave() {
  leaving_ = true;
  flush();
  owner_.on_bind_changed();
}

void Bind::leave_when_idle() {
  if (session_->open_submits() + session_->unanswered() == 0) session_->leave(host_.now_ms());
}

void Bind::lost(std::string_view why) {
  const auto stream = std::exchange(stream_, nullptr);
  const bool was_bound = bound_at_ms_ != 0;
  if (!lasting_refusal_ || !session_->is_over())
    trouble_ = session_->why_over().empty() ? std::string(why) : session_->why_over();
  if (was_bound && host_.now_ms() - std::exchange(bound_at_ms_, 0) >= good_after_ms) wait_ms_ = 0;
  if (!leaving_)
    host_.warn(std::string(name_of(command_)) + " " + std::to_string(origin_.bind + 1) + ": " +
               (was_bound ? "the connection ended: " : "no bind: ") + trouble_);
  for (const std::uint64_t ticket : session_->take_open_submits())
    owner_.on_submit_lost(ticket, "the connection ended before the answer");
  owner_.on_connection_lost(origin_);
  owner_.on_bind_changed();
  connect_later();
}

void Bind::connect_later() {
  if (leaving_) return;
  wait_ms_ = std::clamp(wait_ms_ * 2, first_wait_ms, longest_wait_ms);
  if (std::exchange(lasting_refusal_, false)) wait_ms_ = std::max(wait_ms_, least_wait_after_refusal_ms);
  std::array<std::uint8_t, 1> chance{};
  host_.random(chance);
  const std::int64_t jitter = wait_ms_ * chance[0] / 1024;  // up to a quarter, so that binds do not come all at once
  host_.after(wait_ms_ + jitter, [this] { connect(); });
}

void Bind::on_bound(std::string_view smsc) {
  bound_at_ms_ = host_.now_ms();
  trouble_.clear();
  host_.info("bound as " + std::string(name_of(command_)) + " to " + std::string(smsc.substr(0, 64)));
  owner_.on_bind_changed();
}

void Bind::on_bind_refused(std::uint32_t status) {
  lasting_refusal_ = is_lasting_refusal(status);
  trouble_ = session_->why_over();
}

void Bind::on_submit_answered(std::uint64_t ticket, std::uint32_t status, const std::string& id, bool late) {
  owner_.on_submit_answered(ticket, status, id, late);
}

void Bind::on_submit_overdue(std::uint64_t ticket) { owner_.on_submit_lost(ticket, "no answer in time"); }

void Bind::on_message(std::uint32_t command, std::uint32_t sequence, ShortMessage&& message) {
  owner_.on_message(origin_, command, sequence, std::move(message));
}

void Bind::on_response_read(std::uint64_t ticket) { owner_.on_response_read(ticket); }

void Bind::on_malformed(std::string_view reason, std::string_view pdu) { owner_.on_malformed(reason, pdu); }

}  // namespace jackfield::sms::smpp
