#include "registration.hpp"

#include <algorithm>
#include <array>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "json_read.hpp"
#include "oauth1.hpp"
#include "outcome.hpp"

namespace jackfield::twitter {
namespace {

namespace json = boost::json;
constexpr std::int64_t kFirstWait = 1000, kLongestWait = 300'000, kRoundEvery = 900'000;

// The kinds of events that are wanted, whether X wants the user's rights for it, and whether nothing works without.
struct Wanted {
  std::string_view type;
  bool as_user, needed;
};
constexpr std::array kWanted = {
    Wanted{"dm.received", true, true},        Wanted{"dm.sent", true, false},
    Wanted{"dm.read", true, false},           Wanted{"dm.indicate_typing", true, false},
    Wanted{"chat.received", true, false},     Wanted{"post.mention.create", true, true},
    Wanted{"post.reply.create", true, false}, Wanted{"post.quote.create", true, false},
    Wanted{"post.create", false, false},      Wanted{"post.delete", false, false},
    Wanted{"oauth.revoke", true, false},
};

const Wanted* wanted(std::string_view type) {
  const auto* found =
      std::find_if(kWanted.begin(), kWanted.end(), [&](const Wanted& each) { return each.type == type; });
  return found == kWanted.end() ? nullptr : found;
}

json::value parsed(std::string_view body) {
  boost::system::error_code error;
  auto value = json::parse(body, error);
  return error ? json::value() : value;
}

// Of {"data": [{…}, …]}; what is no object is left out.
std::vector<const json::object*> items_of(const json::value& body) {
  std::vector<const json::object*> out;
  const auto* root = body.if_object();
  const auto* list = root ? array_at(*root, "data") : nullptr;
  for (std::size_t i = 0; list && i < list->size(); ++i)
    if (const auto* item = (*list)[i].if_object()) out.push_back(item);
  return out;
}

std::string first_of(const json::object& item, std::initializer_list<std::string_view> keys) {
  for (const auto key : keys)
    if (const auto text = text_at(item, key); !text.empty()) return std::string(text);
  return {};
}

}  // namespace

Registration::Registration(sdk::Host& host, Api& api, const Settings& settings, Health& health, std::string channel)
    : host_(host),
      api_(api),
      settings_(settings),
      health_(health),
      tag_("jackfield/" + channel),
      path_("/channels/" + channel + "/webhook") {}

// A callback that does nothing once another round has begun.
template <class Then>
auto Registration::in_this_round(Then then) {
  return [this, round = round_, then = std::move(then)](const sdk::HttpResponse& response) mutable {
    if (round == round_) then(response);
  };
}

void Registration::start() {
  failures_ = 0;
  begin();
}

void Registration::begin() {
  ++round_;
  steps_.clear();
  refused_.clear();
  distrusted_ ? check_account() : settings_.stream ? list_subscriptions() : find_webhook();
}

void Registration::check_account() {
  api_.as_user({.path = "/2/users/me"}, in_this_round([this](const sdk::HttpResponse& response) {
                 if (!response.ok()) return failed("X does not know the account's token", response);
                 distrusted_ = false;
                 settings_.stream ? list_subscriptions() : find_webhook();
               }));
}

// ---------------------------------------------------------------- the webhook

bool Registration::is_our_webhook(std::string_view url) const {
  if (!settings_.webhook_url.empty()) return url == settings_.webhook_url;
  return url.ends_with(path_);
}

void Registration::find_webhook() {
  api_.as_app({.path = "/2/webhooks"},
              in_this_round([this](const sdk::HttpResponse& response) { on_webhooks(response); }));
}

void Registration::on_webhooks(const sdk::HttpResponse& response) {
  if (!response.ok()) return failed("the webhooks cannot be listed", response);
  const auto body = parsed(response.body);
  for (const auto* each : items_of(body)) {
    if (!is_our_webhook(text_at(*each, "url"))) continue;
    webhook_id_ = text_at(*each, "id");
    return true_at(*each, "valid") ? list_subscriptions() : revalidate(webhook_id_);
  }
  if (!settings_.webhook_url.empty()) return register_webhook();
  give_up_for_now("no webhook ending in " + path_ + " is registered: set webhook_url, or receive: stream");
}

void Registration::register_webhook() {
  const auto body = json::serialize(json::object{{"url", settings_.webhook_url}});
  api_.as_app({.method = "POST", .path = "/2/webhooks", .body = body},
              in_this_round([this](const sdk::HttpResponse& response) {
                if (!response.ok()) return failed("the webhook cannot be registered", response);
                const auto answer = parsed(response.body);
                const auto* root = answer.if_object();
                const auto* data = root ? object_at(*root, "data") : nullptr;
                webhook_id_ = data ? text_at(*data, "id") : std::string_view();
                if (webhook_id_.empty()) return give_up_for_now("the answer names no webhook");
                list_subscriptions();
              }));
}

// X asks its question again and then posts again.
void Registration::revalidate(const std::string& id) {
  api_.as_app({.method = "PUT", .path = "/2/webhooks/" + escaped(id)},
              in_this_round([this](const sdk::HttpResponse& response) {
                if (!response.ok()) return failed("X finds the webhook not valid", response);
                list_subscriptions();
              }));
}

// ---------------------------------------------------------------- subscriptions

void Registration::list_subscriptions() {
  api_.as_app({.path = "/2/activity/subscriptions"},
              in_this_round([this](const sdk::HttpResponse& response) { on_subscriptions(response); }));
}

std::string Registration::filter_of(std::string_view type) const {
  json::object body{{"event_type", type}, {"filter", {{"user_id", settings_.user_id}}}, {"tag", tag_}};
  if (!settings_.stream) body["webhook_id"] = webhook_id_;
  return json::serialize(body);
}

// One for each kind of event; one that posts elsewhere is pointed here, one of ours that nobody wants goes.
void Registration::on_subscriptions(const sdk::HttpResponse& response) {
  if (!response.ok()) return failed("the subscriptions cannot be listed", response);
  const auto body = parsed(response.body);
  std::vector<std::string> there;
  for (const auto* each : items_of(body)) {
    const auto* filter = object_at(*each, "filter");
    if (!filter || text_at(*filter, "user_id") != settings_.user_id) continue;
    const auto id = escaped(first_of(*each, {"subscription_id", "id"})), type = first_of(*each, {"event_type"});
    const auto webhook = first_of(*each, {"webhook_id"});
    const bool ours = text_at(*each, "tag") == tag_;
    there.push_back(type);
    if (ours && !wanted(type)) {
      steps_.push_back([this, id] {
        api_.as_app({.method = "DELETE", .path = "/2/activity/subscriptions/" + id},
                    in_this_round([this](const sdk::HttpResponse&) { next_step(); }));
      });
    } else if (wanted(type) && !settings_.stream && webhook != webhook_id_) {
      steps_.push_back([this, id] {
        const auto change = json::serialize(json::object{{"tag", tag_}, {"webhook_id", webhook_id_}});
        api_.as_app({.method = "PUT", .path = "/2/activity/subscriptions/" + id, .body = change},
                    in_this_round([this](const sdk::HttpResponse& answer) {
                      answer.ok() ? next_step() : failed("a subscription cannot be pointed here", answer);
                    }));
      });
    }
  }
  for (auto each = kWanted.rbegin(); each != kWanted.rend(); ++each)
    if (std::find(there.begin(), there.end(), each->type) == there.end())
      steps_.push_back([this, type = each->type, as_user = each->as_user] { subscribe(type, as_user); });
  next_step();
}

void Registration::next_step() {
  if (steps_.empty()) return finish();
  const auto step = std::move(steps_.back());
  steps_.pop_back();
  step();
}

void Registration::subscribe(std::string_view type, bool as_user) {
  ApiCall call{.method = "POST", .path = "/2/activity/subscriptions", .body = filter_of(type)};
  auto then = in_this_round([this, type](const sdk::HttpResponse& response) {
    const bool for_good = response.answered() &&
                          (response.http_status == 400 || response.http_status == 403 || response.http_status == 404);
    if (response.ok() || (response.answered() && response.http_status == 409)) return next_step();
    if (!for_good || wanted(type)->needed)
      return failed("X refuses the subscription to " + std::string(type), response);
    host_.warn("X refuses the subscription to " + std::string(type) + ": " + detail_of(response.body));
    next_step();
  });
  as_user ? api_.as_user(std::move(call), std::move(then)) : api_.as_app(std::move(call), std::move(then));
}

// ---------------------------------------------------------------- the end of a round

void Registration::finish() {
  failures_ = 0;
  health_.fine("registration");
  health_.fine("revoked");
  health_.ready();
  if (on_registered) on_registered();
  host_.after(kRoundEvery, [this, round = round_] {
    if (round == round_) begin();
  });
}

void Registration::failed(const std::string& step, const sdk::HttpResponse& response) {
  const auto why = !response.answered() ? std::string(response.error)
                                        : std::to_string(response.http_status) + " " + detail_of(response.body);
  give_up_for_now(step + ": " + why);
}

void Registration::give_up_for_now(std::string detail) {
  const auto wait = std::min(kFirstWait << std::min(failures_++, 10u), kLongestWait);
  health_.complain("registration", sdk::State::degraded, std::move(detail));
  host_.after(wait, [this, round = round_] {
    if (round == round_) begin();
  });
}

}  // namespace jackfield::twitter
