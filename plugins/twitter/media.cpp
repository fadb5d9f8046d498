#include "media.hpp"

#include <boost/json/parse.hpp>
#include <vector>

#include "json_read.hpp"
#include "oauth1.hpp"

namespace jackfield::twitter {
namespace {

namespace json = boost::json;

constexpr std::int64_t kMiB = 1024 * 1024;

std::vector<std::string_view> segments(std::string_view path) {
  std::vector<std::string_view> out;
  while (!path.empty()) {
    const auto slash = path.find('/');
    if (slash != 0) out.push_back(path.substr(0, slash));
    path.remove_prefix(slash == std::string_view::npos ? path.size() : slash + 1);
  }
  return out;
}

// https://ton.twitter.com/…/dm/DM/MEDIA/FILE → GET /2/dm_conversations/media/DM/MEDIA/FILE
std::string api_path_of(std::string_view url) {
  const bool theirs = url.starts_with("https://ton.twitter.com/") || url.starts_with("https://ton.x.com/");
  if (!theirs) return {};
  const auto path = url.substr(url.find('/', 8), url.find_first_of("?#") - url.find('/', 8));
  const auto parts = segments(path);
  if (parts.size() < 4 || parts[parts.size() - 4] != "dm") return {};
  std::string out = "/2/dm_conversations/media";
  for (auto i = parts.size() - 3; i < parts.size(); ++i) out += '/' + escaped(parts[i]);
  return out;
}

}  // namespace

std::string_view media_kind(std::string_view type) {
  if (type == "image/jpeg" || type == "image/png" || type == "image/webp") return "image";
  if (type == "image/gif") return "gif";
  return type == "video/mp4" || type == "video/quicktime" ? "video" : "";
}

std::int64_t most_bytes(std::string_view kind) {
  if (kind == "image") return 5 * kMiB;
  return kind == "gif" ? 15 * kMiB : 512 * kMiB;
}

std::string media_category(std::string_view kind, bool is_public) {
  return (is_public ? "tweet_" : "dm_") + std::string(kind);
}

std::optional<PendingMedia> parse_pending(std::string_view part) {
  boost::system::error_code error;
  const auto value = json::parse(part, error);
  const auto* root = error ? nullptr : value.if_object();
  const auto* source = root ? object_at(*root, "source") : nullptr;
  const auto url = source ? text_at(*source, "url") : std::string_view();
  if (url.empty()) return std::nullopt;
  return PendingMedia{std::string(url), std::string(text_at(*root, "kind")), api_path_of(url)};
}

}  // namespace jackfield::twitter
