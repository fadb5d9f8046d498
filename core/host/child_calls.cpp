#include "host/child_calls.hpp"

#include <cmath>

namespace jackfield::host {
namespace {

constexpr std::uint64_t kLongestMs = 30ull * 86'400'000;
constexpr std::string_view kErrorClasses[] = {"",          "config",        "auth",      "content",     "recipient",
                                              "opted-out", "window-closed", "throttled", "unavailable", "internal"};

bool is_error_class(std::string_view name) {
  for (const auto known : kErrorClasses)
    if (name == known) return true;
  return false;
}

Millis millis(FrameReader& in, std::string_view key) {
  return Millis{static_cast<std::int64_t>(in.number(key, kLongestMs))};
}

// Names and values in turn, as all texts that are left.
Headers headers(FrameReader& in) {
  Headers out;
  auto texts = in.rest();
  for (std::size_t i = 0; i + 1 < texts.size(); i += 2) out.emplace_back(std::move(texts[i]), std::move(texts[i + 1]));
  return out;
}

bool is_stream_step(FrameType type) {
  return type == FrameType::stream_write || type == FrameType::stream_start_tls || type == FrameType::stream_close;
}

}  // namespace

bool ChildCalls::take(HostSide& side, Frame& frame) {
  FrameReader in(frame);
  switch (frame.type) {
    case FrameType::deliver: return deliver(side, in, frame.id);
    case FrameType::webhook_reply: return webhook_reply(side, in, frame.id);
    case FrameType::send_done: return send_done(side, in, frame.id);
    case FrameType::fetch_done: return fetch_done(side, in, frame.id);
    case FrameType::http: return http(side, in, frame.id);
    case FrameType::stream_listen: return listen(side, in, frame.id);
    case FrameType::stream_connect: return connect(side, in, frame.id);
    default:
      return is_stream_step(frame.type) ? stream_step(side, in, frame.type, frame.id)
                                        : small_call(side, frame.type, in, frame.id);
  }
}

// The connector was told OK when it asked; a refusal comes as the end of the operation.
void ChildCalls::unless_ok(std::uint64_t op, Status status) {
  if (status == Status::ok) return;
  to_child_(FrameWriter(FrameType::complete, op).number("status", static_cast<std::uint64_t>(status)).text("").done());
}

bool ChildCalls::small_call(HostSide& side, FrameType type, FrameReader& in, std::uint64_t id) {
  switch (type) {
    case FrameType::log: {
      const auto level = static_cast<LogLevel>(in.number("level", 3));
      const auto line = in.text();
      return in.good() && (side.log(level, line), true);
    }
    case FrameType::send_note: {
      const auto token = in.number("token");
      auto ids = in.rest();
      return in.good() && (unless_ok(id, side.send_note(id, token, std::move(ids))), true);
    }
    case FrameType::set_state: {
      const auto state = static_cast<ChannelState>(in.number("state", 3));
      auto detail = in.text();
      return in.good() && (side.set_state(state, std::move(detail)), true);
    }
    case FrameType::set_capacity: return side.set_capacity(static_cast<std::uint32_t>(id)), in.good();
    case FrameType::kv_get: {
      auto key = in.text();
      return in.good() && (unless_ok(id, side.kv_get(id, std::move(key))), true);
    }
    case FrameType::kv_cas: {
      auto key = in.text(), expected = in.text(), value = in.text();
      return in.good() && (unless_ok(id, side.kv_cas(id, std::move(key), std::move(expected), std::move(value))), true);
    }
    case FrameType::timer_set: {
      const auto at = in.whole("at");
      const bool durable = in.flag("durable");
      auto payload = in.text();
      return in.good() && (side.timer_set(id, at, durable, std::move(payload)), true);
    }
    case FrameType::timer_cancel: return in.good() && (side.timer_cancel(id), true);
    case FrameType::timer_done: return in.good() && (side.timer_done(id), true);
    case FrameType::metric: {
      const bool gauge = in.flag("gauge");
      const auto value = in.real("value");
      const auto name = in.text();
      return in.good() && (side.metric(gauge, name, std::isfinite(value) ? value : 0), true);
    }
    case FrameType::stream_read: {
      const auto credit = in.number("credit");
      return in.good() && (side.stream_read(id, credit), true);
    }
    case FrameType::blob_read: {
      const auto offset = in.number("offset"), most = in.number("most");
      auto blob = in.text();
      return in.good() && (unless_ok(id, side.blob_read(id, std::move(blob), offset, most)), true);
    }
    case FrameType::contract_break: {
      const auto what = in.text();
      return in.good() && (side.contract_break(std::string_view(what).substr(0, 500)), true);
    }
    case FrameType::slow_callback: {
      const auto took = millis(in, "took");
      const auto name = in.text();
      return in.good() && (side.slow_callback(std::string_view(name).substr(0, 100), took), true);
    }
    default: return false;
  }
}

// -------------------------------------------------- deliveries and answers

bool ChildCalls::deliver(HostSide& side, FrameReader& in, std::uint64_t id) {
  const auto webhook = in.number("webhook");
  auto events = in.text(), kv_writes = in.text();
  if (!in.good() || id >= kHostIds || deliveries_.size() >= kDeliveryCredit) return false;
  const auto ours = next_delivery_++;
  deliveries_.emplace(ours, id);
  const auto status = side.deliver({ours, webhook, std::move(events), std::move(kv_writes)});
  if (status != Status::ok) delivered(ours, status);
  return true;
}

// Every end gives the credit back, also of a delivery (0) whose end the connector does not want to hear of.
void ChildCalls::delivered(std::uint64_t ours, Status status) {
  const auto at = deliveries_.find(ours);
  if (at == deliveries_.end()) return;
  const auto theirs = at->second;
  deliveries_.erase(at);
  to_child_(FrameWriter(FrameType::delivered, theirs).number("status", static_cast<std::uint64_t>(status)).done());
}

bool ChildCalls::webhook_reply(HostSide& side, FrameReader& in, std::uint64_t id) {
  WebhookReply reply;
  reply.status = static_cast<int>(in.number("status", 599));
  reply.retry_after = in.flag("retry_after");
  reply.content_type = in.text();
  reply.body = in.text();
  if (!in.good() || reply.status < 200) return false;
  side.webhook_reply(id, std::move(reply));
  return true;
}

bool ChildCalls::send_done(HostSide& side, FrameReader& in, std::uint64_t id) {
  SendResult result;
  result.token = id;
  result.outcome = static_cast<Outcome>(in.number("outcome", static_cast<unsigned>(Outcome::cancelled)));
  result.scope = static_cast<WaitScope>(in.number("scope", static_cast<unsigned>(WaitScope::channel)));
  result.retry_after = millis(in, "retry_after");
  result.error_class = in.text();
  result.code = in.text();
  result.detail = in.text();
  result.provider_ids = in.rest();
  if (!in.good() || !is_error_class(result.error_class)) return false;
  side.send_done(std::move(result));
  return true;
}

bool ChildCalls::fetch_done(HostSide& side, FrameReader& in, std::uint64_t id) {
  FetchResult result;
  result.token = id;
  result.outcome = static_cast<Outcome>(in.number("outcome", static_cast<unsigned>(Outcome::rejected)));
  result.retry_after = millis(in, "retry_after");
  result.blob = in.text();
  result.media_type = in.text();
  result.detail = in.text();
  if (!in.good()) return false;
  side.fetch_done(std::move(result));
  return true;
}

bool ChildCalls::http(HostSide& side, FrameReader& in, std::uint64_t id) {
  HttpOrder order;
  order.timeout = millis(in, "timeout");
  order.max_bytes = in.number("max_bytes");
  order.to_blob = in.flag("to_blob");
  order.untrusted = in.flag("untrusted");
  order.follow = in.flag("follow");
  order.method = in.text();
  order.url = in.text();
  order.body = in.text();
  order.body_blob = in.text();
  order.form = in.text();
  order.headers = headers(in);
  if (!in.good()) return false;
  HttpOutcome refused;
  refused.status = side.http(id, std::move(order));
  if (refused.status == Status::ok) return true;
  refused.error = "the host refused the request: " + std::string(name_of(refused.status));
  to_child_(frame_of(id, refused));
  return true;
}

// ------------------------------------------------------------- streams

bool ChildCalls::listen(HostSide& side, FrameReader& in, std::uint64_t id) {
  net::ListenArgs args;
  args.tls = in.flag("tls");
  args.max_connections = in.number("max_connections", UINT32_MAX);
  args.address = in.text();
  args.certificate = in.text();
  args.key = in.text();
  if (!in.good() || id >= kHostIds) return false;
  const auto status = side.stream_listen(id, std::move(args));
  to_child_(FrameWriter(FrameType::listen_answer, id).number("status", static_cast<std::uint64_t>(status)).done());
  return true;
}

bool ChildCalls::connect(HostSide& side, FrameReader& in, std::uint64_t id) {
  net::ConnectArgs args;
  args.port = static_cast<std::uint16_t>(in.number("port", 65535));
  args.tls = in.flag("tls");
  args.verify = in.flag("verify");
  args.timeout = millis(in, "timeout");
  args.host = in.text();
  if (!in.good() || id >= kHostIds) return false;
  const auto status = side.stream_connect(id, std::move(args));
  if (status == Status::ok) return true;
  net::StreamEvent closed;
  closed.kind = net::StreamEvent::Kind::closed;
  closed.stream = id;
  closed.orderly = false;
  closed.text = "the host refused to connect: " + std::string(name_of(status));
  to_child_(frame_of(closed));
  return true;
}

bool ChildCalls::stream_step(HostSide& side, FrameReader& in, FrameType type, std::uint64_t id) {
  Step what;
  what.type = type;
  if (type == FrameType::stream_write) what.bytes = in.text();
  if (type == FrameType::stream_start_tls) what.verify = in.flag("verify");
  if (!in.good()) return false;
  const auto at = waiting_.find(id);
  if (at == waiting_.end()) {
    if (!step(side, id, what)) waiting_[id].push_back(std::move(what));
    return true;
  }
  std::size_t bytes = 0;
  for (const auto& one : at->second) bytes += one.bytes.size();
  if (bytes > kStreamWindow || at->second.size() > 65536) return false;  // it was told to wait
  at->second.push_back(std::move(what));
  return true;
}

bool ChildCalls::step(HostSide& side, std::uint64_t id, const Step& what) {
  if (what.type == FrameType::stream_close) return side.stream_close(id), true;
  if (what.type == FrameType::stream_start_tls) {
    // The connector waits for its event now; one that cannot come is an end.
    if (side.stream_start_tls(id, what.verify) != Status::ok) side.stream_close(id);
    return true;
  }
  if (side.stream_write(id, what.bytes) == Status::busy) return false;
  to_child_(FrameWriter(FrameType::written, id).number("bytes_written", what.bytes.size()).done());
  return true;
}

void ChildCalls::go_on(HostSide& side, std::uint64_t id) {
  const auto at = waiting_.find(id);
  if (at == waiting_.end()) return;
  while (!at->second.empty() && step(side, id, at->second.front())) at->second.pop_front();
  if (at->second.empty()) waiting_.erase(at);
}

void ChildCalls::stream_event(HostSide& side, net::StreamEvent event) {
  using Kind = net::StreamEvent::Kind;
  if (event.kind == Kind::writable) return go_on(side, event.stream);  // the process says it to its connector
  if (event.kind == Kind::closed) waiting_.erase(event.stream);
  to_child_(frame_of(event));
}

// -------------------------------------------------------------- frames

std::string frame_of(std::uint64_t op, const HttpOutcome& outcome) {
  FrameWriter out(FrameType::http_answer, op);
  out.number("progress", static_cast<std::uint64_t>(outcome.progress))
      .number("http_status", static_cast<std::uint64_t>(outcome.http_status))
      .number("status", static_cast<std::uint64_t>(outcome.status))
      .text(outcome.body)
      .text(outcome.blob)
      .text(outcome.error);
  for (const auto& [name, value] : outcome.headers) out.text(name).text(value);
  return out.done();
}

std::string frame_of(const net::StreamEvent& event) {
  return FrameWriter(FrameType::stream_event, event.stream)
      .number("kind", static_cast<std::uint64_t>(event.kind))
      .number("listener", event.listener)
      .number("orderly", event.orderly)
      .text(event.bytes)
      .text(event.text)
      .done();
}

}  // namespace jackfield::host
