// The inbound way: webhooks to the connector, its deliveries to the flow, and the reply once they are durable.
#include "base/log.hpp"
#include "host/channel.hpp"

namespace jackfield::host {
namespace {

constexpr std::size_t kMostEventBytes = 16 * 1024 * 1024;
constexpr Millis kTimerAgain{5000};

WebhookReply refusal(int status, std::string text) {
  WebhookReply reply;
  reply.status = status;
  reply.content_type = "text/plain; charset=utf-8";
  reply.body = std::move(text) + "\n";
  return reply;
}

}  // namespace

std::size_t Channel::webhook_limit(std::string_view path) const {
  std::size_t most = 0;
  for (const auto& route : manifest().webhooks)
    if (route.path == path) most = std::max(most, route.max_bytes);
  return most;
}

std::optional<WebhookReply> Channel::no_such_route(const WebhookRequest& request) const {
  std::string allow;
  for (const auto& route : manifest().webhooks) {
    if (route.path != request.path) continue;
    if (route.method == request.method)
      return request.body.size() <= route.max_bytes ? std::nullopt
                                                    : std::optional(refusal(413, "the body is too large"));
    allow += (allow.empty() ? "" : ", ") + route.method;
  }
  if (allow.empty()) return refusal(404, "the channel has no such path");
  auto reply = refusal(405, "the path takes " + allow);
  reply.allow = allow;
  return reply;
}

void Channel::webhook(WebhookRequest request, HeldReplies::Reply reply) {
  ++webhooks_;
  const auto refuse = [&](WebhookReply with) {
    ++refused_;
    reply(std::move(with));
  };
  if (auto none = no_such_route(request)) return refuse(std::move(*none));
  if (!accepting_) return refuse(unavailable_reply("the channel is not there just now"));
  const auto id = replies_.open(reply);
  if (id == 0) return refuse(unavailable_reply("too many requests are open"));
  replies_.set_timer(id, context_.ports.io.after(context_.limits.webhook_timeout, context_.while_alive([this, id] {
    const auto answered = replies_.give_up(id, "no answer in time");
    if (answered && !*answered) contract_break("a webhook was not answered in time");
  })));
  auto run = context_.while_alive(
      [this, id, request = std::move(request)]() mutable { to_on_webhook(id, std::move(request)); });
  // At once when the strand is free; but never inside a callback of the same connector.
  if (context_.strand.running_here())
    context_.strand.post(std::move(run));
  else
    context_.strand.dispatch(std::move(run));
}

void Channel::to_on_webhook(std::uint64_t request, WebhookRequest value) {
  if (phase_ == Phase::absent || phase_ == Phase::stopped) {
    replies_.give_up(request, "the channel is not there just now");
    return;
  }
  context_.link->webhook(request, std::move(value), context_.while_alive([this, request](bool returned) {
    if (!returned) replies_.give_up(request, "the connector failed");
  }));
}

Status Channel::webhook_reply(std::uint64_t request, WebhookReply reply) {
  const auto status = replies_.answer(request, std::move(reply));
  if (status == Status::ok) return status;
  contract_break("webhook_reply for a request which " + replies_.how_ended(request));
  return status;
}

Status Channel::deliver(ConnectorDelivery delivery) {
  if (delivery.events.size() > kMostEventBytes || delivery.kv_writes.size() > kMostEventBytes) return Status::invalid;
  // A request that is over holds no reply any more; what it brought is still worth having.
  const bool held = delivery.webhook != 0 && replies_.hold(delivery.webhook);
  const auto webhook = held ? delivery.webhook : 0;
  const auto id = delivery.delivery;
  ++open_deliveries_;
  Delivery out;
  out.channel = context_.name;
  out.events = std::move(delivery.events);
  out.kv_writes = std::move(delivery.kv_writes);
  out.done = context_.while_alive(
      [this, id, webhook](Result<void> result) { delivery_ended(id, webhook, std::move(result)); });
  const auto queued = context_.ports.flow.deliver(std::move(out));
  if (queued) return Status::ok;
  --open_deliveries_;
  const auto status = status_of(queued.error());
  // BUSY is the connector's to answer with 503; a 2xx all the same would lose what it brought, so it is spoilt. What is
  // INVALID stays so however often it is sent again.
  if (webhook != 0 && status == Status::busy) replies_.spoil(webhook);
  if (webhook != 0) replies_.settle(webhook, true);
  return status;
}

void Channel::delivery_ended(std::uint64_t delivery, std::uint64_t webhook, Result<void> result) {
  --open_deliveries_;
  if (result) ++delivered_;
  if (webhook != 0) replies_.settle(webhook, result.has_value());
  if (delivery == 0) return;
  const auto status = status_of(result);
  context_.to_connector([delivery, status](Link& link) { link.delivered(delivery, status); });
}

void Channel::fire(std::uint64_t timer, std::string payload) {
  context_.post([this, timer, payload = std::move(payload)]() mutable {
    timers_.durable_fired(timer);
    if (phase_ != Phase::absent && phase_ != Phase::stopped) return context_.link->timer(timer, std::move(payload));
    // There is no instance to tell: it comes again, after a restart if need be.
    context_.ports.flow.timer_set(context_.name, timer, context_.ports.clock.now() + kTimerAgain, std::move(payload));
  });
}

void Channel::replay(std::string raw, std::function<void(Result<std::string>)> done) {
  context_.post([this, raw = std::move(raw), done = std::move(done)]() mutable {
    if (phase_ == Phase::absent || phase_ == Phase::stopped)
      return done(fail(Errc::unavailable, "the channel is not there just now"));
    context_.link->replay(std::move(raw), std::move(done));
  });
}

}  // namespace jackfield::host
