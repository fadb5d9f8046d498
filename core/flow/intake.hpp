// Intake: what a connector delivers, made into commands. Parses and matches before the transaction, tells siblings
// apart, and says when all of a delivery is durable.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>

#include "flow/environment.hpp"
#include "flow/receive.hpp"
#include "flow/typing_limit.hpp"
#include "host/port.hpp"
#include "net/io.hpp"
#include "store/committer.hpp"
#include "store/media_store.hpp"

namespace jackfield::flow {

class Intake {
 public:
  struct Counters {
    std::atomic<std::uint64_t> received{0}, duplicates{0}, dead_letters{0};
  };

  Intake(store::Committer& committer, store::MediaStore& media, Counters& counters);
  ~Intake();

  // [any thread] See FlowPort::deliver.
  Result<void> deliver(std::shared_ptr<const Environment> env, const host::ConnectorPort& host,
                       host::Delivery delivery);

  // The events of a text, with what can be known before the transaction; what breaks the schema becomes an arrival of
  // kind undecodable. Errc::invalid: the text is not JSON.
  static Result<std::vector<Arrival>> arrivals(const Environment& env, const host::ConnectorPort& host,
                                               const std::string& channel, std::string_view events);
  void stop();

 private:
  void leave_out_typing(const Environment& env, std::vector<Arrival>& arrivals);
  void submit(std::shared_ptr<const Environment> env, std::vector<Arrival> arrivals, host::Delivery delivery);

  store::Committer& committer_;
  store::MediaStore& media_;
  Counters& counters_;
  TypingLimit typing_;
  std::atomic<int> waiting_for_files_{0};
  net::Workers files_;  // one thread, in order: syncs files, which blocks
};

}  // namespace jackfield::flow
