#include "api/public_availability.hpp"

#include <algorithm>

#include "api/availability.hpp"
#include "api/client_address.hpp"

namespace jackfield::api {
namespace {

constexpr Millis kFresh{3000};
constexpr std::size_t kMostClients = 10'000;

void respond(Call& call, const std::string& body) {
  net::HttpResponse response;
  response.content_type = "application/json";
  response.body = body;
  response.headers.emplace_back("Cache-Control", "public, max-age=" + std::to_string(kFresh.count() / 1000));
  call.responder->respond(std::move(response));
}

const flow::Availability* find(const std::vector<flow::Availability>& all, std::string_view channel) {
  const auto at = std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.channel == channel; });
  return at == all.end() ? nullptr : &*at;
}

}  // namespace

PublicDesk::PublicDesk(PublicAvailability config, net::Networks proxies)
    : config_(std::move(config)), proxies_(std::move(proxies)), rates_(config_.per_minute, kMostClients) {}

void PublicDesk::answer(Context& context, const CallPtr& call) {
  if (config_.channels.empty()) return call->problem(unauthorized());  // as for any path that there is not
  if (!may_ask(context, *call)) return;
  const bool one = !call->path_args.empty();
  const bool known = !one || std::any_of(config_.channels.begin(), config_.channels.end(),
                                         [&](const auto& c) { return c.channel == call->path_args[0]; });
  if (!known) return call->problem(not_found("no channel is shown under that name"));
  bool first = false;
  if (const auto pages = fresh_or_wait(call, context.ports.clock.now(), first))
    return respond(*call, one ? pages->each.at(call->path_args[0]) : pages->all);
  if (first) work_out(context);
}

// Null: the call waits for what is worked out; first: and nobody does so yet.
PublicDesk::PagesPtr PublicDesk::fresh_or_wait(const CallPtr& call, Time now, bool& first) {
  std::lock_guard lock(mutex_);
  if (pages_ && now >= pages_->at && now - pages_->at < kFresh) return pages_;  // the clock may go back
  first = waiting_.empty();
  waiting_.push_back(call);
  return nullptr;
}

bool PublicDesk::may_ask(Context& context, Call& call) {
  const auto client = net::customer_of(client_address(call.request, proxies_));
  const auto wait = rates_.take(client, context.ports.clock.now());
  if (!wait) return true;
  const auto seconds = std::to_string((wait->count() + 999) / 1000);
  call.problem(
      {429, "too_many_requests", "you ask too often; come back in " + seconds + " s", {}, {{"Retry-After", seconds}}});
  return false;
}

void PublicDesk::work_out(Context& context) {
  const bool taken = context.reads->submit([self = shared_from_this(), &context](store::Reader& reader) {
    const Time now = context.ports.clock.now();
    const auto all = availability_of_all(context, reader);
    if (!all) return self->worked_out(all.error());
    self->worked_out(PagesPtr(std::make_shared<const Pages>(self->write(*all, now))));
  });
  if (!taken) worked_out(fail(Errc::busy, "too many requests wait for the store"));
}

void PublicDesk::worked_out(Result<PagesPtr> pages) {
  std::unique_lock lock(mutex_);
  if (pages) pages_ = *pages;
  const auto calls = std::exchange(waiting_, {});
  lock.unlock();
  for (const auto& call : calls) {
    if (!pages)
      call->error(pages.error());
    else
      respond(*call, call->path_args.empty() ? (*pages)->all : (*pages)->each.at(call->path_args[0]));
  }
}

PublicDesk::Pages PublicDesk::write(const std::vector<flow::Availability>& all, Time now) const {
  Pages out;
  out.at = now;
  JsonObject page(out.all);
  page.time("at", now);
  std::string& list = page.key("channels");
  list += '[';
  for (const auto& channel : config_.channels) {
    const std::string& one = out.each[channel.channel] = written(channel, all);
    list.append(list.back() == '[' ? "" : ",").append(one);
  }
  list += ']';
  page.end();
  return out;
}

// A channel that is configured and is not there yet, or any more, is down.
std::string PublicDesk::written(const PublicChannel& channel, const std::vector<flow::Availability>& all) const {
  const flow::Availability none{.channel = channel.channel};
  const flow::Availability* its = find(all, channel.channel);
  std::string out;
  JsonObject object(out);
  object.text("channel", channel.channel);
  object.text("name", channel.name);
  add_availability(object, its ? *its : none);
  std::string& list = object.key("alternatives");
  list += '[';
  for (const auto& name : its ? its->alternatives : std::vector<std::string>{}) {
    const auto shown = std::find_if(config_.channels.begin(), config_.channels.end(),
                                    [&](const auto& c) { return c.channel == name; });
    if (shown == config_.channels.end()) continue;
    if (list.back() != '[') list += ',';
    JsonObject other(list);
    other.text("channel", shown->channel);
    other.text("name", shown->name);
    other.end();
  }
  list += ']';
  object.end();
  return out;
}

void add_public_availability(Router& router, Context& context) {
  const auto answer = [&context](const CallPtr& call) { context.access()->desk->answer(context, call); };
  router.add("GET", "/public/availability", 0, answer);
  router.add("GET", "/public/availability/{channel}", 0, answer);
}

}  // namespace jackfield::api
