// Webhook requests whose answer is still owed. A 2xx of the connector goes out only once every delivery that named the
// request is durable; if one was not, 503 goes out instead. Any thread; replies are called without a lock held.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "host/link.hpp"
#include "host/open_tokens.hpp"

namespace jackfield::host {

class HeldReplies {
 public:
  using Reply = std::function<void(WebhookReply)>;

  // The request's id; 0: too many are open, and reply is left with the caller.
  std::uint64_t open(Reply& reply);
  void set_timer(std::uint64_t request, net::TimerHandle timer);
  // A delivery names the request, or one did and this is how it ended. False: the request is over.
  bool hold(std::uint64_t request);
  void settle(std::uint64_t request, bool durable);
  // A delivery was refused: a 2xx would lose it.
  void spoil(std::uint64_t request);
  // The connector's answer; state: it had answered before, or the request is over.
  Status answer(std::uint64_t request, WebhookReply reply);
  // Ends it with 503. None: it was over; else whether the connector had answered.
  std::optional<bool> give_up(std::uint64_t request, const char* why);
  void give_up_all(const char* why);
  std::string how_ended(std::uint64_t request) const;  // "was answered before", …
  std::size_t size() const;
  std::uint64_t refused() const { return refused_; }  // 503 of the host's own, in all

 private:
  struct Held {
    Reply reply;
    std::size_t pending = 0;
    bool spoilt = false;
    std::optional<WebhookReply> answer;
    net::TimerHandle timer;
  };
  using Map = std::unordered_map<std::uint64_t, Held>;
  bool complete(const Held& held) const;
  void finish(Held held, std::uint64_t request, const char* how);

  mutable std::mutex mutex_;
  Map held_;
  OpenTokens ended_;
  std::uint64_t next_ = kHostIds + 1;
  std::atomic<std::uint64_t> refused_{0};
};

WebhookReply unavailable_reply(std::string_view why);

}  // namespace jackfield::host
