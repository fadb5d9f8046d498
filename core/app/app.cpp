#include "app/app.hpp"

#include <algorithm>
#include <filesystem>
#include <map>
#include <mutex>
#include <thread>

#include "api/api.hpp"
#include "app/blobs.hpp"
#include "app/expiry.hpp"
#include "app/heartbeat.hpp"
#include "app/test_clock.hpp"
#include "app/unnamed_files.hpp"
#include "app/verbs.hpp"
#include "base/clock.hpp"
#include "base/id.hpp"
#include "base/log.hpp"
#include "base/random.hpp"
#include "flow/flow.hpp"
#include "net/http_client.hpp"
#include "net/http_server.hpp"
#include "net/io.hpp"
#include "net/streams.hpp"
#include "store/committer.hpp"
#include "store/media_store.hpp"
#include "store/store.hpp"

namespace jackfield::app {
namespace {

// One answers while the other decodes; more gained nothing on small machines, since commits are the bound.
// Half of the cores: the committer, the checkpoints and the readers want the others. On two cores a second thread for
// sockets gains nothing and costs wake-ups.
int io_threads() { return std::clamp(static_cast<int>(std::thread::hardware_concurrency()) / 2, 1, 4); }

api::Token token_from(const TokenSpec& spec) {
  const auto role = spec.role == Role::admin   ? api::Role::admin
                    : spec.role == Role::agent ? api::Role::agent
                                               : api::Role::integration;
  return {spec.name, role, spec.agent, spec.token, spec.queues};
}

api::ApiConfig api_config(const Config& config) {
  api::ApiConfig out;
  for (const auto& token : config.server.tokens) out.tokens.push_back(token_from(token));
  for (const auto& webhook : config.webhooks)
    out.webhooks.push_back({webhook.name, webhook.url, webhook.secret, webhook.types});
  out.cors = config.server.cors;
  out.public_url = config.server.public_url;
  out.version = version();
  return out;
}

std::map<std::string, host::Manifest> manifests_of(const std::vector<host::ChannelConfig>& channels) {
  std::map<std::string, host::Manifest> out;
  for (const auto& channel : channels) out[channel.name] = channel.plugin.manifest;
  return out;
}

// Beside what people sent, since it must be writable and outlive a restart.
std::string folder_of_copies(const Config& config) {
  std::error_code error;
  return std::filesystem::absolute(std::filesystem::path(config.store.media).parent_path() / "connectors", error)
      .lexically_normal()
      .string();
}

// The value that stays in force, told when the file has another.
template <class T>
void stays(T& wanted, const T& now, const char* what) {
  if (wanted == now) return;
  log::warn("app", std::string(what) + " cannot change while the daemon runs: it stays as it was until a restart");
  wanted = now;
}

void keep_what_cannot_change(Config& wanted, const Config& now) {
  stays(wanted.server.listen, now.server.listen, "server.listen");
  stays(wanted.server.tls_certificate, now.server.tls_certificate, "server.tls.certificate");
  stays(wanted.server.tls_key, now.server.tls_key, "server.tls.key");
  stays(wanted.store.url, now.store.url, "store.url");
  stays(wanted.store.media, now.store.media, "store.media");
}

constexpr Millis kDrainOfAChannel{20'000};
constexpr Millis kOutcomesAtTheEnd{3'000};  // to be handed to the store, after the channels have stopped

}  // namespace

// In the order of their making; members go in reverse.
struct App::Parts {
  Parts(Config c, std::vector<host::ChannelConfig> ch) : config(std::move(c)), channels(std::move(ch)) {}

  std::mutex config_mutex;  // of config, while the daemon runs
  Config config;
  std::vector<host::ChannelConfig> channels;
  std::string url;

  std::unique_ptr<Clock> own_clock = make_clock();
  const Clock& clock = *own_clock;
  SystemRandom random;
  IdSource ids{clock};
  net::IoContext io{io_threads()};
  std::unique_ptr<store::Store> store;
  std::unique_ptr<store::MediaStore> media;
  std::unique_ptr<store::Committer> committer;
  std::unique_ptr<flow::Flow> flow;
  std::unique_ptr<net::HttpClient> http;
  std::unique_ptr<net::Streams> streams;
  std::unique_ptr<Blobs> blobs;
  std::unique_ptr<host::Host> host;
  std::unique_ptr<api::Api> api;
  std::unique_ptr<net::HttpServer> server;
  std::unique_ptr<Expiry> expiry;
  std::unique_ptr<UnnamedFiles> unnamed_files;
  std::unique_ptr<Heartbeat> heartbeat;

  Result<void> open_store();
  Result<void> make_flow();
  Result<void> make_host_and_api();
  Result<void> listen();
  Result<void> configure_flow(std::map<std::string, host::Manifest> manifests);  // under config_mutex
  void channels_changed();
  Result<void> reload(Config wanted, std::vector<host::ChannelConfig> wanted_channels);
  void stop(Millis drain);
};

Result<void> App::Parts::open_store() {
  store::StoreOptions options;
  options.url = config.store.url;
  auto opened = store::open_store(options);
  if (!opened) return opened.error();
  store = std::move(*opened);
  auto files = store::MediaStore::open(config.store.media);
  if (!files) return files.error();
  media = std::move(*files);
  try {
    ids.start_after(store->backend().greatest_id());  // the committer does not run yet
  } catch (const store::Failure& failure) {
    return failure.error;
  }
  committer = std::make_unique<store::Committer>(store->backend());
  return {};
}

Result<void> App::Parts::make_flow() {
  flow = std::make_unique<flow::Flow>(flow::FlowPorts{io, *committer, *store, *media, clock, ids, random});
  return configure_flow(manifests_of(channels));
}

Result<void> App::Parts::make_host_and_api() {
  http = std::make_unique<net::HttpClient>();
  streams = std::make_unique<net::Streams>(io);
  blobs = std::make_unique<Blobs>(*media);
  host = std::make_unique<host::Host>(
      host::HostPorts{io, *http, *streams, *flow, *blobs, clock, random, folder_of_copies(config)});
  host->on_change([this] { channels_changed(); });
  auto opened = api::Api::open({io, *store, *media, *flow, *host, *committer, clock, ids, random}, api_config(config));
  if (!opened) return opened.error();
  api = std::move(*opened);
  committer->on_commit([a = api.get()](const store::Committed& what) { a->committed(what); });
  return {};
}

Result<void> App::Parts::listen() {
  const auto handle = [a = api.get()](net::HttpRequest request, std::shared_ptr<net::Responder> responder) {
    a->handle(std::move(request), std::move(responder));
  };
  const auto limit = [a = api.get()](std::string_view method, std::string_view path) {
    return a->body_limit(method, path);
  };
  server = std::make_unique<net::HttpServer>(io, net::HttpServerLimits{}, handle, limit);
  api->set_http_stats([s = server.get()] { return s->stats(); });
  const net::TlsFiles tls{config.server.tls_certificate, config.server.tls_key};
  const bool with_tls = !tls.certificate.empty();
  const auto address = server->listen(config.server.listen, with_tls ? &tls : nullptr);
  if (!address) return address.error();
  url = (with_tls ? "https://" : "http://") + *address;
  return {};
}

Result<void> App::Parts::configure_flow(std::map<std::string, host::Manifest> manifests) {
  config.flow.public_url = config.server.public_url;
  return flow->configure(config.flow, std::move(manifests));
}

// A connector of another version has another manifest, and a channel that has drained is none any more.
void App::Parts::channels_changed() {
  std::lock_guard lock(config_mutex);
  if (auto done = configure_flow(host->manifests()); !done) log::error("app", done.error().message);
}

// The flow first: it is the only one that may find a fault, and it changes nothing then.
Result<void> App::Parts::reload(Config wanted, std::vector<host::ChannelConfig> wanted_channels) {
  if (host->changing()) return fail(Errc::conflict, "the channels are still changing");
  std::lock_guard lock(config_mutex);
  keep_what_cannot_change(wanted, config);
  auto manifests = host->manifests();
  for (auto& [name, manifest] : manifests_of(wanted_channels)) manifests.emplace(name, std::move(manifest));
  std::swap(config, wanted);
  auto done = configure_flow(std::move(manifests));
  if (done) done = api->configure(api_config(config));
  if (done) return host->apply(std::move(wanted_channels), kDrainOfAChannel);
  std::swap(config, wanted);
  if (auto back = configure_flow(host->manifests()); !back) log::error("app", back.error().message);
  return done;
}

// Requests, then sends, then connectors, then whoever waits for what they brought, then the store.
void App::Parts::stop(Millis drain) {
  if (expiry) expiry->stop();
  if (unnamed_files) unnamed_files->stop();
  if (server) server->stop_accepting();
  if (api) api->set_draining();
  if (flow) flow->stop();
  if (host) host->stop(drain);
  if (flow) flow->settle(kOutcomesAtTheEnd);
  if (api) api->stop();
  if (server) server->stop();
  if (committer) committer->stop();
  if (http) http->stop();
  io.stop();
}

App::App(Config config, std::vector<host::ChannelConfig> channels)
    : parts_(std::make_unique<Parts>(std::move(config), std::move(channels))) {}

App::~App() { stop(Millis{0}); }

Result<void> App::start() {
  Parts& parts = *parts_;
  const auto run = [&]() -> Result<void> {
    if (auto opened = parts.open_store(); !opened) return opened;
    if (auto made = parts.make_flow(); !made) return made;
    if (auto made = parts.make_host_and_api(); !made) return made;
    parts.io.start();
    parts.flow->start(*parts.host);
    parts.host->start(parts.channels);
    if (auto listening = parts.listen(); !listening) return listening;
    parts.expiry = std::make_unique<Expiry>(parts.io, *parts.committer, parts.clock);
    parts.expiry->start();
    parts.unnamed_files = std::make_unique<UnnamedFiles>(parts.io, *parts.committer, *parts.media, parts.clock);
    parts.unnamed_files->start();
    parts.heartbeat = std::make_unique<Heartbeat>(parts.io, *parts.committer);
    return {};
  };
  auto outcome = run();
  if (!outcome) stop(std::chrono::seconds{2});
  return outcome;
}

const std::string& App::url() const { return parts_->url; }

bool App::tried_all_channels() const { return parts_->host->tried_all(); }

bool App::ready() const { return parts_->host->tried_all() && parts_->committer->writable(); }

bool App::beats() { return parts_->heartbeat->beats(); }

std::vector<host::ChannelInfo> App::channels() const { return parts_->host->channels(); }

Result<void> App::reload(Config config, std::vector<host::ChannelConfig> channels) {
  return parts_->reload(std::move(config), std::move(channels));
}

bool App::changing() const { return parts_->host->changing(); }

std::vector<host::ChannelConfig> App::running() const { return parts_->host->configs(); }

void App::stop(Millis drain) { parts_->stop(drain); }

}  // namespace jackfield::app
