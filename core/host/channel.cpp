// A channel as it is made and shown, and the small services: log, clock, secrets, key-value, timers, streams, blobs,
// numbers.
#include "host/channel.hpp"

#include <boost/json/serialize.hpp>

#include "base/log.hpp"
#include "host/in_process_link.hpp"
#include "host/process_link.hpp"
#include "host/settings.hpp"
#include "net/address_guard.hpp"

namespace jackfield::host {
namespace {

constexpr std::size_t kMostOps = 4096;
constexpr std::size_t kMostLogBytes = 4096;
constexpr std::int64_t kSlowLogEveryMs = 60'000;
constexpr std::uint64_t kMostBreaksLogged = 100;  // a minute

log::Level log_level(LogLevel level) {
  switch (level) {
    case LogLevel::debug: return log::Level::debug;
    case LogLevel::info: return log::Level::info;
    case LogLevel::warn: return log::Level::warn;
    case LogLevel::error: return log::Level::error;
  }
  return log::Level::info;
}

}  // namespace

Channel::Channel(const ChannelConfig& config, std::string file, const HostPorts& ports, const HostLimits& limits,
                 std::shared_ptr<net::Workers> workers)
    : context_(config.name, ports, limits, std::move(workers)),
      config_(std::make_shared<const ChannelConfig>(config)),
      plugin_(config_->plugin),
      file_(std::move(file)),
      ops_(kMostOps),
      kv_(context_, ops_),
      timers_(context_),
      blobs_(context_, ops_),
      streams_(context_),
      state_since_(ports.clock.now()) {
  auto split = split_settings(plugin_.manifest.settings_schema, config.settings);
  for (auto& [pointer, values] : split.secrets) {
    for (const auto& value : values) log::add_secret(value);
    secrets_.emplace(pointer, std::move(values));
  }
  settings_ = boost::json::serialize(split.open);
  account_ = setting_text(split.open, plugin_.manifest.account_setting);
  const auto api_url = setting_text(split.open, "api_url");
  http_ = std::make_unique<HttpService>(context_, api_url.empty() ? "" : net::origin_of(api_url));
}

std::shared_ptr<Channel> Channel::make(const ChannelConfig& config, std::string file, const HostPorts& ports,
                                       const HostLimits& limits, std::shared_ptr<net::Workers> workers) {
  std::shared_ptr<Channel> channel(new Channel(config, std::move(file), ports, limits, std::move(workers)));
  channel->init();
  return channel;
}

void Channel::init() {
  context_.owner = weak_from_this();
  if (config_->isolation == Isolation::none) {
    context_.link = make_in_process_link(file_, weak_from_this(), context_.strand, context_.workers);
    return;
  }
  ProcessSpec spec{file_, context_.name, secrets_, plugin_.manifest.needs_network};
  context_.link = make_process_link(std::move(spec), weak_from_this(), context_.ports.io, context_.strand,
                                    context_.workers, context_.limits);
}

ChannelInfo Channel::info() const {
  ChannelInfo out;
  out.name = context_.name;
  out.manifest = {config_, &plugin_.manifest};
  out.webhooks = webhooks_;
  out.webhooks_refused = refused_ + replies_.refused();
  out.delivered = delivered_;
  out.contract_breaks = breaks_;
  out.slow_callbacks = slow_;
  out.process = process_;
  out.crashes = crash_count_;
  out.metrics = metrics_.all();
  std::lock_guard lock(mutex_);
  out.state = state_;
  out.detail = detail_;
  out.upgrade_problem = upgrade_problem_;
  out.state_since = state_since_;
  out.last_error = last_error_;
  out.last_error_at = last_error_at_;
  return out;
}

void Channel::contract_break(std::string_view what) {
  ++breaks_;
  const std::string text = "the connector " + plugin_.manifest.id + " breaks its contract: " + std::string(what);
  if (log_this_break()) log::error(context_.part, text);
  std::lock_guard lock(mutex_);
  last_error_ = log::masked(text);
  last_error_at_ = context_.ports.clock.now();
}

// A connector that breaks it all the time must not fill the log; what is left out is counted all the same.
bool Channel::log_this_break() {
  const auto minute = to_ms(context_.ports.clock.now()) / 60'000;
  if (breaks_minute_.exchange(minute) != minute) breaks_logged_ = 0;
  return ++breaks_logged_ <= kMostBreaksLogged;
}

void Channel::slow_callback(std::string_view callback, Millis took) {
  ++slow_;
  const auto now = to_ms(context_.ports.clock.now());
  auto before = slow_logged_at_.load();
  if (before != 0 && now - before < kSlowLogEveryMs) return;
  if (!slow_logged_at_.compare_exchange_strong(before, now)) return;
  log::warn(context_.part, "the connector " + plugin_.manifest.id + " blocked in " + std::string(callback) + " for " +
                               std::to_string(took.count()) + " ms");
}

void Channel::log(LogLevel level, std::string_view line) {
  if (line.size() <= kMostLogBytes) return log::write(log_level(level), context_.part, line);
  log::write(log_level(level), context_.part, std::string(line.substr(0, kMostLogBytes)) + "…");
}

std::int64_t Channel::now_ms() { return to_ms(context_.ports.clock.now()); }
void Channel::random(std::uint8_t* out, std::size_t len) { context_.ports.random.fill(out, len); }

const std::vector<std::string>* Channel::secret(std::string_view pointer) {
  const auto at = secrets_.find(pointer);
  return at == secrets_.end() ? nullptr : &at->second;
}

Status Channel::kv_get(std::uint64_t op, std::string key) { return kv_.get(op, std::move(key)); }
Status Channel::kv_cas(std::uint64_t op, std::string key, std::string expected, std::string value) {
  return kv_.cas(op, std::move(key), std::move(expected), std::move(value));
}

Status Channel::timer_set(std::uint64_t timer, std::int64_t at_ms, bool durable, std::string payload) {
  return timers_.set(timer, at_ms, durable, std::move(payload));
}
Status Channel::timer_cancel(std::uint64_t timer) { return timers_.cancel(timer); }
void Channel::timer_done(std::uint64_t timer) { timers_.durable_done(timer); }
Status Channel::http(std::uint64_t op, HttpOrder order) { return http_->submit(op, std::move(order)); }

void Channel::metric(bool gauge, std::string_view name, double value) {
  if (!metrics_.record(gauge, name, value))
    contract_break("the metric \"" + std::string(name.substr(0, 80)) + "\" has no valid name or is one too many");
}

void Channel::set_capacity(std::uint32_t open_sends) {
  {
    std::lock_guard lock(mutex_);
    capacity_ = open_sends;
  }
  if (standing_ == Standing::current) context_.ports.flow.capacity(context_.name, open_sends);
}

Status Channel::stream_listen(std::uint64_t listener, net::ListenArgs args) {
  const auto set = streams_.set();
  if (!set) return Status::state;
  const std::string address = args.address;
  const auto listening = set->listen(listener, std::move(args));
  // The connector gets a status only; people need the reason.
  if (!listening) log::error("channel/" + context_.name, "cannot listen on " + address + ": " + listening.error().message);
  return status_of(listening);
}
Status Channel::stream_connect(std::uint64_t stream, net::ConnectArgs args) {
  const auto set = streams_.set();
  return set ? status_of(set->connect(stream, std::move(args))) : Status::state;
}
Status Channel::stream_read(std::uint64_t stream, std::uint64_t credit) {
  const auto set = streams_.set();
  return set ? status_of(set->read(stream, credit)) : Status::state;
}
Status Channel::stream_write(std::uint64_t stream, std::string bytes) {
  const auto set = streams_.set();
  return set ? status_of(set->write(stream, std::move(bytes))) : Status::state;
}
Status Channel::stream_start_tls(std::uint64_t stream, bool verify) {
  const auto set = streams_.set();
  return set ? status_of(set->start_tls(stream, verify)) : Status::state;
}
Status Channel::stream_close(std::uint64_t id) {
  const auto set = streams_.set();
  return set ? status_of(set->close(id)) : Status::state;
}

Result<std::string> Channel::blob_put(std::string_view bytes) { return context_.ports.blobs.put(bytes); }
Status Channel::blob_read(std::uint64_t op, std::string id, std::uint64_t offset, std::uint64_t most) {
  return blobs_.read(op, std::move(id), offset, most);
}

}  // namespace jackfield::host
