#include "oauth2.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "json_read.hpp"
#include "oauth1.hpp"
#include "signature.hpp"

namespace jackfield::twitter {
namespace {

namespace json = boost::json;
constexpr auto kKey = "oauth2";
constexpr std::int64_t kEarly = 120'000, kUsualLife = 7200;

json::object parsed(std::string_view text) {
  boost::system::error_code error;
  auto value = json::parse(text, error);
  return error || !value.is_object() ? json::object() : std::move(value.get_object());
}

std::int64_t int_at(const json::object& in, std::string_view key, std::int64_t otherwise) {
  const auto* value = in.if_contains(key);
  return value && value->is_int64() ? value->get_int64() : otherwise;
}

// Tells whether the stored tokens descend from the configured one, without storing that.
std::string seed_of(const std::string& refresh_token) { return signature_of("jackfield", refresh_token).substr(7, 16); }

sdk::HttpRequest form_request(const std::string& url, const std::string& headers, const std::string& body) {
  return {.method = "POST", .url = url, .headers = headers, .body = body};
}

std::string form_headers(const std::string& authorization) {
  sdk::Headers headers;
  headers.add("Content-Type", "application/x-www-form-urlencoded").add("User-Agent", "jackfield/0.1");
  if (!authorization.empty()) headers.add("Authorization", authorization);
  return std::string(std::string_view(headers));
}

}  // namespace

std::string basic_header(std::string_view id, std::string_view secret) {
  return "Basic " + base64(escaped(id) + ':' + escaped(secret));
}

void UserToken::get(TokenThen then) {
  if (!access_.empty() && host_.now_ms() < expires_ms_ - kEarly) return then(access_, {});
  waiting_.push_back(std::move(then));
  if (std::exchange(busy_, true)) return;
  asked_again_ = false;
  load();
}

void UserToken::forget(const std::string& token) {
  if (token != access_) return;  // somebody was faster
  refused_ = std::exchange(access_, {});
}

// Another host, or this one before a restart, may have refreshed since.
void UserToken::load() {
  host_.kv_get(kKey, [this](jf_status status, std::string_view value) { on_loaded(status, value); });
}

void UserToken::on_loaded(jf_status status, std::string_view value) {
  if (status != JF_OK && status != JF_NOT_FOUND) {
    sdk::HttpResponse why;
    why.error = "the stored tokens cannot be read";
    return finish(why);
  }
  stored_ = status == JF_OK ? std::string(value) : std::string();
  const auto tokens = parsed(stored_);
  const bool ours = text_at(tokens, "seed") == seed_of(client_.refresh_token);
  const std::string known(ours ? text_at(tokens, "refresh_token") : std::string_view(client_.refresh_token));
  const std::string access(ours ? text_at(tokens, "access_token") : std::string_view());
  const auto expires = int_at(tokens, "expires_at_ms", 0);
  if (!access.empty() && access != refused_ && host_.now_ms() < expires - kEarly) {
    access_ = access;
    expires_ms_ = expires;
    return finish({});
  }
  refresh_ = known;
  refresh();
}

void UserToken::refresh() {
  const auto headers = form_headers(client_.secret.empty() ? "" : basic_header(client_.id, client_.secret));
  const auto body = "grant_type=refresh_token&refresh_token=" + escaped(refresh_) + "&client_id=" + escaped(client_.id);
  host_.http(form_request(client_.token_url, headers, body),
             [this](const sdk::HttpResponse& response) { on_refreshed(response); });
}

void UserToken::on_refreshed(const sdk::HttpResponse& response) {
  const auto tokens = response.ok() ? parsed(response.body) : json::object();
  const auto access = text_at(tokens, "access_token"), next = text_at(tokens, "refresh_token");
  if (access.empty()) {
    // a token that was used already: another host may have its successor
    const bool refused = response.answered() && response.http_status >= 400 && response.http_status < 500;
    if (refused && !std::exchange(asked_again_, true)) {
      host_.kv_get(kKey, [this, body = std::string(response.body), code = response.http_status](
                             jf_status, std::string_view value) {
        const auto now = text_at(parsed(value), "refresh_token");
        if (value != stored_ && !now.empty() && now != refresh_) return on_loaded(JF_OK, value);
        sdk::HttpResponse why;
        why.progress = JF_HTTP_ANSWERED;
        why.http_status = code;
        why.body = body;
        finish(why);
      });
      return;
    }
    return finish(response);
  }
  access_ = access;
  expires_ms_ = host_.now_ms() + int_at(tokens, "expires_in", kUsualLife) * 1000;
  store(json::serialize(json::object{{"seed", seed_of(client_.refresh_token)},
                                     {"refresh_token", next.empty() ? std::string_view(refresh_) : next},
                                     {"access_token", access},
                                     {"expires_at_ms", expires_ms_}}));
}

// Nothing is done with the new token before its successor is safe: what a crash loses then is one refresh, not the
// account.
void UserToken::store(std::string value) {
  host_.kv_cas(kKey, stored_, value, [this, value](jf_status status) {
    if (status == JF_CONFLICT) {
      access_.clear();
      return load();
    }
    if (status == JF_OK) stored_ = value;
    if (status != JF_OK) host_.error("the new refresh token could not be stored; it is kept in memory");
    finish({});
  });
}

void UserToken::finish(const sdk::HttpResponse& why) {
  busy_ = false;
  auto waiting = std::exchange(waiting_, {});
  const auto token = access_;
  for (auto& each : waiting) each(token, why);
}

void AppToken::get(TokenThen then) {
  if (!token_.empty()) return then(token_, {});
  const auto headers = form_headers(basic_);
  const std::string body = "grant_type=client_credentials";
  host_.http(form_request(token_url_, headers, body),
             [this, then = std::move(then)](const sdk::HttpResponse& response) mutable {
               if (response.ok()) token_ = text_at(parsed(response.body), "access_token");
               then(token_, response);
             });
}

}  // namespace jackfield::twitter
