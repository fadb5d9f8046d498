#include "mail_parts.hpp"

#include <algorithm>
#include <utility>

#include "ascii.hpp"
#include "charset.hpp"
#include "file_types.hpp"
#include "gmime_memory.hpp"
#include "mail_envelope.hpp"
#include "mime_limits.hpp"
#include "part_content.hpp"
#include "plain_text.hpp"
#include "smime.hpp"
#include "tnef.hpp"
#include "uuencode.hpp"

namespace jackfield::email {
namespace {

constexpr std::size_t longest_text = 256 * 1024;
constexpr std::size_t most_attachments = 900;  // an event has at most 1000 parts
constexpr int deepest_tnef = 3;

std::string media_type_of(GMimeObject* object) {
  GMimeContentType* type = g_mime_object_get_content_type(object);
  if (!type) return "application/octet-stream";
  const std::string_view written = view_of(g_mime_object_get_header(object, "Content-Type"));
  if (!written.empty() && written.substr(0, written.find(';')).find('/') == std::string_view::npos)
    return "text/plain";  // "text", or nothing that is a type: a person wrote it, most likely
  const std::string_view main = view_of(g_mime_content_type_get_media_type(type));
  const std::string_view sub = view_of(g_mime_content_type_get_media_subtype(type));
  if (main.empty() || sub.empty()) return "application/octet-stream";
  std::string lower = lower_case(clean_line(std::string(main) + "/" + std::string(sub), 128));
  std::erase(lower, ' ');
  return lower;
}

std::string_view parameter_of(GMimeObject* object, const char* name) {
  return view_of(g_mime_object_get_content_type_parameter(object, name));
}

bool is_multipart(GMimeMultipart* multipart, const char* subtype) {
  return g_mime_content_type_is_type(g_mime_object_get_content_type(GMIME_OBJECT(multipart)), "multipart", subtype);
}

bool is_tnef(const std::string& type, std::string_view name) {
  return type == "application/ms-tnef" || type == "application/vnd.ms-tnef" || is_word(name, "winmail.dat");
}

class PartReader {
 public:
  explicit PartReader(const PutBlob& put) : put_(put) {}

  MailParts read(GMimeMessage* mail) {
    if (GMimeObject* top = g_mime_message_get_mime_part(mail)) finish(gather(top, 1));
    return std::move(result_);
  }

 private:
  using Pieces = std::vector<BodyPiece>;

  Pieces gather(GMimeObject* object, std::size_t depth) {
    if (++parts_ > most_parts || depth > deepest_part) result_.within_limits = false;
    if (!result_.within_limits || !result_.stored) return {};
    if (GMIME_IS_MULTIPART(object)) return gather_multipart(GMIME_MULTIPART(object), depth);
    if (GMIME_IS_MESSAGE_PART(object)) return attach_mail(GMIME_MESSAGE_PART(object)), Pieces{};
    if (GMIME_IS_PART(object)) return gather_leaf(GMIME_PART(object), depth);
    return {};
  }

  Pieces gather_multipart(GMimeMultipart* multipart, std::size_t depth) {
    const int count = g_mime_multipart_get_count(multipart);
    Pieces all;
    if (count == 0) {  // its boundary never came: all is before the first part
      const std::string_view text = view_of(g_mime_multipart_get_prologue(multipart));
      all.push_back({clean_text(to_utf8(text, "utf-8")), {}});
    }
    if (is_multipart(multipart, "encrypted")) note_encrypted("pgp");
    if (is_multipart(multipart, "signed")) note_signed(multipart);
    for (int i = 0; i < count; ++i) {
      Pieces pieces = gather(g_mime_multipart_get_part(multipart, i), depth + 1);
      all.insert(all.end(), std::make_move_iterator(pieces.begin()), std::make_move_iterator(pieces.end()));
    }
    if (all.size() < 2 || !is_multipart(multipart, "alternative")) return all;
    BodyPiece best;  // the plain forms together are one form, the last HTML is the richest of the other
    for (BodyPiece& piece : all) {
      if (is_blank(best.plain)) best.plain = std::move(piece.plain);
      if (!is_blank(piece.html)) best.html = std::move(piece.html);
    }
    Pieces one;
    one.push_back(std::move(best));
    return one;
  }

  Pieces gather_leaf(GMimePart* part, std::size_t depth) {
    GMimeObject* object = GMIME_OBJECT(part);
    const std::string type = media_type_of(object);
    const char* file_name = g_mime_part_get_filename(part);
    const bool attached = file_name || is_word(view_of(g_mime_object_get_disposition(object)), "attachment");
    if (type == "text/calendar") read_invitation(part);
    if (attached || (type != "text/plain" && type != "text/html"))
      return gather_file(part, type, view_of(file_name), depth);
    const std::string content = decoded_content(part);
    std::string text = readable(content, parameter_of(object, "charset"));
    Pieces pieces(1);
    if (type == "text/html")
      pieces[0].html = std::move(text);
    else
      pieces[0].plain = plain_text_of(object, std::move(text));
    return pieces;
  }

  std::string plain_text_of(GMimeObject* object, std::string text) {
    if (is_word(parameter_of(object, "format"), "flowed"))
      return unflow(text, is_word(parameter_of(object, "delsp"), "yes"));
    for (const UuFile& file : take_uuencoded(text))
      attach({.name = clean_file_name(to_utf8(file.name, "utf-8")), .disposition = "attachment"}, file.bytes);
    if (text.find("-----BEGIN PGP MESSAGE-----") != std::string::npos) note_encrypted("pgp");
    if (text.find("-----BEGIN PGP SIGNED MESSAGE-----") != std::string::npos) result_.signature = "pgp";
    return text;
  }

  // What is no text to be read: unpacked where it can be, kept as a file.
  Pieces gather_file(GMimePart* part, const std::string& type, std::string_view file_name, std::size_t depth) {
    if (type == "application/pgp-encrypted") return {};  // says the version of the part behind it
    const std::string bytes = decoded_content(part);
    if (is_tnef(type, file_name) && unpack_tnef(bytes, 1)) return {};
    if (type == "application/pkcs7-mime" || type == "application/x-pkcs7-mime") {
      if (const auto inside = signed_content(bytes)) return gather_signed(*inside, depth);
      note_encrypted("smime");
    }
    attach_part(part, type, file_name, bytes);
    return {};
  }

  Pieces gather_signed(const std::string& inside, std::size_t depth) {
    result_.signature = "smime";
    if (breaks_limits(inside)) result_.within_limits = false;
    if (!result_.within_limits) return {};
    const Owned<GMimeStream> stream(g_mime_stream_mem_new_with_buffer(inside.data(), inside.size()));
    const Owned<GMimeParser> parser(g_mime_parser_new_with_stream(stream.get()));
    const Owned<GMimeObject> part(g_mime_parser_construct_part(parser.get(), nullptr));
    return part ? gather(part.get(), depth + 1) : Pieces{};
  }

  void note_signed(GMimeMultipart* multipart) {
    const std::string_view protocol = parameter_of(GMIME_OBJECT(multipart), "protocol");
    result_.signature = contains_word(protocol, "pgp") ? "pgp" : "smime";
  }

  void note_encrypted(const char* how) {
    if (!std::exchange(result_.encryption, how).empty()) return;
    const std::string name = result_.encryption == "pgp" ? "PGP" : "S/MIME";
    result_.notices.push_back({"encrypted", "This mail is encrypted with " + name + " and cannot be read here."});
  }

  void read_invitation(GMimePart* part) {
    if (result_.calendar.found) return;
    const std::string content = decoded_content(part);
    const std::string_view charset = parameter_of(GMIME_OBJECT(part), "charset");
    result_.calendar = read_calendar(clean_text(to_utf8(content, charset)));
    result_.calendar.found = !result_.calendar.summary.empty() || !result_.calendar.start.empty();
    if (result_.calendar.found) result_.notices.push_back({"calendar", summary_of(result_.calendar)});
  }

  // False: it is no TNEF.
  bool unpack_tnef(std::string_view bytes, int depth) {
    const auto message = read_tnef(bytes);
    if (!message) return false;
    for (const TnefFile& file : message->files) {
      if (file.is_tnef && depth < deepest_tnef && unpack_tnef(file.bytes, depth + 1)) continue;
      if (file.bytes.empty() && file.name.empty()) continue;
      attach({.media_type = clean_line(lower_case(file.media_type), 128),
              .name = clean_file_name(file.name),
              .disposition = "attachment",
              .content_id = clean_line(file.content_id, 256)},
             file.bytes);
    }
    if (message->cut_off)
      attach({.media_type = "application/ms-tnef", .name = "winmail.dat", .disposition = "attachment"}, bytes);
    BodyPiece piece{clean_text(message->text), clean_text(message->html)};
    if (is_blank(piece.plain) && is_blank(piece.html)) piece.plain = rtf_to_text(message->rtf);
    packed_.push_back(std::move(piece));
    return true;
  }

  void attach_part(GMimePart* part, const std::string& type, std::string_view file_name, std::string_view bytes) {
    GMimeObject* object = GMIME_OBJECT(part);
    Attachment attachment;
    attachment.media_type = type;
    attachment.name = clean_file_name(file_name);
    attachment.disposition =
        is_word(view_of(g_mime_object_get_disposition(object)), "inline") ? "inline" : "attachment";
    attachment.content_id = clean_line(view_of(g_mime_object_get_content_id(object)), 256);
    const std::string location = clean_line(view_of(g_mime_object_get_header(object, "Content-Location")), 1000);
    if (attachment.content_id.empty() && !location.empty())
      attachment.content_id = "location-" + std::to_string(parts_);
    if (!location.empty()) locations_.emplace_back(location, attachment.content_id);
    if (type == "text/calendar" && attachment.name.empty()) attachment.name = "invite.ics";
    attach(std::move(attachment), bytes);
  }

  void attach_mail(GMimeMessagePart* part) {
    GMimeMessage* mail = g_mime_message_part_get_message(part);
    if (!mail) return;
    const Owned<GMimeStream> memory(g_mime_stream_mem_new());
    g_mime_object_write_to_stream(GMIME_OBJECT(mail), nullptr, memory.get());
    Attachment attachment;
    attachment.media_type = media_type_of(GMIME_OBJECT(part));
    attachment.disposition = "attachment";
    attachment.name = clean_file_name(std::string(view_of(g_mime_message_get_subject(mail))) + ".eml");
    if (attachment.name == "eml") attachment.name = "mail.eml";
    attach(std::move(attachment), bytes_of(memory.get()));
  }

  void attach(Attachment attachment, std::string_view bytes) {
    if (result_.attachments.size() >= most_attachments) result_.within_limits = false;
    if (!result_.within_limits) return;
    if (attachment.media_type.find('/') == std::string::npos) attachment.media_type = "application/octet-stream";
    attachment.media_type = file_type(attachment.media_type, attachment.name, bytes);
    if (attachment.name.empty())
      attachment.name = "attachment-" + std::to_string(result_.attachments.size() + 1) +
                        std::string(extension_of(attachment.media_type));
    attachment.size = bytes.size();
    attachment.blob = put_(bytes);
    result_.stored = result_.stored && !attachment.blob.empty();
    result_.attachments.push_back(std::move(attachment));
  }

  // An image that the HTML shows is no file to be listed apart.
  std::string find_image(std::string_view source) {
    std::string id;
    if (starts_with_word(source, "cid:")) {
      char* plain = g_uri_unescape_segment(source.data() + 4, source.data() + source.size(), nullptr);
      id = view_of(plain);
      g_free(plain);
    } else {
      const auto at =
          std::find_if(locations_.begin(), locations_.end(), [&](const auto& each) { return each.first == source; });
      if (at != locations_.end()) id = at->second;
    }
    for (Attachment& file : result_.attachments)
      if (!id.empty() && file.content_id == id) return file.disposition = "inline", id;
    return {};
  }

  void finish(Pieces pieces) {
    const bool readable = std::any_of(pieces.begin(), pieces.end(), [](const BodyPiece& piece) {
      return !is_blank(piece.plain) || !is_blank(piece.html);
    });
    if (!readable && !packed_.empty()) pieces = std::move(packed_);
    result_.body = body_of(pieces, [this](std::string_view source) { return find_image(source); });
    std::string& text = result_.body.text;
    if (text.size() <= longest_text) return;
    attach({.media_type = "text/plain", .name = "message.txt", .disposition = "attachment"}, text);
    text.resize(cut_utf8(text, longest_text).size());
    result_.body.new_text.resize(cut_utf8(result_.body.new_text, longest_text).size());
  }

  const PutBlob& put_;
  MailParts result_;
  Pieces packed_;  // texts of winmail.dat, which are read when there are no others
  std::vector<std::pair<std::string, std::string>> locations_;  // Content-Location, Content-ID
  std::size_t parts_ = 0;
};

}  // namespace

MailParts read_parts(GMimeMessage* mail, const PutBlob& put) { return PartReader(put).read(mail); }

}  // namespace jackfield::email
