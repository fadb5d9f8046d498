#include "app/outgoing.hpp"

#include <algorithm>

#include "app/values.hpp"
#include "outbound/receiver_url.hpp"
#include "outbound/signature.hpp"

namespace jackfield::app {
namespace {

// As browsers write an origin: scheme, host in lower case, port only when it is not the scheme's.
bool is_origin(std::string_view text) {
  const auto scheme = text.starts_with("https://") ? 8u : text.starts_with("http://") ? 7u : 0u;
  const auto rest = text.substr(scheme);
  return scheme > 0 && !rest.empty() && rest.find_first_of("/?#@* ") == std::string_view::npos &&
         std::none_of(rest.begin(), rest.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

void read_types(const Node& node, WebhookSpec& webhook, Problems& problems) {
  for (const auto& name : read_strings(node, problems)) {
    EventType type{};
    if (parse(name, type)) {
      webhook.types.push_back(type);
    } else {
      problems.error(node.place, "\"" + name + "\" is no type of event");
    }
  }
}

WebhookSpec read_webhook(const Node& node, const std::vector<WebhookSpec>& others, Problems& problems) {
  WebhookSpec webhook;
  MapReader map(node, "a webhook", problems);
  if (const Node* name = map.required("name")) {
    webhook.name = read_string(*name, problems).value_or("");
    const bool taken =
        std::any_of(others.begin(), others.end(), [&](const auto& other) { return other.name == webhook.name; });
    if (taken && !webhook.name.empty()) problems.error(name->place, "there is another webhook " + name->shown());
  }
  if (const Node* url = map.required("url")) {
    webhook.url = read_string(*url, problems).value_or("");
    const auto why = webhook.url.empty() ? std::string() : outbound::why_no_receiver(webhook.url, false);
    if (!why.empty()) problems.error(url->place, "the URL of a webhook " + why);
  }
  if (const Node* secret = map.required("secret")) {
    webhook.secret = read_string(*secret, problems).value_or("");
    if (!webhook.secret.empty() && !outbound::key_of(webhook.secret))
      problems.error(secret->place, "a webhook's secret " + std::string(outbound::kSecretForm) +
                                        ", as `echo whsec_$(openssl rand -base64 24)` makes them");
  }
  if (const Node* types = map.get("types")) read_types(*types, webhook, problems);
  map.finish();
  return webhook;
}

}  // namespace

std::vector<std::string> read_cors(const Node& node, Problems& problems) {
  auto origins = read_strings(node, problems);
  for (const auto& origin : origins) {
    if (!is_origin(origin))
      problems.error(node.place, "\"" + origin +
                                     "\" is no origin as in https://desk.example.com, without a path; there "
                                     "is no wildcard");
  }
  return origins;
}

std::vector<WebhookSpec> read_webhooks(const Node& node, Problems& problems) {
  std::vector<WebhookSpec> out;
  if (node.kind != Node::Kind::list) {
    problems.error(node.place, "webhooks must be a list, not " + node.shown());
    return out;
  }
  for (const auto& item : node.items) out.push_back(read_webhook(item, out, problems));
  return out;
}

}  // namespace jackfield::app
