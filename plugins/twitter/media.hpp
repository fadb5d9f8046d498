// Files: which X takes, and where those of customers are. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace jackfield::twitter {

// "image", "gif" or "video"; empty: X takes no such file.
std::string_view media_kind(std::string_view media_type);
std::int64_t most_bytes(std::string_view kind);
// Of POST /2/media/upload/initialize: "dm_image", "tweet_video".
std::string media_category(std::string_view kind, bool is_public);

// A part that was delivered as pending.
struct PendingMedia {
  std::string url;
  std::string kind;
  std::string api_path;  // of a direct message's file, which only its people may see; empty: anybody may
};
std::optional<PendingMedia> parse_pending(std::string_view part);  // nullopt: it names no URL

}  // namespace jackfield::twitter
