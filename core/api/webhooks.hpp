// /channels/{channel}/…: the way of the providers' webhooks to their connector, without a token.
#pragma once

#include <memory>
#include <string_view>

#include "net/http_server.hpp"

namespace jackfield::host {
class Host;
}

namespace jackfield::api {

inline constexpr std::string_view kWebhookMount = "/channels/";

struct WebhookTarget {
  std::string channel;
  std::string path;  // below the mount, with its leading slash
};
WebhookTarget webhook_target(std::string_view path);  // which begins with the mount

void pass_webhook(host::Host& host, std::string_view public_url, net::HttpRequest request,
                  std::shared_ptr<net::Responder> responder);

}  // namespace jackfield::api
