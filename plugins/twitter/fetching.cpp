#include "fetching.hpp"

#include <algorithm>

namespace jackfield::twitter {
namespace {

constexpr std::uint64_t kTimeout = 120'000, kMostVideo = 100 * 1024 * 1024;

std::uint64_t limit_of(const PendingMedia& media) {
  return std::min(static_cast<std::uint64_t>(most_bytes(media.kind)), kMostVideo);
}

// The header that X sends for how long to stay away, in milliseconds from now.
std::uint64_t reset_wait(const sdk::HttpResponse& response, std::int64_t now_ms) {
  RateLimits limits;
  limits.note(Limited::media, response, now_ms);
  return std::max(limits.wait_ms(Limited::media, now_ms), response.retry_after_ms(now_ms));
}

std::string_view media_type_of(const sdk::HttpResponse& response) {
  auto type = response.header("content-type");
  type = type.substr(0, type.find(';'));
  return type == "application/octet-stream" || type == "binary/octet-stream" ? std::string_view() : type;
}

}  // namespace

void Fetching::fetch(sdk::Fetch&& fetch) {
  const auto media = parse_pending(fetch.part());
  if (!media) return fetch.failed("the part names no URL");
  const auto not_safe = [](auto& then) {
    sdk::HttpResponse refusal;
    refusal.status = JF_DENIED;
    refusal.error = "the URL is not safe to ask";
    then(refusal);
  };
  auto then = [this, fetch = std::move(fetch)](const sdk::HttpResponse& response) mutable { answer(fetch, response); };
  if (!media->api_path.empty())
    return api_.as_user(
        {.path = media->api_path, .flags = JF_HTTP_BODY_TO_BLOB, .timeout_ms = kTimeout, .max_bytes = limit_of(*media)},
        std::move(then));
  if (!media->url.starts_with("https://") && !media->url.starts_with(api_.base() + '/')) return not_safe(then);
  host_.http({.url = media->url,
              .flags = JF_HTTP_BODY_TO_BLOB | JF_HTTP_UNTRUSTED_URL | JF_HTTP_FOLLOW,
              .timeout_ms = kTimeout,
              .max_bytes = limit_of(*media)},
             std::move(then));
}

void Fetching::answer(sdk::Fetch& fetch, const sdk::HttpResponse& response) {
  if (response.ok()) return fetch.done(response.blob, media_type_of(response));
  if (response.status == JF_DENIED || response.status == JF_INVALID) return fetch.failed(response.error);
  if (!response.answered()) return fetch.retry(0, response.error);
  const auto code = response.http_status;
  const auto text = "the file server answers " + std::to_string(code);
  // a refused token may be mended within the day that the host goes on trying
  const bool for_good =
      code >= 400 && code < 500 && code != 401 && code != 402 && code != 403 && code != 408 && code != 429;
  for_good ? fetch.failed(text) : fetch.retry(reset_wait(response, host_.now_ms()), text);
}

}  // namespace jackfield::twitter
