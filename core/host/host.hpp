// The host: finds, checks, loads and drives connectors.
#pragma once

#include <boost/json/object.hpp>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/backoff.hpp"
#include "base/clock.hpp"
#include "base/random.hpp"
#include "host/manifest.hpp"
#include "host/port.hpp"

namespace jackfield::net {
class IoContext;
class HttpClient;
class Streams;
}  // namespace jackfield::net

namespace jackfield::host {

// One file found while looking for connectors.
struct PluginFile {
  std::string path;
  std::string error;  // empty: it can be loaded
  Manifest manifest;
  unsigned abi_minor = 0;
  std::string sha256;  // of the content that was looked at
};

// Looks at every *.so in the folders, each in a short-lived child process (`/proc/self/exe` with the hidden verb
// "scan-plugin FILE"), so that a file which crashes or hangs is only reported. Blocking; start-up and CLI.
std::vector<PluginFile> scan_plugins(const std::vector<std::string>& folders);
PluginFile scan_plugin(const std::string& path);
// The child's side: loads the file, prints the result as JSON, returns the exit code. When its standard input is a
// pipe, it reads settings from there and lets the connector validate them instead. main() must call it for "scan-plugin
// FILE".
int scan_plugin_child(const std::string& path);

// A problem with a channel's settings, at a JSON pointer into them.
struct SettingsProblem {
  std::string pointer;
  std::string message;
  std::string help;  // likely meaning; may be empty
};

// Against the schema of the manifest, then by the connector's own validate (in a child process).
std::vector<SettingsProblem> check_settings(const PluginFile& plugin, const boost::json::object& settings);

// Where a connector runs: in this process, or in one of its own that can take nothing else down.
enum class Isolation : std::uint8_t { none, process };

struct ChannelConfig {
  std::string name;
  PluginFile plugin;
  boost::json::object settings;  // with secrets; the host keeps them apart
  Isolation isolation = Isolation::none;
};

struct WebhookRequest {
  std::string method, path, query, body, remote, url;
  std::vector<std::pair<std::string, std::string>> headers;
};
struct WebhookReply {
  int status = 503;
  std::string content_type, body;
  bool retry_after = false;
  std::string allow;  // of a 405: the methods there are, for the header Allow
};

struct ChannelInfo {
  std::string name;
  std::shared_ptr<const Manifest> manifest;
  ChannelState state = ChannelState::starting;
  std::string detail;  // why it is not ready; last error
  std::string upgrade_problem;  // why a newer file of its connector is not used; empty: nothing is wrong with it
  Time state_since{};
  Time last_error_at{};
  std::string last_error;
  std::uint64_t webhooks = 0, webhooks_refused = 0, delivered = 0, contract_breaks = 0, slow_callbacks = 0;
  std::vector<std::pair<std::string, double>> metrics;  // the connector's own
  int process = 0;                                       // of the connector, when it has one of its own
  std::uint64_t crashes = 0;                             // of that, since the host was started
};

struct HostPorts {
  net::IoContext& io;  // strands run here
  net::HttpClient& http;
  net::Streams& streams;
  FlowPort& flow;
  BlobPort& blobs;
  const Clock& clock;
  Random& random;
  std::string copies;  // folder for the private copies of connectors that run; empty: their own files are run
};

// Bounds on a connector; tests shorten them.
struct HostLimits {
  Millis send_grace{5000};  // between cancel and UNKNOWN
  Millis fetch_timeout{120'000};
  Millis webhook_timeout{30'000};
  Backoff again{Millis{1000}, std::chrono::minutes{5}, 2.0};  // tries to create and start
  Millis stop_limit{10'000};                                  // after the drain
  // Of a connector in a process of its own.
  Millis heartbeat{10'000};                                            // without an answer it is killed
  Millis kill_after{5000};                                             // when it does not stop; less than stop_limit
  Backoff after_crash{Millis{100}, std::chrono::seconds{30}, 2.0};     // then it is started again,
  std::size_t most_crashes = 5;                                        // but not after so many
  Millis crash_window{std::chrono::minutes{10}};                       // within that time: a person must restart it
};

class Host final : public ConnectorPort {
 public:
  explicit Host(HostPorts ports, HostLimits limits = {});
  ~Host() override;  // stop()

  // Creates and starts every channel; one that fails is retried with backoff and never stops the others.
  void start(std::vector<ChannelConfig> channels);
  // Makes the running channels these. One that is as it was does not notice; a changed one is drained and another
  // instance takes its place (succession.hpp); one that is not among them is drained and ended; the others are started.
  // When only the connector's file is another and does not load, create or start, what runs goes on and
  // ChannelInfo::upgrade_problem says why; also when the new file has an error. Returns at once; wait for changing()
  // to be false before the next. conflict: it is not.
  Result<void> apply(std::vector<ChannelConfig> channels, Millis drain);
  bool changing() const;
  // Called when a change of apply() took effect, on an io thread: manifests() are others now. Set before start.
  void on_change(std::function<void()> changed);
  // Of all channels, also of those that still drain.
  std::map<std::string, Manifest> manifests() const;
  std::vector<ChannelConfig> configs() const;  // as they run

  // True once every channel has tried to start.
  bool tried_all() const;
  // Drains every connector until the deadline, then stops and destroys it. Blocks, so not on an io thread; the
  // IoContext must still run. Safe twice and without start.
  void stop(Millis drain);

  // --- all [any thread]; answers come through FlowPort or the callback
  void send(const std::string& channel, SendRequest request) override;
  void cancel(const std::string& channel, std::uint64_t token);
  void timer(const std::string& channel, std::uint64_t timer, std::string payload) override;
  void fetch_media(const std::string& channel, std::uint64_t token, std::string part) override;
  void replay(const std::string& channel, std::string raw, std::function<void(Result<std::string>)> done) override;
  void signal(const std::string& channel, std::string signal, std::function<void(Result<void>)> done) override;
  void preview(const std::string& channel, std::string message,
               std::function<void(Result<std::string>)> done) override;
  // reply is called once. An unknown channel or route is answered 404 or 405, one that is down 503.
  void webhook(const std::string& channel, WebhookRequest request, std::function<void(WebhookReply)> reply);
  std::size_t webhook_limit(const std::string& channel, const std::string& path) const;  // bytes; 0: no such route

  // A failed or quarantined channel is tried again at once, its crashes forgotten. not_found; conflict: it is not failed.
  Result<void> restart(const std::string& channel);

  std::vector<ChannelInfo> channels() const;
  std::optional<ChannelInfo> channel(const std::string& name) const;
  std::string sibling(const std::string& channel, const std::string& account) const override;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace jackfield::host
