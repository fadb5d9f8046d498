// Where the random lives of any_order_test.cpp are lived: queues of all kinds, three agents, channels of all classes.
#pragma once

#include <string>
#include <vector>

#include "scenario/world.hpp"

namespace jackfield::scenario {

inline const std::vector<std::string> kAgents{"ana", "ben", "cleo"};
inline const std::vector<std::string> kChannels{"wa", "sms", "mail", "web", "phone"};

inline host::Manifest manifest(const std::string& scheme, const std::string& capacity_class, const std::string& scope) {
  host::Manifest out;
  out.id = out.name = out.scheme = scheme;
  out.capacity_class = capacity_class;
  out.default_scope = scope;
  out.parts_out = {"text"};
  return out;
}

inline Setting usual_setting() {
  Setting out;
  auto& config = out.config;
  config.queues = {{"general"}, {"billing"}, {"late"}};
  config.queues[1].skills = {"billing"};
  config.queues[1].first_response = std::chrono::minutes{20};
  config.queues[1].resolution = std::chrono::hours{2};
  config.queues[1].overflow_to = "late";
  config.queues[1].overflow_after = std::chrono::minutes{15};
  config.queues[1].overflow_when_absent = std::chrono::minutes{3};
  config.queues[2].escalation = {{std::chrono::minutes{5}, Priority::high, {"late"}},
                                 {std::chrono::minutes{30}, Priority::urgent, {}}};
  for (const auto& name : kAgents)
    config.agents.push_back({.name = name, .display = name, .skills = {}, .capacity = {2, 1, 1}});
  config.agents[0].skills = {"billing"};
  config.assignment.unanswered = std::chrono::minutes{10};
  config.join_on = {"tel"};
  flow::RuleSpec billing{.name = "billing"};
  billing.when.text_any = {"invoice"};
  billing.to = "billing";
  flow::RuleSpec hello{.name = "hello"};
  hello.when.conversation_new = true;
  hello.reply = {{"", "We have it."}};
  config.rules = {hello, billing};
  out.manifests = {{"wa", manifest("whatsapp", "message", "contact")},
                   {"sms", manifest("tel", "message", "contact")},
                   {"mail", manifest("mailto", "message", "thread")},
                   {"web", manifest("web", "chat", "contact")},
                   {"phone", manifest("call", "voice", "channel")}};
  for (const auto& [name, one] : out.manifests) {
    config.channels[name].name = name;
    config.channels[name].plugin = one.id;
  }
  config.channels["sms"].reopen = std::chrono::hours{1};
  return out;
}

// Without the queue billing and without cleo.
inline Setting smaller_setting() {
  Setting out = usual_setting();
  out.config.queues.erase(out.config.queues.begin() + 1);
  out.config.agents.pop_back();
  out.config.rules.pop_back();
  return out;
}

}  // namespace jackfield::scenario
