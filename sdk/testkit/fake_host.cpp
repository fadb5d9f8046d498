#include "fake_host.hpp"

#include <openssl/sha.h>

#include <algorithm>
#include <utility>

namespace jackfield::testkit {
namespace {
jf_str str(std::string_view text) { return {text.data(), text.size()}; }
}  // namespace

std::string sha256_hex(std::string_view bytes) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest.data());
  std::string hex;
  for (const unsigned char byte : digest) hex.append(1, kHex[byte >> 4]).append(1, kHex[byte & 15]);
  return hex;
}

// ---------------------------------------------------------------- life

jf_status FakeHost::create() {
  if (self_ != nullptr) return JF_OK;
  error_ = {};
  error_.size = sizeof(jf_error);
  const jf_create args{sizeof(jf_create), 0, str(options_.channel), str(options_.settings)};
  const jf_status status = [&] {
    const Entered in(*this, "create");
    return module_.create(&api_.known, &args, &connector_, &self_, &error_);
  }();
  if (status == JF_OK && (self_ == nullptr || connector_ == nullptr)) violated("create said OK and made nothing");
  if (status != JF_OK) self_ = nullptr;
  return status;
}

jf_status FakeHost::start() {
  if (const jf_status status = create(); status != JF_OK) return status;
  error_ = {};
  error_.size = sizeof(jf_error);
  const Entered in(*this, "start");
  return connector_->start(self_, &error_);
}

void FakeHost::drain(std::int64_t deadline_ms) {
  if (self_ == nullptr || stopped_) return;
  const Entered in(*this, "drain");
  connector_->drain(self_, deadline_ms);
}

void FakeHost::stop() {
  if (self_ == nullptr || stopped_) return;
  settle();  // accepted work always completes before stop
  {
    const Entered in(*this, "stop");
    connector_->stop(self_);
  }
  stopped_ = true;
  strand_.clear();
}

void FakeHost::destroy() {
  if (self_ == nullptr) return;
  {
    const Entered in(*this, "destroy");
    connector_->destroy(self_);
  }
  self_ = nullptr;
}

FakeHost::~FakeHost() {
  stop();
  destroy();
}

void FakeHost::check_end() {
  for (const auto token : open_sends_) violated("send " + std::to_string(token) + " was never answered");
  for (const auto request : open_webhooks_)
    violated("webhook " + std::to_string(request - JF_ID_HOST) + " was never answered");
  for (const auto token : open_fetches_) violated("fetch " + std::to_string(token) + " was never answered");
  for (const auto& [pointer, values] : options_.secrets) {
    for (const auto& value : values) {
      const bool told = value.size() >= 6 && std::any_of(log.begin(), log.end(), [&](const std::string& line) {
                          return line.find(value) != std::string::npos;
                        });
      if (told) violated("the secret " + pointer + " is in the log");
    }
  }
}

// ---------------------------------------------------------------- what happens

jf_status FakeHost::send(std::uint64_t token, std::string_view key, std::string_view message, std::uint32_t attempt) {
  open_sends_.insert(token);
  const jf_send raw{sizeof(jf_send), attempt, token, 30'000, str(key), str(message)};
  const jf_status status = [&] {
    const Entered in(*this, "send");
    return connector_->send(self_, &raw);
  }();
  if (status != JF_OK && open_sends_.erase(token) == 0) violated("send answered a token that it did not take");
  return status;
}

void FakeHost::cancel(std::uint64_t token) {
  const Entered in(*this, "cancel");
  connector_->cancel(self_, token);
}

bool FakeHost::is_open(std::uint64_t token) const {
  const std::lock_guard lock(mutex_);
  return open_sends_.count(token) != 0;
}

bool FakeHost::owes_answers() const {
  const std::lock_guard lock(mutex_);
  return !open_sends_.empty() || !open_webhooks_.empty() || !open_fetches_.empty();
}

std::uint64_t FakeHost::webhook(const WebhookCall& call) {
  const std::uint64_t id = next_id_++;
  open_webhooks_.insert(id);
  jf_webhook raw{};
  raw.size = sizeof raw;
  raw.request = id;
  raw.method = str(call.method);
  raw.path = str(call.path);
  raw.query = str(call.query);
  raw.headers = str(call.headers);
  raw.body = str(call.body);
  raw.remote = str(call.remote);
  raw.url = str(call.url);
  const Entered in(*this, "on_webhook");
  connector_->on_webhook(self_, &raw);
  return id;
}

const void* FakeHost::connector_extension(std::string_view id) const {
  if (self_ == nullptr || connector_->get_extension == nullptr) return nullptr;
  return connector_->get_extension(self_, str(id));
}

bool FakeHost::has_extension(std::string_view id) const { return connector_extension(id) != nullptr; }

jf_status FakeHost::fetch(std::uint64_t token, std::string_view part) {
  const auto* media = static_cast<const jf_media_handler*>(connector_extension(JF_EXT_MEDIA));
  if (media == nullptr) return JF_UNSUPPORTED;
  open_fetches_.insert(token);
  const jf_status status = [&] {
    const Entered in(*this, "fetch");
    return media->fetch(self_, token, str(part));
  }();
  if (status != JF_OK) open_fetches_.erase(token);
  return status;
}

jf_status FakeHost::replay(std::string_view raw, std::string& events) {
  const auto* handler = static_cast<const jf_replay_handler*>(connector_extension(JF_EXT_REPLAY));
  if (handler == nullptr) return JF_UNSUPPORTED;
  const std::size_t before = deliveries.size();
  const auto sink = [](void* out, jf_str bytes) { static_cast<std::string*>(out)->append(bytes.data, bytes.len); };
  const jf_status status = [&] {
    const Entered in(*this, "replay");
    return handler->replay(self_, str(raw), sink, &events);
  }();
  if (deliveries.size() != before) violated("replay called deliver");
  return status;
}

jf_status FakeHost::signal(std::string_view signal) {
  const auto* handler = static_cast<const jf_signal_handler*>(connector_extension(JF_EXT_SIGNAL));
  if (handler == nullptr) return JF_UNSUPPORTED;
  const Entered in(*this, "signal");
  return handler->signal(self_, str(signal));
}

jf_status FakeHost::preview(std::string_view message, std::string& result) {
  const auto* handler = static_cast<const jf_preview_handler*>(connector_extension(JF_EXT_PREVIEW));
  if (handler == nullptr) return JF_UNSUPPORTED;
  const auto calls = [this] { return http_calls.size() + deliveries.size() + send_answers.size(); };
  const std::size_t before = calls();
  const auto sink = [](void* out, jf_str bytes) { static_cast<std::string*>(out)->append(bytes.data, bytes.len); };
  const jf_status status = [&] {
    const Entered in(*this, "preview");
    return handler->preview(self_, str(message), sink, &result);
  }();
  if (calls() != before) violated("preview called the host");
  return status;
}

void FakeHost::answer(std::uint64_t op, const HttpAnswer& answer) {
  const auto open = std::find(open_http.begin(), open_http.end(), op);
  if (open == open_http.end()) return;
  open_http.erase(open);
  const auto call = std::find_if(http_calls.begin(), http_calls.end(), [&](const HttpCall& c) { return c.op == op; });
  const bool to_blob = (call->flags & JF_HTTP_BODY_TO_BLOB) != 0 && answer.http_status / 100 == 2;
  const std::string blob = to_blob ? sha256_hex(answer.body) : std::string();
  if (to_blob) blobs[blob] = answer.body;
  jf_http_response raw{};
  raw.size = sizeof raw;
  raw.progress = answer.progress;
  raw.http_status = answer.progress == JF_HTTP_ANSWERED ? answer.http_status : 0;
  raw.status = answer.status;
  raw.headers = str(answer.headers);
  raw.body = to_blob ? jf_str{} : str(answer.body);
  raw.blob = str(blob);
  raw.error = str(answer.error);
  const Entered in(*this, "on_http");
  connector_->on_http(self_, op, &raw);
}

void FakeHost::later(std::function<void()> task) {
  const std::lock_guard lock(mutex_);
  strand_.push_back(std::move(task));
}

bool FakeHost::run_one() {
  std::function<void()> task;
  {
    const std::lock_guard lock(mutex_);
    if (strand_.empty() || self_ == nullptr || stopped_) return false;
    task = std::move(strand_.front());
    strand_.pop_front();
  }
  task();
  return true;
}

// A connector that always makes more to do would keep this going for ever.
void FakeHost::settle() {
  for (unsigned steps = 0; run_one(); ++steps) {
    if (steps < 100'000) continue;
    violated("it does not come to rest: 100000 callbacks, and more is wanted");
    strand_.clear();
  }
}

void FakeHost::advance(std::int64_t ms) {
  const std::int64_t until = now_ms_ + ms;
  settle();
  for (;;) {
    const auto due = std::min_element(timers_.begin(), timers_.end(),
                                      [](const auto& a, const auto& b) { return a.second.at_ms < b.second.at_ms; });
    if (due == timers_.end() || due->second.at_ms > until) break;
    const auto [id, timer] = *due;
    timers_.erase(due);
    now_ms_ = std::max(now_ms_, timer.at_ms);
    {
      const Entered in(*this, "on_timer");
      connector_->on_timer(self_, id, str(timer.payload));
    }
    settle();
  }
  now_ms_ = until;
}

FakeHost::Entered::Entered(FakeHost& at, const char* callback) : host(at), name(callback) {
  {
    const std::lock_guard lock(host.mutex_);
    host.delivered_at_once_ = 0;
  }
  if (host.entering) host.entering(name);
}

FakeHost::Entered::~Entered() {
  if (host.left) host.left(name);
}

void FakeHost::violated(std::string what) {
  const std::lock_guard lock(mutex_);
  violations.push_back(std::move(what));
}

// ---------------------------------------------------------------- streams

void FakeHost::stream_event(std::uint32_t kind, std::uint64_t stream, std::string_view bytes, std::string_view text,
                            std::uint64_t listener, jf_status status) {
  const auto* handler = static_cast<const jf_stream_handler*>(connector_extension(JF_EXT_STREAM));
  if (handler == nullptr) return violated("streams are used without a handler of " JF_EXT_STREAM);
  jf_stream_event event{};
  event.size = sizeof event;
  event.kind = kind;
  event.listener = listener;
  event.stream = stream;
  event.status = status;
  event.bytes = str(bytes);
  event.text = str(text);
  const Entered in(*this, "on_stream");
  handler->on_stream(self_, &event);
}

std::uint64_t FakeHost::accept(std::uint64_t listener, std::string_view peer) {
  const std::uint64_t id = next_id_++;
  streams[id] = {.id = id, .address = std::string(peer), .tls = streams[listener].tls, .open = true};
  stream_order.push_back(id);
  stream_event(JF_STREAM_ACCEPTED, id, {}, peer, listener);
  return id;
}

void FakeHost::connected(std::uint64_t stream, std::string_view peer) {
  streams.at(stream).open = true;
  stream_event(JF_STREAM_CONNECTED, stream, {}, peer);
}

void FakeHost::feed(std::uint64_t stream, std::string_view bytes) {
  streams.at(stream).unread.append(bytes);
  hand_over(stream);
}

// As much as the credit allows, in pieces of at most 16 KiB, as a socket would.
void FakeHost::hand_over(std::uint64_t stream) {
  StreamEnd& end = streams.at(stream);
  while (end.open && !end.closed && end.credit > 0 && !end.unread.empty()) {
    const std::size_t size = std::min<std::size_t>({end.unread.size(), end.credit, 16384});
    const std::string piece = end.unread.substr(0, size);
    end.unread.erase(0, size);
    end.credit -= size;
    stream_event(JF_STREAM_DATA, stream, piece, {});
  }
}

void FakeHost::tls_done(std::uint64_t stream, std::string_view version) {
  streams.at(stream).wants_tls = false;
  stream_event(JF_STREAM_TLS, stream, {}, version);
}

void FakeHost::close(std::uint64_t id, jf_status status, std::string_view why) {
  StreamEnd& end = streams.at(id);
  end.closed = true;
  end.open = false;
  const bool listener = end.listener;
  stream_event(JF_STREAM_CLOSED, listener ? 0 : id, {}, why, listener ? id : 0, status);
}

}  // namespace jackfield::testkit
