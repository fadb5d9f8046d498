#include "media.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <boost/json/parse.hpp>
#include <charconv>

#include "json_read.hpp"

namespace jackfield::whatsapp {
namespace {

namespace json = boost::json;
constexpr std::int64_t kKiB = 1024, kMiB = 1024 * kKiB;
constexpr std::array<std::string_view, 2> kImages = {"image/jpeg", "image/png"};
constexpr std::array<std::string_view, 5> kAudios = {"audio/aac", "audio/amr", "audio/mp4", "audio/mpeg", "audio/ogg"};
constexpr std::array<std::string_view, 2> kVideos = {"video/mp4", "video/3gpp"};

// Without parameters such as "; codecs=opus".
std::string_view bare(std::string_view media_type) {
  media_type = media_type.substr(0, media_type.find(';'));
  while (media_type.ends_with(' ')) media_type.remove_suffix(1);
  return media_type;
}

template <class List>
bool holds(const List& list, std::string_view item) {
  return std::find(list.begin(), list.end(), item) != list.end();
}

std::string_view kind_of_type(std::string_view type) {
  if (holds(kImages, type)) return "image";
  if (holds(kAudios, type)) return "audio";
  if (holds(kVideos, type)) return "video";
  return type == "image/webp" ? "sticker" : "document";
}

std::string hex_of(std::string_view bytes) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string hex;
  for (const unsigned char c : bytes) hex += {kHex[c >> 4], kHex[c & 15]};
  return hex;
}

std::string hex_of_base64(std::string_view text) {
  if (text.size() != 44) return {};
  unsigned char bytes[33];
  if (EVP_DecodeBlock(bytes, reinterpret_cast<const unsigned char*>(text.data()), 44) < 0) return {};
  return hex_of({reinterpret_cast<const char*>(bytes), 32});
}

std::int64_t number_at(const json::object& in, std::string_view key) {
  const auto* value = in.if_contains(key);
  if (!value) return 0;
  if (value->is_int64()) return value->get_int64();
  std::int64_t number = 0;
  const auto text = text_of(*value);
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

json::value parsed(std::string_view text) {
  boost::system::error_code error;
  auto value = json::parse(text, error);
  return error ? json::value() : value;
}

}  // namespace

std::string_view outbound_kind(std::string_view media_type, std::int64_t bytes) {
  const auto kind = kind_of_type(bare(media_type));
  return bytes > most_bytes(kind, media_type) ? "document" : kind;
}

std::string_view kind_of(std::string_view media_type) { return kind_of_type(bare(media_type)); }

bool takes_caption(std::string_view kind) { return kind == "image" || kind == "video" || kind == "document"; }

std::int64_t most_bytes(std::string_view kind, std::string_view media_type) {
  if (kind.empty()) kind = kind_of_type(bare(media_type));
  if (kind == "image") return 5 * kMiB;
  if (kind == "audio" || kind == "video") return 16 * kMiB;
  return kind == "sticker" ? 500 * kKiB : 100 * kMiB;
}

std::optional<MediaInfo> parse_media_info(std::string_view body) {
  const auto value = parsed(body);
  const auto* root = value.if_object();
  if (!root || text_at(*root, "url").empty()) return std::nullopt;
  return MediaInfo{std::string(text_at(*root, "url")), std::string(text_at(*root, "mime_type")),
                   std::string(text_at(*root, "sha256")), number_at(*root, "file_size")};
}

bool same_digest(std::string_view said, std::string_view hex) {
  if (said.size() != 64) {
    const auto decoded = hex_of_base64(said);
    return decoded.empty() || decoded == hex;
  }
  return std::equal(said.begin(), said.end(), hex.begin(), hex.end(),
                    [](char a, char b) { return (a >= 'A' && a <= 'F' ? a + 32 : a) == b; });
}

std::optional<PendingMedia> parse_pending(std::string_view part) {
  const auto value = parsed(part);
  const auto* root = value.if_object();
  const auto* source = root ? object_at(*root, "source") : nullptr;
  if (!source) return std::nullopt;
  PendingMedia media{std::string(text_at(*source, "id")), std::string(text_at(*source, "url")),
                     std::string(text_at(*source, "sha256")), std::string(text_at(*root, "kind")),
                     std::string(text_at(*root, "media_type"))};
  if (media.id.empty() && media.url.empty()) return std::nullopt;
  return media;
}

}  // namespace jackfield::whatsapp
