#include "vonage.hpp"

#include <boost/json/serialize.hpp>

#include "digest.hpp"
#include "media_fetching.hpp"
#include "vonage_decode.hpp"

namespace jackfield::sms {
namespace {

namespace json = boost::json;

// The API wants international numbers without their plus.
std::string_view without_plus(std::string_view number) { return number.substr(number.starts_with('+') ? 1 : 0); }

void done_with(sdk::Webhook& request, jf_status status) { request.reply(status == JF_OK ? 200 : 503); }

}  // namespace

Vonage::Vonage(sdk::Host& host, Inbox& inbox, std::string_view settings)
    : host_(host),
      inbox_(inbox),
      settings_(parse_vonage_settings(settings)),
      text_(parse_settings(settings).text),
      jwt_(needed_secret(host, "/signature_secret"), settings_.api_key),
      authorization_("Basic " + base64(settings_.api_key + ':' + needed_secret(host, "/api_secret").front())),
      sending_(host, inbox, "the provider", vonage_outcome) {}

// ------------------------------------------------------------ out

std::optional<SendProblem> Vonage::problem_of(const Outbound& message) const {
  if (!message.media.empty()) return SendProblem{sdk::ErrorClass::content, "files cannot be sent over this provider"};
  if (message.text.empty()) return SendProblem{sdk::ErrorClass::content, "there is nothing to send"};
  return too_long(message.text, text_);
}

std::string Vonage::body_of(const Outbound& message) const {
  return json::serialize(json::object{{"channel", "sms"},
                                      {"message_type", "text"},
                                      {"to", without_plus(message.to)},
                                      {"from", without_plus(settings_.from)},
                                      {"text", text_as_sent(message.text, text_)},
                                      {"client_ref", message.id},
                                      {"sms", {{"encoding_type", "auto"}}}});
}

void Vonage::send(sdk::Send&& send, Outbound&& message) {
  if (const auto problem = problem_of(message))
    return send.rejected({.error = problem->error, .detail = problem->detail});
  HttpPost post{settings_.api_url + "/v1/messages", body_of(message), {}};
  post.headers.add("Authorization", authorization_).add("Content-Type", "application/json");
  sending_.send(std::move(send), message.to, post);
}

std::string Vonage::preview(const Outbound& message) const { return preview_json(message, text_, problem_of(message)); }

// ------------------------------------------------------------ in

void Vonage::on_webhook(sdk::Webhook&& request) {
  if (request.method() != "POST") return request.reply(405);
  const auto why = jwt_.problem(request.header("authorization"), request.body(), host_.now_ms());
  if (!why.empty()) {
    host_.count("bad_signatures");
    host_.debug("a webhook is refused: " + why);
    return request.reply(401);
  }
  auto event = decode_vonage(request.body());
  const std::string raw(request.body());
  auto done = [kept = std::move(request)](jf_status status) mutable { done_with(kept, status); };
  if (event.message) return inbox_.receive(std::move(*event.message), {}, std::move(done));
  if (event.receipt) return inbox_.receive(std::move(*event.receipt), {}, std::move(done));
  inbox_.undecodable(event.problem, raw, std::move(done));
}

std::optional<std::vector<Inbound>> Vonage::replay(std::string_view raw) {
  auto event = decode_vonage(raw);
  if (!event.message) return std::nullopt;
  return std::vector<Inbound>{std::move(*event.message)};
}

void Vonage::fetch_media(sdk::Fetch&& fetch) {
  fetch_from_source(host_, std::move(fetch), [this](std::string_view url) {
    sdk::Headers headers;
    const bool own = is_below(url, settings_.api_url) || is_host_of(url, "nexmo.com") || is_host_of(url, "vonage.com");
    if (own) headers.add("Authorization", authorization_);
    return headers;
  });
}

}  // namespace jackfield::sms
