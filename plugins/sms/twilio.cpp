#include "twilio.hpp"

#include "digest.hpp"
#include "media_fetching.hpp"
#include "twilio_errors.hpp"

namespace jackfield::sms {
namespace {

constexpr std::size_t kMostCharacters = 1600, kMostMedia = 10;
// Any text in the answer would be sent to the customer.
constexpr std::string_view kNothingToSay = R"(<?xml version="1.0" encoding="UTF-8"?><Response/>)";

std::size_t characters_of(std::string_view text) {
  std::size_t count = 0;
  for (const char c : text) count += (c & 0xC0) != 0x80;
  return count;
}

std::string authorization_of(sdk::Host& host, const TwilioSettings& settings) {
  const bool by_key = !settings.api_key_sid.empty();
  const auto secret = needed_secret(host, by_key ? "/api_key_secret" : "/auth_token").front();
  return "Basic " + base64((by_key ? settings.api_key_sid : settings.account_sid) + ':' + secret);
}

void done_with(sdk::Webhook& request, jf_status status) {
  if (status == JF_OK) return request.reply(200, kNothingToSay, "text/xml");
  request.reply(503);
}

}  // namespace

Twilio::Twilio(sdk::Host& host, Inbox& inbox, std::string_view settings)
    : host_(host),
      inbox_(inbox),
      settings_(parse_twilio_settings(settings)),
      text_(parse_settings(settings).text),
      signature_(needed_secret(host, "/auth_token")),
      authorization_(authorization_of(host, settings_)),
      sending_(host, inbox, "the provider", twilio_outcome) {}

sdk::Headers Twilio::signed_in() const {
  sdk::Headers headers;
  headers.add("Authorization", authorization_);
  return headers;
}

// ------------------------------------------------------------ out

// What the API would refuse, known beforehand.
std::optional<SendProblem> Twilio::problem_of(const Outbound& message) const {
  using enum sdk::ErrorClass;
  if (message.text.empty() && message.media.empty()) return SendProblem{content, "there is nothing to send"};
  if (characters_of(message.text) > kMostCharacters)
    return SendProblem{content, "the text is over 1600 characters, which is the most that the API takes"};
  if (message.media.size() > kMostMedia) return SendProblem{content, "a message takes at most 10 files"};
  for (const auto& media : message.media)
    if (media.url.empty())
      return SendProblem{config, "files need server.public_url: the provider gets them from there"};
  return message.media.empty() ? too_long(message.text, text_) : std::nullopt;
}

std::string Twilio::body_of(const Outbound& message) const {
  std::string body;
  append_field(body, "To", message.to);
  append_field(body, settings_.from.starts_with("MG") ? "MessagingServiceSid" : "From", settings_.from);
  if (!message.text.empty()) append_field(body, "Body", text_as_sent(message.text, text_));
  for (const auto& media : message.media) append_field(body, "MediaUrl", media.url);
  // The receipt names our message, also when the answer to this request is lost.
  if (!message.callback_url.empty())
    append_field(body, "StatusCallback", message.callback_url + "?message=" + percent_encoded(message.id));
  return body;
}

void Twilio::send(sdk::Send&& send, Outbound&& message) {
  if (const auto problem = problem_of(message))
    return send.rejected({.error = problem->error, .detail = problem->detail});
  HttpPost post{settings_.api_url + "/2010-04-01/Accounts/" + settings_.account_sid + "/Messages.json",
                body_of(message), signed_in()};
  post.headers.add("Content-Type", "application/x-www-form-urlencoded");
  sending_.send(std::move(send), message.to, post);
}

std::string Twilio::preview(const Outbound& message) const {
  return preview_json(message, text_, problem_of(message), "mms");
}

// ------------------------------------------------------------ in

// The parameters of a request that Twilio has signed.
std::optional<Form> Twilio::authentic(const sdk::Webhook& request) {
  const auto header = request.header("x-twilio-signature");
  const auto url = request.url();
  if (request.method() == "GET") return signature_.verify(url, {}, header) ? parse_form(request.query()) : std::nullopt;
  if (!request.header("content-type").starts_with("application/json")) {
    auto form = parse_form(request.body());
    return form && signature_.verify(url, *form, header) ? std::move(form) : std::nullopt;
  }
  if (!signature_.verify_body(url, request.body(), header)) return std::nullopt;
  return form_of_json(request.body());
}

void Twilio::refuse(sdk::Webhook& request) {
  host_.count("bad_signatures");
  if (request.url().empty() && !std::exchange(said_no_url_, true))
    host_.error(
        "webhooks cannot be verified: their signature is over the public URL, and server.public_url is not set");
  request.reply(401);
}

void Twilio::on_webhook(sdk::Webhook&& request) {
  auto form = request.url().empty() ? std::nullopt : authentic(request);
  if (!form) return refuse(request);
  auto event = decode_twilio(*form, request.parameter("message").value_or(""));
  const auto raw = std::string(request.method() == "GET" ? request.query() : request.body());
  const auto done = [](sdk::Webhook&& kept) {
    return [kept = std::move(kept)](jf_status status) mutable { done_with(kept, status); };
  };
  if (event.message) return inbox_.receive(std::move(*event.message), {}, done(std::move(request)));
  if (event.receipt) return inbox_.receive(std::move(*event.receipt), {}, done(std::move(request)));
  if (!event.problem.empty()) return inbox_.undecodable(event.problem, raw, done(std::move(request)));
  host_.count("ignored_statuses");
  done_with(request, JF_OK);
}

std::optional<std::vector<Inbound>> Twilio::replay(std::string_view raw) {
  const auto form = raw.starts_with('{') ? form_of_json(raw) : parse_form(raw).value_or(Form());
  auto event = decode_twilio(form);
  if (!event.message) return std::nullopt;
  return std::vector<Inbound>{std::move(*event.message)};
}

// The credentials go to the API and to Twilio's own hosts, never in the clear to somebody else.
bool Twilio::may_sign_in(std::string_view url) const {
  return is_below(url, settings_.api_url) || is_host_of(url, "twilio.com");
}

void Twilio::fetch_media(sdk::Fetch&& fetch) {
  fetch_from_source(host_, std::move(fetch),
                    [this](std::string_view url) { return may_sign_in(url) ? signed_in() : sdk::Headers(); });
}

}  // namespace jackfield::sms
