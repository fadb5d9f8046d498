// The outbound way: a try is handed to the connector and ends exactly once, whatever the connector does.
#include "base/log.hpp"
#include "host/channel.hpp"

namespace jackfield::host {
namespace {

constexpr Millis kComeBack{5000}, kComeBackSoon{200};

}  // namespace

void Channel::send(SendRequest request) {
  context_.post([this, request = std::move(request)]() mutable {
    const auto token = request.token;
    if (phase_ != Phase::started) return refuse_send(token, "the channel is not started");
    if (!sends_.open(token)) return log::error(context_.part, "token " + std::to_string(token) + " is open already");
    sends_.set_timer(token, context_.ports.io.after(request.timeout, context_.strand,
                                                    context_.while_alive([this, token] { deadline_of(token); })));
    context_.link->send(std::move(request), context_.while_alive([this, token](Taken how, std::string detail) {
      taken(token, how, std::move(detail));
    }));
  });
}

void Channel::refuse_send(std::uint64_t token, std::string detail) {
  SendResult result;
  result.token = token;
  result.outcome = Outcome::retry;
  result.busy = true;
  result.error_class = "unavailable";
  result.scope = WaitScope::channel;
  // While one instance takes the place of another, the channel is back in no time.
  result.retry_after = hold_start_ || standing_ == Standing::retired ? kComeBackSoon : kComeBack;
  result.detail = std::move(detail);
  context_.ports.flow.send_done(context_.name, std::move(result));
}

void Channel::taken(std::uint64_t token, Taken how, std::string detail) {
  if (how == Taken::taken) return;
  if (!sends_.close(token, "was refused by send")) {
    if (how != Taken::unclear) contract_break("send answered token " + std::to_string(token) + " and then refused it");
    return;
  }
  if (how == Taken::unclear) return end_send(token, Outcome::unknown, std::move(detail));
  SendResult result;
  result.token = token;
  result.outcome = Outcome::retry;
  result.busy = how == Taken::busy;
  result.error_class = how == Taken::busy ? "unavailable" : "internal";
  result.detail = std::move(detail);
  context_.ports.flow.send_done(context_.name, std::move(result));
}

void Channel::end_send(std::uint64_t token, Outcome outcome, std::string detail) {
  SendResult result;
  result.token = token;
  result.outcome = outcome;
  result.error_class = "internal";
  result.detail = std::move(detail);
  context_.ports.flow.send_done(context_.name, std::move(result));
}

void Channel::cancel(std::uint64_t token) {
  context_.post([this, token] { deadline_of(token); });
}

void Channel::deadline_of(std::uint64_t token) {
  if (!sends_.is_open(token)) return;
  sends_.set_timer(token, context_.ports.io.after(context_.limits.send_grace, context_.strand,
                                                  context_.while_alive([this, token] { grace_over(token); })));
  context_.link->cancel(token);
}

void Channel::grace_over(std::uint64_t token) {
  if (!sends_.close(token, "was given up after its deadline")) return;
  end_send(token, Outcome::unknown, "the connector did not answer in time");
  contract_break("the send with token " + std::to_string(token) + " was not answered, not even after cancel");
}

Status Channel::send_done(SendResult result) {
  const auto token = result.token;
  if (!sends_.close(token, "was answered before")) {
    contract_break("send_done for token " + std::to_string(token) + ", which " + sends_.how_ended(token));
    return Status::state;
  }
  result.detail = log::masked(result.detail);
  context_.ports.flow.send_done(context_.name, std::move(result));
  return Status::ok;
}

Status Channel::send_note(std::uint64_t op, std::uint64_t token, std::vector<std::string> provider_ids) {
  if (!sends_.is_open(token)) {
    contract_break("send_note for token " + std::to_string(token) + ", which " + sends_.how_ended(token));
    return Status::state;
  }
  std::uint64_t ticket = 0;
  if (const auto status = ops_.open(op, ticket); status != Status::ok) return status;
  context_.ports.flow.send_note(context_.name, token, std::move(provider_ids),
                                context_.while_alive([this, op, ticket](Result<void> noted) {
                                  const auto status = status_of(noted);
                                  context_.to_connector([this, op, ticket, status](Link& link) {
                                    if (ops_.close(op, ticket)) link.complete(op, status, "");
                                  });
                                }));
  return Status::ok;
}

// ------------------------------------------------- signs and previews

void Channel::signal(std::string signal, std::function<void(Result<void>)> done) {
  context_.post([this, signal = std::move(signal), done = std::move(done)]() mutable {
    if (phase_ != Phase::started) return done(fail(Errc::unavailable, "the channel is not started"));
    context_.link->signal(std::move(signal), std::move(done));
  });
}

void Channel::preview(std::string message, std::function<void(Result<std::string>)> done) {
  context_.post([this, message = std::move(message), done = std::move(done)]() mutable {
    if (phase_ != Phase::started) return done(fail(Errc::unavailable, "the channel is not started"));
    context_.link->preview(std::move(message), std::move(done));
  });
}

// ---------------------------------------------------------------- media

void Channel::fetch(std::uint64_t token, std::string part) {
  context_.post([this, token, part = std::move(part)]() mutable {
    if (phase_ != Phase::started) return end_fetch(token, Outcome::retry, kComeBack, "the channel is not started");
    if (!fetches_.open(token)) return log::error(context_.part, "fetch " + std::to_string(token) + " is open already");
    fetches_.set_timer(
        token,
        context_.ports.io.after(context_.limits.fetch_timeout, context_.strand, context_.while_alive([this, token] {
          if (!fetches_.close(token, "was given up after its deadline")) return;
          end_fetch(token, Outcome::retry, Millis{0}, "the connector did not answer in time");
          contract_break("the fetch with token " + std::to_string(token) + " was not answered");
        })));
    context_.link->fetch(token, std::move(part), context_.while_alive([this, token](Status status) {
      if (status == Status::ok || !fetches_.close(token, "was refused by fetch")) return;
      const bool never = status == Status::unsupported || status == Status::invalid;
      end_fetch(token, never ? Outcome::rejected : Outcome::retry, Millis{0},
                "fetch answered " + std::string(name_of(status)));
    }));
  });
}

void Channel::end_fetch(std::uint64_t token, Outcome outcome, Millis retry_after, std::string detail) {
  FetchResult result;
  result.token = token;
  result.outcome = outcome;
  result.retry_after = retry_after;
  result.detail = std::move(detail);
  context_.ports.flow.fetch_done(context_.name, std::move(result));
}

Status Channel::fetch_done(FetchResult result) {
  const auto token = result.token;
  if (!fetches_.close(token, "was answered before")) {
    contract_break("fetch_done for token " + std::to_string(token) + ", which " + fetches_.how_ended(token));
    return Status::state;
  }
  result.detail = log::masked(result.detail);
  context_.ports.flow.fetch_done(context_.name, std::move(result));
  return Status::ok;
}

}  // namespace jackfield::host
