#include "api/context.hpp"

#include <algorithm>

#include "base/crypto.hpp"

namespace jackfield::api {
namespace {

constexpr std::size_t kMostKeyBytes = 255;

// They were checked where the file was read.
net::Networks networks(const std::vector<std::string>& written) {
  auto made = net::Networks::make(written);
  return made ? std::move(*made) : net::Networks();
}

bool is_key(std::string_view key) {
  return key.size() <= kMostKeyBytes && std::all_of(key.begin(), key.end(), [](char c) { return c > ' ' && c < 127; });
}

}  // namespace

Access::Access(const ApiConfig& config)
    : cors(config.cors),
      public_cors(config.public_availability.channels.empty() ? Cors({})
                                                              : Cors::of_public(config.public_availability.cors)),
      desk(std::make_shared<PublicDesk>(config.public_availability, networks(config.proxies))),
      public_url(config.public_url) {
  while (public_url.ends_with('/')) public_url.pop_back();
}

void Context::read(const CallPtr& call, Read work) {
  const bool taken = reads->submit([call, work = std::move(work)](store::Reader& reader) { work(*call, reader); });
  if (!taken) call->problem(busy("too many requests wait for the store"));
}

bool Context::idempotency_of(const CallPtr& call, flow::Idempotency& out) {
  const std::string_view key = call->request.header("idempotency-key");
  if (key.empty()) return true;
  if (!is_key(key)) {
    call->problem(invalid("Idempotency-Key: must be 1 to 255 printable ASCII characters", "Idempotency-Key"));
    return false;
  }
  Sha256Stream hash;
  for (const std::string* piece : {&call->request.method, &call->request.target, &call->request.body}) {
    hash.add(std::to_string(piece->size()) + ":");
    hash.add(*piece);
  }
  out = {call->caller->name, std::string(key), hash.hex()};
  return true;
}

void Context::write(const CallPtr& call, bool creates, Decide decide) {
  flow::Idempotency idempotency;
  if (creates && !idempotency_of(call, idempotency)) return;
  ports.flow.write(std::move(idempotency), std::move(decide),
                   [call](const Result<flow::Answer>& result) { answer(*call, result); });
}

bool Context::may_see(Call& call, store::Reader& reader, Id conversation) {
  if (call.caller->sees_all()) return true;
  if (QueueLookup(reader).visible(conversation, *call.caller)) return true;
  call.problem(denied("this belongs to none of your queues"));
  return false;
}

void answer(Call& call, const Result<flow::Answer>& result) {
  if (!result) return call.error(result.error());
  if (result->status == 204) return call.no_content();
  call.json(result->status, result->body);
}

Result<void> check_conversation(store::Unit& unit, const Caller& caller, Id conversation) {
  const Conversation* found = unit.conversation(conversation);
  if (!found) return fail(Errc::not_found, "no conversation " + to_string(conversation));
  return caller.check(*found);
}

Result<void> check_message(store::Unit& unit, const Caller& caller, Id message) {
  const Message* found = unit.message(message);
  if (!found) return fail(Errc::not_found, "no message " + to_string(message));
  if (caller.sees_all()) return {};
  return check_conversation(unit, caller, found->conversation);
}

std::string conversation_json(const Conversation& conversation, const Contact* contact, const flow::Environment& env) {
  return conversation_to_json(conversation, contact, flow::reply_windows_json(conversation, env));
}

void add_all(Router& router, Context& context) {
  for (const auto add : {add_health, add_metrics, add_openapi, add_channels, add_conversations, add_messages,
                         add_dead_letters, add_contacts, add_identity, add_callbacks, add_queues, add_agents, add_media,
                         add_events, add_stream, add_subscriptions, add_tokens, add_public_availability}) {
    add(router, context);
  }
}

}  // namespace jackfield::api
