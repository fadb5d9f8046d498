// The REST API (CONTRACT.md, "HTTP"): routes requests to the resources, checks tokens and roles, and feeds those who
// follow the event log. Webhooks of channels pass through here to the host.
//
// It keeps no state that the store does not have, but for the followers that are connected. It changes nothing by
// itself: every change is a decision given to flow::Flow::write.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "api/availability_config.hpp"
#include "base/clock.hpp"
#include "base/id.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "model/event.hpp"
#include "net/http_server.hpp"
#include "store/committer.hpp"

namespace jackfield::net {
class IoContext;
}
namespace jackfield::store {
class MediaStore;
class Store;
}  // namespace jackfield::store
namespace jackfield::flow {
class Flow;
}
namespace jackfield::host {
class Host;
}

namespace jackfield::api {

enum class Role : unsigned { admin = 1, agent = 2, integration = 4 };

struct Token {
  std::string name;  // who wrote: messages' author, owner of idempotency keys
  Role role = Role::integration;
  std::string agent;                // of role agent: its agent; empty: the name
  std::string secret;               // only its hash is kept; empty: it is told by its hash
  std::vector<std::string> queues;  // of role agent: those it sees; empty: all
  std::string hash{};               // SHA-256 in hex
};

// A receiver of events that stands in the configuration file.
struct WebhookConfig {
  std::string name, url;
  std::string secret;            // "whsec_…"
  std::vector<EventType> types;  // empty: all
};

struct ApiLimits {
  std::size_t body_bytes = 1024 * 1024;          // of a JSON body
  std::size_t upload_bytes = 100 * 1024 * 1024;  // of POST /v1/media
  std::size_t import_bytes = 8 * 1024 * 1024;    // of POST /v1/contacts/import
  std::size_t followers = 256;                   // WebSockets and streams of events; past it 503
  std::size_t long_polls = 256;                  // that wait; past it 503
  int readers = 2;                               // threads that read for requests
  std::size_t reads_waiting = 1024;              // past it 503
  Millis sse_keep_alive{15'000};                 // a comment that often
};

struct ApiConfig {
  std::vector<Token> tokens;
  std::string public_url;         // "https://contact.example.com", or empty
  std::vector<std::string> cors;  // origins whose pages may use the API, as browsers write them
  std::vector<std::string> proxies;  // whose X-Forwarded-For is believed; addresses and networks
  PublicAvailability public_availability;
  std::vector<WebhookConfig> webhooks;
  std::string version;
  ApiLimits limits;
};

// All must outlive the Api; the host and the flow must not call back after its stop() and destruction.
struct ApiPorts {
  net::IoContext& io;
  store::Store& store;
  store::MediaStore& media;
  flow::Flow& flow;
  host::Host& host;
  store::Committer& committer;
  const Clock& clock;
  IdSource& ids;
  Random& random;
};

class Api {
 public:
  // Opens its readers and starts its threads. The Error says what the store said.
  static Result<std::unique_ptr<Api>> open(ApiPorts ports, ApiConfig config);
  ~Api();  // stop()

  // [any thread, one at a time] Other tokens, origins, public_url and webhooks of the file take effect; the limits and
  // the version stay. Whoever follows the events with a token that is gone is cut off. Blocks until the webhooks are
  // stored; on an Error nothing has changed.
  Result<void> configure(ApiConfig config);
  // [io thread] Never blocks; the answer comes through the responder.
  void handle(net::HttpRequest request, std::shared_ptr<net::Responder> responder);
  // [any thread] The most bytes a body may have.
  std::size_t body_limit(std::string_view method, std::string_view path) const;
  // [committer thread] For Committer::on_commit: wakes long polls and streams.
  void committed(const store::Committed& what);
  // [committer thread] For Committer::on_tokens: what was made over the API or removed holds from now on.
  void tokens_changed();
  // Where /metrics gets the server's figures; before the first request.
  void set_http_stats(std::function<net::HttpServerStats()> stats);
  // From now on /readyz says no, so that a load balancer looks elsewhere while the daemon drains.
  void set_draining();
  // Ends streams and long polls, and the threads once what they accepted is answered. Safe twice.
  void stop();

  struct State;

 private:
  explicit Api(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace jackfield::api
