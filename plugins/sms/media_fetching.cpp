#include "media_fetching.hpp"

#include <memory>
#include <string>

#include "json_read.hpp"

namespace jackfield::sms {
namespace {

constexpr std::uint64_t kMostBytes = 32u << 20, kTimeoutMs = 120'000;

std::string url_of(std::string_view part) {
  const auto object = parsed_object(part);
  const auto* source = object_at(object, "source");
  return source ? std::string(text_at(*source, "url")) : std::string();
}

void on_answer(sdk::Fetch& fetch, const sdk::HttpResponse& response, std::int64_t now_ms) {
  if (response.ok()) {
    auto type = response.header("content-type");
    return fetch.done(response.blob, type.substr(0, type.find(';')));
  }
  if (response.status == JF_DENIED || response.status == JF_INVALID) return fetch.failed(response.error);
  if (!response.answered()) return fetch.retry(0, response.error);
  const auto status = response.http_status;
  const auto text = "the file server answers " + std::to_string(status);
  // Refused credentials may be mended within the day that the host goes on trying.
  const bool for_good =
      status >= 400 && status < 500 && status != 401 && status != 403 && status != 408 && status != 429;
  for_good ? fetch.failed(text) : fetch.retry(response.retry_after_ms(now_ms), text);
}

}  // namespace

bool is_below(std::string_view url, std::string_view base) {
  const auto origin = base.substr(0, base.find('/', base.find("://") + 3));
  return url.starts_with(origin) && (url.size() == origin.size() || url[origin.size()] == '/');
}

bool is_host_of(std::string_view url, std::string_view domain) {
  if (!url.starts_with("https://")) return false;
  url.remove_prefix(8);
  const auto host = url.substr(0, url.find_first_of("/?#:@\\"));
  if (host.size() < url.size() && (url[host.size()] == '@' || url[host.size()] == ':' || url[host.size()] == '\\'))
    return false;
  return host == domain ||
         (host.size() > domain.size() && host.ends_with(domain) && host[host.size() - domain.size() - 1] == '.');
}

void fetch_from_source(sdk::Host& host, sdk::Fetch&& fetch, HeadersFor headers) {
  const auto url = url_of(fetch.part());
  if (!url.starts_with("https://") && !url.starts_with("http://")) return fetch.failed("the part names no URL");
  const auto with = headers(url);
  const auto job = std::make_shared<sdk::Fetch>(std::move(fetch));
  host.http({.url = url,
             .headers = with,
             .flags = JF_HTTP_BODY_TO_BLOB | JF_HTTP_UNTRUSTED_URL | JF_HTTP_FOLLOW,
             .timeout_ms = kTimeoutMs,
             .max_bytes = kMostBytes},
            [job, &host](const sdk::HttpResponse& response) { on_answer(*job, response, host.now_ms()); });
}

}  // namespace jackfield::sms
