// Files beside a text: where their bytes are.
#include "decode_item.hpp"
#include "json_read.hpp"
#include "json_write.hpp"

namespace jackfield::twitter {
namespace {

namespace json = boost::json;

// The MP4 with the most bits; a playlist is no file.
std::string_view best_variant(const json::array& variants) {
  std::string_view best;
  std::int64_t most = -1;
  for (const auto& each : variants) {
    const auto* variant = each.if_object();
    if (!variant || text_at(*variant, "content_type") != "video/mp4") continue;
    const auto rate = std::max(number_at(*variant, "bit_rate"), number_at(*variant, "bitrate"));
    if (rate < most) continue;
    most = rate;
    best = text_at(*variant, "url");
  }
  return best;
}

std::string_view url_of(const json::object& media) {
  const auto* info = object_at(media, "video_info");
  const auto* variants = info ? array_at(*info, "variants") : array_at(media, "variants");
  if (variants)
    if (const auto best = best_variant(*variants); !best.empty()) return best;
  for (const auto key : {"media_url_https", "url"}) {
    const auto url = text_at(media, key);
    if (url.starts_with("http") && !url.starts_with("https://t.co/")) return url;
  }
  return {};
}

std::string_view media_type_of(const MediaItem& media) {
  const auto path = media.url.substr(0, media.url.find('?'));
  if (path.ends_with(".mp4")) return "video/mp4";
  if (path.ends_with(".png")) return "image/png";
  if (path.ends_with(".gif")) return "image/gif";
  if (path.ends_with(".webp")) return "image/webp";
  if (media.type == "video" || media.type == "animated_gif") return "video/mp4";
  return "image/jpeg";
}

}  // namespace

MediaItem media_item(const json::object& media, std::string_view id) {
  return {text_at(media, "type"), url_of(media), text_at(media, "alt_text"), id};
}

void append_media(std::string& out, const MediaItem& media) {
  out += R"({"type":"media","kind":")";
  out += media.type == "video" ? "video" : media.type == "animated_gif" ? "gif" : "image";
  out += '"';
  append_field(out, "media_type", media_type_of(media));
  append_field_if(out, "caption", media.alt_text);
  out += media.url.empty() ? R"(,"state":"failed")" : R"(,"state":"pending")";
  out += R"(,"source":{"id":)";
  media.id.empty() ? void(out += "null") : append_quoted(out, media.id);
  out += R"(,"url":)";
  media.url.empty() ? void(out += "null") : append_quoted(out, media.url);
  out += "}}";
}

}  // namespace jackfield::twitter
