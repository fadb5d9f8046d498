// Long messages that come in parts (3GPP TS 23.040, 9.2.3.24.1): kept durably until all parts are there, whatever their
// order, however often one comes, and over restarts. What is not complete in time is delivered as it is and says what
// is missing.
#pragma once

#include <cstdint>
#include <deque>
#include <jackfield/jackfield.hpp>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "kept_set.hpp"
#include "provider.hpp"

namespace jackfield::sms {

struct ReassemblyOptions {
  std::int64_t wait_ms = 3'600'000;    // for the missing parts, from the first that came
  std::int64_t remember_ms = 600'000;  // how long a part of a finished message is known as a duplicate
  std::size_t most_open = 20'000;      // sets; a part beyond is delivered alone
};

// On the strand. Every part is committed before it is acknowledged, and the whole message in one transaction with the
// end of its parts. The host's key-value state is used below "parts/".
class Reassembly {
 public:
  // Appends the events of a message to a JSON array without brackets: "{…},{…}". Not called for every part.
  using Compose = sdk::Function<void(std::string& items, const Whole& whole)>;

  Reassembly(sdk::Host& host, ReassemblyOptions options, Compose compose);

  // Finds what was open when the process ended. Parts that come before it is found wait. Safe twice.
  void start();

  // message.part must be there; a part that contradicts itself (number 5 of 3) is delivered alone. done: see Inbox.
  void add(Inbound&& message, KvWrites&& writes, sdk::Host::Done done);

  std::size_t open() const { return due_at_.size(); }  // sets that are kept, finished ones that are remembered included

 private:
  static constexpr unsigned kShards = 64;

  struct Pending {  // a part, or the end of the time to wait
    bool expiry = false;
    Inbound part;
    KvWrites writes;
    sdk::Host::Done done;
  };
  struct Set {
    bool loading = false;
    bool broken = false;     // a commit failed: what is in memory may not be what is stored
    unsigned in_flight = 0;  // commits
    KeptSet kept;
    std::deque<Pending> waiting;          // for loading
    std::vector<sdk::Host::Done> asking;  // duplicates, which are durable when what is in flight is
  };
  using SetPtr = std::shared_ptr<Set>;

  void on_shard(unsigned shard, std::string_view text);
  void begin(const std::string& key, Pending pending);
  void load(const std::string& key, const SetPtr& set);
  void take(const std::string& key, const SetPtr& set, Pending pending);
  void take_part(const std::string& key, const SetPtr& set, Pending pending);
  void take_expiry(const std::string& key, const SetPtr& set);
  void deliver_alone(Pending pending);
  void commit(const std::string& key, const SetPtr& set, const std::string& items, KvWrites writes,
              sdk::Host::Done done);
  void on_committed(const std::string& key, const SetPtr& set, jf_status status);

  void set_due(const std::string& key, std::int64_t at_ms);
  void forget(const std::string& key);
  std::string shard_text(unsigned shard) const;
  void arm();
  void expire();

  sdk::Host& host_;
  ReassemblyOptions options_;
  Compose compose_;
  bool started_ = false;
  unsigned shards_to_come_ = kShards;
  std::deque<Pending> early_;  // before the index is there
  std::map<std::string, SetPtr> sets_;
  std::map<std::string, std::int64_t> due_at_;             // every set that is stored: when it is done with
  std::vector<std::set<std::string>> shards_;              // its keys, as the index is stored
  std::set<std::pair<std::int64_t, std::string>> by_due_;  // the earliest first
  std::uint64_t timer_ = 0;
  std::int64_t armed_for_ = 0;
};

}  // namespace jackfield::sms
