#include "fetching.hpp"

namespace jackfield::whatsapp {

void Fetching::fetch(sdk::Fetch&& fetch) {
  auto media = parse_pending(fetch.part());
  if (!media) return fetch.failed("the part names neither id nor URL");
  auto job = std::make_shared<Job>(Job{std::move(fetch), std::move(*media), {}, false});
  // Newer webhooks bring the URL along; it lives for minutes only, and then the id has to do.
  const bool usable = !job->media.url.empty() && graph_.may_have_token(job->media.url);
  if (!usable && job->media.id.empty()) return job->fetch.failed("the URL is not safe to ask");
  usable ? download(job) : locate(job);
}

void Fetching::locate(const JobPtr& job) {
  job->located = true;
  const auto url = graph_.media_url(job->media.id);
  const auto headers = graph_.headers();
  host_.http({.url = url, .headers = headers},
             [this, job](const sdk::HttpResponse& response) { on_located(job, response); });
}

void Fetching::on_located(const JobPtr& job, const sdk::HttpResponse& response) {
  if (!response.ok()) return failed(job, response, "asking where the file is");
  auto info = parse_media_info(response.body);
  if (!info) return job->fetch.retry(0, "the API does not say where the file is");
  auto& media = job->media;
  if (info->bytes > most_bytes(media.kind, media.media_type)) return job->fetch.failed("the file is too large");
  if (!graph_.may_have_token(info->url)) return job->fetch.failed("the URL is not safe to ask");
  media.url = std::move(info->url);
  if (!info->sha256.empty()) media.sha256 = std::move(info->sha256);
  job->media_type = std::move(info->media_type);
  download(job);
}

void Fetching::download(const JobPtr& job) {
  const auto& media = job->media;
  const auto headers = graph_.headers();
  host_.http({.url = media.url,
              .headers = headers,
              .flags = JF_HTTP_BODY_TO_BLOB | JF_HTTP_UNTRUSTED_URL | JF_HTTP_FOLLOW,
              .timeout_ms = 120000,
              .max_bytes = static_cast<std::uint64_t>(most_bytes(media.kind, media.media_type))},
             [this, job](const sdk::HttpResponse& response) { on_downloaded(job, response); });
}

void Fetching::on_downloaded(const JobPtr& job, const sdk::HttpResponse& response) {
  const auto status = response.http_status;
  const bool stale = response.answered() && (status == 401 || status == 403 || status == 404 || status == 410);
  if (stale && !job->located && !job->media.id.empty()) return locate(job);
  // A URL of a minute ago that is refused is tried again later, from step 1.
  if (stale) return job->fetch.retry(0, "the file server answers " + std::to_string(status));
  if (!response.ok()) return failed(job, response, "getting the file");
  if (!same_digest(job->media.sha256, response.blob)) return job->fetch.retry(0, "the file is not what was announced");
  job->fetch.done(response.blob, job->media_type);
}

void Fetching::failed(const JobPtr& job, const sdk::HttpResponse& response, const char* step) {
  const auto because = [&](std::string_view why) { return std::string(step) + ": " + std::string(why); };
  if (response.status == JF_DENIED || response.status == JF_INVALID) return job->fetch.failed(because(response.error));
  if (!response.answered()) return job->fetch.retry(0, because(response.error));
  const auto code = response.http_status;
  const auto text = because("answer " + std::to_string(code));
  // A refused token may be mended within the day that the host goes on trying.
  const bool for_good = code >= 400 && code < 500 && code != 401 && code != 403 && code != 408 && code != 429;
  for_good ? job->fetch.failed(text) : job->fetch.retry(response.retry_after_ms(host_.now_ms()), text);
}

}  // namespace jackfield::whatsapp
