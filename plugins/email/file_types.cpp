#include "file_types.hpp"

#include "ascii.hpp"

namespace jackfield::email {
namespace {

struct Kind {
  std::string_view media_type, extension, magic;
};
constexpr Kind kinds[] = {{"image/png", ".png", "\x89PNG\r\n\x1A\n"},
                          {"image/jpeg", ".jpg", "\xFF\xD8\xFF"},
                          {"image/jpeg", ".jpeg", ""},
                          {"image/gif", ".gif", "GIF8"},
                          {"application/pdf", ".pdf", "%PDF-"},
                          {"image/webp", ".webp", ""},
                          {"image/heic", ".heic", ""},
                          {"application/zip", ".zip", ""},
                          {"text/plain", ".txt", ""},
                          {"text/csv", ".csv", ""},
                          {"text/html", ".html", ""},
                          {"text/calendar", ".ics", ""},
                          {"message/rfc822", ".eml", ""},
                          {"application/pkcs7-mime", ".p7m", ""},
                          {"application/pkcs7-signature", ".p7s", ""},
                          {"application/pgp-signature", ".asc", ""},
                          {"application/msword", ".doc", ""},
                          {"application/vnd.openxmlformats-officedocument.wordprocessingml.document", ".docx", ""},
                          {"application/vnd.ms-excel", ".xls", ""},
                          {"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ".xlsx", ""},
                          {"application/vnd.openxmlformats-officedocument.presentationml.presentation", ".pptx", ""},
                          {"application/vnd.oasis.opendocument.text", ".odt", ""},
                          {"video/mp4", ".mp4", ""},
                          {"audio/mpeg", ".mp3", ""},
                          {"audio/ogg", ".ogg", ""}};

bool ends_with(std::string_view name, std::string_view extension) {
  return name.size() > extension.size() && is_word(name.substr(name.size() - extension.size()), extension);
}

}  // namespace

std::string file_type(std::string_view declared, std::string_view name, std::string_view bytes) {
  if (declared != "application/octet-stream" && declared != "application/unknown") return std::string(declared);
  for (const Kind& kind : kinds)
    if (!kind.magic.empty() && bytes.starts_with(kind.magic)) return std::string(kind.media_type);
  for (const Kind& kind : kinds)
    if (ends_with(name, kind.extension) && kind.media_type != "text/html" && kind.extension != ".asc")
      return std::string(kind.media_type);
  return std::string(declared);
}

std::string_view extension_of(std::string_view media_type) {
  for (const Kind& kind : kinds)
    if (kind.media_type == media_type) return kind.extension;
  return {};
}

}  // namespace jackfield::email
