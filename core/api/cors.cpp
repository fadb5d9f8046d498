#include "api/cors.hpp"

#include <algorithm>

namespace jackfield::api {
namespace {

using Headers = std::vector<std::pair<std::string, std::string>>;

class CorsResponder final : public net::Responder {
 public:
  CorsResponder(std::shared_ptr<net::Responder> to, Headers headers)
      : to_(std::move(to)), headers_(std::move(headers)) {}

  void respond(net::HttpResponse response) override { to_->respond(with_headers(std::move(response))); }
  void upgrade(net::WebSocketHandler handler) override { to_->upgrade(std::move(handler)); }
  void stream(net::HttpResponse head, net::BodyStreamHandler handler) override {
    to_->stream(with_headers(std::move(head)), std::move(handler));
  }
  bool gone() const override { return to_->gone(); }

 private:
  net::HttpResponse with_headers(net::HttpResponse response) const {
    response.headers.insert(response.headers.end(), headers_.begin(), headers_.end());
    return response;
  }
  const std::shared_ptr<net::Responder> to_;
  const Headers headers_;
};

}  // namespace

bool Cors::knows(std::string_view origin) const {
  return !origin.empty() && (any_ || std::find(origins_.begin(), origins_.end(), origin) != origins_.end());
}

std::shared_ptr<net::Responder> Cors::wrap(const net::HttpRequest& request, std::shared_ptr<net::Responder> to) const {
  if (any_) {
    Headers headers{{"Access-Control-Allow-Origin", "*"}, {"Access-Control-Expose-Headers", "Retry-After"}};
    return std::make_shared<CorsResponder>(std::move(to), std::move(headers));
  }
  if (origins_.empty()) return to;
  Headers headers{{"Vary", "Origin"}};
  if (const auto origin = request.header("origin"); knows(origin)) {
    headers.emplace_back("Access-Control-Allow-Origin", origin);
    headers.emplace_back("Access-Control-Expose-Headers", "Allow, Retry-After");
  }
  return std::make_shared<CorsResponder>(std::move(to), std::move(headers));
}

bool Cors::preflight(const net::HttpRequest& request, net::Responder& responder) const {
  if (request.method != "OPTIONS" || request.header("access-control-request-method").empty()) return false;
  if (!knows(request.header("origin"))) return false;
  net::HttpResponse response;
  response.status = 204;
  response.headers = {{"Access-Control-Allow-Methods", "GET, POST, PUT, PATCH, DELETE"},
                      {"Access-Control-Allow-Headers", "Authorization, Content-Type, Idempotency-Key, Last-Event-ID"},
                      {"Access-Control-Max-Age", "600"}};
  responder.respond(std::move(response));
  return true;
}

}  // namespace jackfield::api
