// The responder that a handler of HTTP requests gets: the first answer counts, and none is answered as 500.
#pragma once

#include <atomic>
#include <memory>
#include <utility>

#include "net/http_reply.hpp"
#include "net/http_server.hpp"

namespace jackfield::net {

// Where a responder leaves its answer. [any thread]
class ReplyTarget {
 public:
  virtual ~ReplyTarget() = default;
  virtual void answer(HttpResponse response) = 0;
  virtual void upgrade(WebSocketHandler handler) = 0;
  virtual void stream(HttpResponse head, BodyStreamHandler handler) = 0;
  virtual bool gone() const = 0;
};

class SessionResponder final : public Responder {
 public:
  explicit SessionResponder(std::shared_ptr<ReplyTarget> target) : target_(std::move(target)) {}
  ~SessionResponder() override {
    if (!used_.exchange(true)) target_->answer(problem(500, "the request was not answered"));
  }
  void respond(HttpResponse response) override {
    if (!used_.exchange(true)) target_->answer(std::move(response));
  }
  void upgrade(WebSocketHandler handler) override {
    if (!used_.exchange(true)) target_->upgrade(std::move(handler));
  }
  void stream(HttpResponse head, BodyStreamHandler handler) override {
    if (!used_.exchange(true)) target_->stream(std::move(head), std::move(handler));
  }
  bool gone() const override { return target_->gone(); }

 private:
  const std::shared_ptr<ReplyTarget> target_;
  std::atomic<bool> used_{false};
};

}  // namespace jackfield::net
