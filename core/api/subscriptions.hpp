// /v1/webhooks: who is told of events over HTTP (core/outbound does the telling), and those of the configuration file.
#pragma once

#include "api/api.hpp"

namespace jackfield::api {

inline constexpr std::size_t kMostWebhooks = 64;

// Makes the store's webhooks that come from the configuration file those that it names, by their names. A new one
// begins with the events from now on; one whose URL has changed is enabled again.
Result<void> sync_webhooks(const ApiPorts& ports, const std::vector<WebhookConfig>& configured);

}  // namespace jackfield::api
