// The flow: a message's whole way, from what a connector delivers to what becomes of the answer. See
// docs/life-of-a-message.md.
//
// It implements what the host tells (FlowPort), submits commands to the committer, and asks the host to send. It keeps no
// state that the store does not have, but for the sends under way and the pauses that providers asked for.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "flow/environment.hpp"
#include "flow/operations.hpp"
#include "host/port.hpp"
#include "net/io.hpp"
#include "store/committer.hpp"
#include "store/media_store.hpp"
#include "store/store.hpp"

namespace jackfield::flow {

struct FlowPorts {
  net::IoContext& io;
  store::Committer& committer;
  store::Store& store;
  store::MediaStore& media;
  const Clock& clock;
  IdSource& ids;
  Random& random;
};

// The answer to a write over the API.
struct Answer {
  int status = 200;
  std::string body;  // JSON
};

struct Idempotency {
  std::string owner;        // the token's name
  std::string key;          // empty: none
  std::string fingerprint;  // of method, path and body
};

struct FlowStats {
  std::uint64_t received = 0, duplicates = 0, dead_letters = 0, sends = 0, retries = 0, rejected = 0, unknown = 0;
};

class Flow final : public host::FlowPort {
 public:
  explicit Flow(FlowPorts ports);
  ~Flow() override;

  // Errors are problems of the rules (a bad pattern, an unknown queue), with the rule's line.
  // Also while it runs, from any thread, one at a time: what is under way ends by the rules it began with.
  Result<void> configure(FlowConfig config, std::map<std::string, host::Manifest> manifests_by_channel);
  // Turns what was in flight at the crash into unknown, starts delivering and the timers. The host must outlive stop().
  void start(host::ConnectorPort& host);
  void stop();  // no send is begun any more; safe twice
  void settle(Millis patience);  // after stop() and the host's: until the outcomes are with the committer

  // Runs one decision as a command. With a key, the answer is kept and given again; the same key with another fingerprint is
  // Errc::conflict. done comes once, on any thread.
  void write(Idempotency idempotency, std::function<Result<Answer>(store::Unit&, const Environment&)> decide,
             std::function<void(Result<Answer>)> done);
  // Decodes a dead letter again (inbound) or sends it again (outbound).
  void replay(Id dead_letter, std::function<void(Result<Answer>)> done);

  std::shared_ptr<const Environment> environment() const;  // any thread
  FlowStats stats() const;

  // FlowPort
  Result<void> deliver(host::Delivery delivery) override;
  void send_done(const std::string& channel, host::SendResult result) override;
  void send_note(const std::string& channel, std::uint64_t token, std::vector<std::string> provider_ids,
                 std::function<void(Result<void>)> done) override;
  void kv_get(const std::string& channel, std::string key, std::function<void(Result<std::string>)> done) override;
  void kv_cas(const std::string& channel, std::string key, std::string expected, std::string value,
              std::function<void(Result<void>)> done) override;
  void timer_set(const std::string& channel, std::uint64_t timer, Time at, std::string payload) override;
  void timer_cancel(const std::string& channel, std::uint64_t timer) override;
  void timer_done(const std::string& channel, std::uint64_t timer) override;
  void fetch_done(const std::string& channel, host::FetchResult result) override;
  void channel_state(const std::string& channel, host::ChannelState state, std::string detail) override;
  void capacity(const std::string& channel, std::uint32_t open_sends) override;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

// The `reply_windows` of a conversation as JSON: {"CHANNEL": {"open", "until", "template_needed"}}.
std::string reply_windows_json(const Conversation& conversation, const Environment& env);

}  // namespace jackfield::flow
