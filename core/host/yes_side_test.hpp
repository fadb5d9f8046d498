// A host that agrees: what the tests and the fuzz target of a connector's frames put in the place of a channel.
#pragma once

#include <string>
#include <vector>

#include "host/link.hpp"

namespace jackfield::host {

// Says yes to everything but what a test forbids, and remembers the calls whose order matters.
class YesSide final : public HostSide {
 public:
  void log(LogLevel, std::string_view) override {}
  std::int64_t now_ms() override { return 0; }
  void random(std::uint8_t*, std::size_t) override {}
  Status deliver(ConnectorDelivery delivery) override {
    delivered = delivery.delivery;
    return answer;
  }
  Status webhook_reply(std::uint64_t, WebhookReply) override { return answer; }
  Status send_done(SendResult) override { return answer; }
  Status send_note(std::uint64_t, std::uint64_t, std::vector<std::string>) override { return answer; }
  Status fetch_done(FetchResult) override { return answer; }
  void set_state(ChannelState, std::string) override {}
  void set_capacity(std::uint32_t) override {}
  const std::vector<std::string>* secret(std::string_view) override { return nullptr; }
  Status kv_get(std::uint64_t, std::string) override { return answer; }
  Status kv_cas(std::uint64_t, std::string, std::string, std::string) override { return answer; }
  Status timer_set(std::uint64_t, std::int64_t, bool, std::string) override { return answer; }
  Status timer_cancel(std::uint64_t) override { return answer; }
  Status http(std::uint64_t, HttpOrder) override { return answer; }
  void metric(bool, std::string_view, double) override {}
  Status stream_listen(std::uint64_t, net::ListenArgs) override { return answer; }
  Status stream_connect(std::uint64_t, net::ConnectArgs) override { return answer; }
  Status stream_read(std::uint64_t, std::uint64_t) override { return answer; }
  Status stream_write(std::uint64_t, std::string bytes) override {
    if (!full) steps.push_back(bytes.substr(0, 10));
    return full ? Status::busy : answer;
  }
  Status stream_start_tls(std::uint64_t, bool) override { return steps.push_back("tls"), answer; }
  Status stream_close(std::uint64_t) override { return steps.push_back("close"), answer; }
  Result<std::string> blob_put(std::string_view) override { return std::string(); }
  Status blob_read(std::uint64_t, std::string, std::uint64_t, std::uint64_t) override { return answer; }
  void contract_break(std::string_view) override {}
  void slow_callback(std::string_view, Millis) override {}

  Status answer = Status::ok;
  bool full = false;
  std::uint64_t delivered = 0;
  std::vector<std::string> steps;
};

}  // namespace jackfield::host
