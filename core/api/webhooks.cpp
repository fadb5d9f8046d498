#include "api/webhooks.hpp"

#include "host/host.hpp"

namespace jackfield::api {
namespace {

net::HttpResponse to_response(host::WebhookReply reply) {
  net::HttpResponse response;
  response.status = reply.status;
  response.content_type = std::move(reply.content_type);
  response.body = std::move(reply.body);
  if (reply.retry_after) response.headers.emplace_back("Retry-After", "1");
  if (!reply.allow.empty()) response.headers.emplace_back("Allow", std::move(reply.allow));
  return response;
}

}  // namespace

WebhookTarget webhook_target(std::string_view path) {
  path.remove_prefix(kWebhookMount.size());
  const auto slash = std::min(path.find('/'), path.size());
  return {net::percent_decode(path.substr(0, slash)), std::string(path.substr(slash))};
}

void pass_webhook(host::Host& host, std::string_view public_url, net::HttpRequest request,
                  std::shared_ptr<net::Responder> responder) {
  auto target = webhook_target(request.path);
  host::WebhookRequest webhook;
  if (!public_url.empty()) webhook.url = std::string(public_url) + request.target;
  webhook.method = std::move(request.method);
  webhook.path = std::move(target.path);
  webhook.query = std::move(request.query);
  webhook.body = std::move(request.body);
  webhook.remote = std::move(request.remote);
  webhook.headers = std::move(request.headers);
  host.webhook(target.channel, std::move(webhook), [responder = std::move(responder)](host::WebhookReply reply) {
    responder->respond(to_response(std::move(reply)));
  });
}

}  // namespace jackfield::api
