#include "scenario/stand_in.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

namespace jackfield::scenario {
namespace {

namespace json = boost::json;

std::string word(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  return value && value->is_string() ? std::string(value->get_string()) : std::string{};
}

Left left_of(const std::string& channel, const host::SendRequest& request) {
  const auto message = json::parse(request.message).as_object();
  Left out{.channel = channel, .text = word(message, "text"), .message = request.idempotency_key};
  const auto* to = message.if_contains("to");
  if (to && to->is_array() && !to->get_array().empty()) out.to = word(to->get_array().front().as_object(), "address");
  const auto* automatic = message.if_contains("automatic");
  out.automatic = automatic && automatic->is_bool() && automatic->get_bool();
  return out;
}

host::SendResult result_of(Behaviour behaviour) {
  host::SendResult out;
  switch (behaviour) {
    case Behaviour::accepts: out.outcome = host::Outcome::accepted; break;
    case Behaviour::refuses: out.outcome = host::Outcome::rejected, out.error_class = "recipient"; break;
    case Behaviour::fails: out.outcome = host::Outcome::retry, out.error_class = "unavailable"; break;
    case Behaviour::loses:
    case Behaviour::keeps_silent: out.outcome = host::Outcome::unknown, out.error_class = "unavailable"; break;
  }
  out.detail = "as the story says";
  return out;
}

void answer(host::FlowPort& flow, const Left& left, std::uint64_t token, Behaviour behaviour, Millis again_after) {
  auto result = result_of(behaviour);
  result.token = token;
  result.retry_after = again_after;
  if (behaviour == Behaviour::accepts) result.provider_ids = {left.provider_id};
  flow.send_done(left.channel, std::move(result));
}

}  // namespace

void StandIn::serve(host::FlowPort* flow) {
  std::lock_guard lock(mutex_);
  flow_ = flow;
}

void StandIn::behave(const std::string& channel, Behaviour behaviour, Millis again_after) {
  std::vector<Open> freed;
  {
    std::lock_guard lock(mutex_);
    manners_[channel] = {behaviour, again_after};
    if (behaviour == Behaviour::keeps_silent) return;
    // It speaks again, also of what it was asked before.
    for (const auto& open : open_)
      if (open.left.channel == channel) freed.push_back(open);
    std::erase_if(open_, [&](const Open& open) { return open.left.channel == channel; });
    if (behaviour == Behaviour::accepts)
      for (const auto& open : freed) left_.push_back(open.left);
  }
  for (const auto& open : freed) answer(*flow_, open.left, open.token, behaviour, again_after);
}

void StandIn::give_up_open() {
  std::vector<Open> open;
  {
    std::lock_guard lock(mutex_);
    open.swap(open_);
  }
  for (const auto& entry : open) {
    host::SendResult result;
    result.token = entry.token;
    result.outcome = host::Outcome::cancelled;
    flow_->send_done(entry.left.channel, std::move(result));
  }
}

void StandIn::forget_open() {
  std::lock_guard lock(mutex_);
  open_.clear();
}

std::vector<Left> StandIn::left() const {
  std::lock_guard lock(mutex_);
  return left_;
}

std::size_t StandIn::asked() const {
  std::lock_guard lock(mutex_);
  return asked_;
}

void StandIn::send(const std::string& channel, host::SendRequest request) {
  Left left = left_of(channel, request);
  Manner manner;
  host::FlowPort* flow = nullptr;
  {
    std::lock_guard lock(mutex_);
    if (!flow_) return;  // it goes on stopping meanwhile
    flow = flow_;
    manner = manners_[channel];
    left.provider_id = "left-" + std::to_string(++asked_);
    if (manner.behaviour == Behaviour::keeps_silent) return open_.push_back({request.token, std::move(left)});
    if (manner.behaviour == Behaviour::accepts) left_.push_back(left);
  }
  answer(*flow, left, request.token, manner.behaviour, manner.again_after);
}

void StandIn::fetch_media(const std::string& channel, std::uint64_t token, std::string) {
  host::FetchResult result;
  result.token = token;
  result.outcome = host::Outcome::rejected;
  result.detail = "a story has no provider to fetch files from";
  flow_->fetch_done(channel, std::move(result));
}

void StandIn::replay(const std::string&, std::string, std::function<void(Result<std::string>)> done) {
  done(fail(Errc::invalid, "a story has no connector to decode with"));
}

void StandIn::preview(const std::string&, std::string, std::function<void(Result<std::string>)> done) {
  done(fail(Errc::conflict, "a story has no connector that knows"));
}

std::string StandIn::sibling(const std::string& channel, const std::string&) const { return channel; }

}  // namespace jackfield::scenario
