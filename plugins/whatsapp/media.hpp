// Files: which kind and how large they may be, and what the Graph API says of one. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace jackfield::whatsapp {

// "image", "audio", "video", "sticker" or "document" for sending. What the kind of its type may not be as large as it
// is, or does not take, goes as a document.
std::string_view outbound_kind(std::string_view media_type, std::int64_t bytes);
bool takes_caption(std::string_view kind);
std::string_view kind_of(std::string_view media_type);  // without regard to size

// Of a kind as the API names it; without a kind, of what the type suggests.
std::int64_t most_bytes(std::string_view kind, std::string_view media_type);

// The answer to GET …/MEDIA_ID.
struct MediaInfo {
  std::string url, media_type, sha256;
  std::int64_t bytes = 0;
};
std::optional<MediaInfo> parse_media_info(std::string_view body);  // nullopt: no URL in it

// Is `said`, hex or base64 as Meta happens to write it, the digest `hex`? What is neither says nothing and fits all.
bool same_digest(std::string_view said, std::string_view hex);

// A part that was delivered as pending: where its bytes are.
struct PendingMedia {
  std::string id, url, sha256, kind, media_type;
};
std::optional<PendingMedia> parse_pending(std::string_view part);  // nullopt: names neither id nor URL

}  // namespace jackfield::whatsapp
