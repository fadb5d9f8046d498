#include "mail_parts.hpp"

#include "charset.hpp"
#include "gmime_memory.hpp"
#include "html_text.hpp"
#include "mail_envelope.hpp"
#include "mime_limits.hpp"
#include "plain_text.hpp"

namespace jackfield::email {
namespace {

constexpr std::size_t longest_text = 256 * 1024;

// One stretch of the body in the forms it came in.
struct Piece {
  std::string plain, html;
};

bool is_blank(std::string_view text) { return text.find_first_not_of(" \t\r\n\xC2\xA0") == std::string_view::npos; }

std::string media_type_of(GMimeObject* object) {
  GMimeContentType* type = g_mime_object_get_content_type(object);
  char* text = type ? g_mime_content_type_get_mime_type(type) : nullptr;
  std::string lower = lower_case(clean_line(view_of(text), 128));
  g_free(text);
  std::erase(lower, ' ');
  return lower.find('/') == std::string::npos ? "application/octet-stream" : lower;
}

std::string parameter_of(GMimeObject* object, const char* name) {
  return std::string(view_of(g_mime_object_get_content_type_parameter(object, name)));
}

class PartReader {
 public:
  explicit PartReader(const PutBlob& put) : put_(put) {}

  MailParts read(GMimeMessage* mail) {
    if (GMimeObject* top = g_mime_message_get_mime_part(mail)) finish(gather(top, 1));
    return std::move(result_);
  }

 private:
  using Pieces = std::vector<Piece>;

  Pieces gather(GMimeObject* object, std::size_t depth) {
    if (++parts_ > most_parts || depth > deepest_part) result_.within_limits = false;
    if (!result_.within_limits || !result_.stored) return {};
    if (GMIME_IS_MULTIPART(object)) return gather_multipart(GMIME_MULTIPART(object), depth);
    if (GMIME_IS_MESSAGE_PART(object)) return attach_mail(GMIME_MESSAGE_PART(object)), Pieces{};
    if (GMIME_IS_PART(object)) return gather_leaf(GMIME_PART(object));
    return {};
  }

  Pieces gather_multipart(GMimeMultipart* multipart, std::size_t depth) {
    const int count = g_mime_multipart_get_count(multipart);
    const bool alternative = g_mime_content_type_is_type(g_mime_object_get_content_type(GMIME_OBJECT(multipart)),
                                                         "multipart", "alternative");
    Pieces all;
    if (count == 0) {  // its boundary never came: all is before the first part
      const std::string_view text = view_of(g_mime_multipart_get_prologue(multipart));
      all.push_back({clean_text(to_utf8(text, "utf-8")), {}});
    }
    for (int i = 0; i < count; ++i) {
      Pieces pieces = gather(g_mime_multipart_get_part(multipart, i), depth + 1);
      all.insert(all.end(), std::make_move_iterator(pieces.begin()), std::make_move_iterator(pieces.end()));
    }
    if (!alternative || all.size() < 2) return all;
    Piece best;  // the plain forms together are one form, the last HTML is the richest of the other
    for (Piece& piece : all) {
      if (is_blank(best.plain)) best.plain = std::move(piece.plain);
      if (!is_blank(piece.html)) best.html = std::move(piece.html);
    }
    Pieces one;
    one.push_back(std::move(best));
    return one;
  }

  Pieces gather_leaf(GMimePart* part) {
    GMimeObject* object = GMIME_OBJECT(part);
    const std::string type = media_type_of(object);
    const char* file_name = g_mime_part_get_filename(part);
    const bool attached = lower_case(view_of(g_mime_object_get_disposition(object))) == "attachment" || file_name;
    if (attached || (type != "text/plain" && type != "text/html")) {
      attach_part(part, type, view_of(file_name));
      return {};
    }
    const Owned<GMimeStream> content = decoded(part);
    std::string text = clean_text(to_utf8(bytes_of(content.get()), parameter_of(object, "charset")));
    Pieces pieces(1);
    if (type == "text/html")
      pieces[0].html = std::move(text);
    else if (lower_case(parameter_of(object, "format")) == "flowed")
      pieces[0].plain = unflow(text, lower_case(parameter_of(object, "delsp")) == "yes");
    else
      pieces[0].plain = std::move(text);
    return pieces;
  }

  static Owned<GMimeStream> decoded(GMimePart* part) {
    Owned<GMimeStream> memory(g_mime_stream_mem_new());
    if (GMimeDataWrapper* content = g_mime_part_get_content(part))
      g_mime_data_wrapper_write_to_stream(content, memory.get());
    return memory;
  }

  void attach_part(GMimePart* part, const std::string& type, std::string_view file_name) {
    const Owned<GMimeStream> content = decoded(part);
    Attachment attachment;
    attachment.media_type = type;
    attachment.name = clean_file_name(file_name);
    attachment.disposition =
        lower_case(view_of(g_mime_object_get_disposition(GMIME_OBJECT(part)))) == "inline" ? "inline" : "attachment";
    attachment.content_id = clean_line(view_of(g_mime_object_get_content_id(GMIME_OBJECT(part))), 256);
    attach(std::move(attachment), bytes_of(content.get()));
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
    if (attachment.name.empty()) attachment.name = "attachment-" + std::to_string(result_.attachments.size() + 1);
    attachment.size = bytes.size();
    attachment.blob = put_(bytes);
    result_.stored = result_.stored && !attachment.blob.empty();
    result_.attachments.push_back(std::move(attachment));
  }

  void finish(Pieces pieces) {
    for (Piece& piece : pieces) {
      const std::string text = is_blank(piece.plain) ? html_to_text(piece.html) : std::move(piece.plain);
      if (is_blank(text)) continue;
      if (!result_.text.empty()) result_.text += result_.text.back() == '\n' ? "\n" : "\n\n";
      result_.text += text;
    }
    while (!result_.text.empty() && (result_.text.back() == '\n' || result_.text.back() == ' '))
      result_.text.pop_back();
    if (result_.text.size() <= longest_text) return;
    Attachment whole{.media_type = "text/plain", .name = "message.txt", .disposition = "attachment"};
    attach(std::move(whole), result_.text);
    result_.text.resize(cut_utf8(result_.text, longest_text).size());
  }

  const PutBlob& put_;
  MailParts result_;
  std::size_t parts_ = 0;
};

}  // namespace

MailParts read_parts(GMimeMessage* mail, const PutBlob& put) { return PartReader(put).read(mail); }

}  // namespace jackfield::email
