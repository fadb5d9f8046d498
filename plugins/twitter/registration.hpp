// What X has to know of us: the webhook, and a subscription for each kind of event. Set up at the start and looked
// after from then on.
#pragma once

#include <cstdint>
#include <functional>
#include <jackfield/jackfield.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "api.hpp"
#include "health.hpp"

namespace jackfield::twitter {

// On the strand.
class Registration {
 public:
  Registration(sdk::Host& host, Api& api, const Settings& settings, Health& health, std::string channel);

  // Goes on until all is set up, trying again later and later; then looks after it every quarter of an hour.
  void start();
  void stop() { ++round_; }
  // X has taken the account's rights back: the next start makes sure that it has them again.
  void distrust() { distrusted_ = true; }

  const std::string& webhook_id() const { return webhook_id_; }
  // After each round that went well.
  std::function<void()> on_registered;

 private:
  struct Subscription {
    std::string id, type, webhook_id, tag;
  };

  void begin();
  void check_account();
  void find_webhook();
  void on_webhooks(const sdk::HttpResponse& response);
  void register_webhook();
  void revalidate(const std::string& id);
  void list_subscriptions();
  void on_subscriptions(const sdk::HttpResponse& response);
  void next_step();
  void subscribe(std::string_view type, bool as_user);
  void finish();
  void failed(const std::string& step, const sdk::HttpResponse& response);
  void give_up_for_now(std::string detail);
  bool is_our_webhook(std::string_view url) const;
  std::string filter_of(std::string_view type) const;
  template <class Then>
  auto in_this_round(Then then);

  sdk::Host& host_;
  Api& api_;
  const Settings& settings_;
  Health& health_;
  std::string tag_, path_;
  std::string webhook_id_;
  std::vector<std::function<void()>> steps_;  // what is left to do, last first
  std::vector<std::string> refused_;
  unsigned failures_ = 0;
  std::uint64_t round_ = 0;  // answers of an earlier one are not looked at
  bool distrusted_ = false;
};

}  // namespace jackfield::twitter
