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
    if (behaviour != Behaviour::keeps_silent) {  // it speaks again, also of what it was asked before
      for (const auto& open : open_)
        if (open.channel == channel) freed.push_back(open);
      std::erase_if(open_, [&](const Open& open) { return open.channel == channel; });
    }
  }
  for (const auto& open : freed)
    answer(open.channel, open.token, {behaviour, again_after}, "late-" + std::to_string(open.token));
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
    flow_->send_done(entry.channel, std::move(result));
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

void StandIn::answer(const std::string& channel, std::uint64_t token, const Manner& manner,
                     const std::string& provider_id) {
  auto result = result_of(manner.behaviour);
  result.token = token;
  result.retry_after = manner.again_after;
  if (manner.behaviour == Behaviour::accepts) result.provider_ids = {provider_id};
  flow_->send_done(channel, std::move(result));
}

void StandIn::send(const std::string& channel, host::SendRequest request) {
  Manner manner;
  std::string id;
  {
    std::lock_guard lock(mutex_);
    if (!flow_) return;
    manner = manners_[channel];
    id = "left-" + std::to_string(++asked_);
    if (manner.behaviour == Behaviour::keeps_silent) return open_.push_back({channel, request.token});
    if (manner.behaviour == Behaviour::accepts) {
      left_.push_back(left_of(channel, request));
      left_.back().provider_id = id;
    }
  }
  answer(channel, request.token, manner, id);
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
