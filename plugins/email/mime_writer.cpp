#include "mime_writer.hpp"

#include <algorithm>

#include "charset.hpp"
#include "gmime_memory.hpp"

namespace jackfield::email {
namespace {

bool is_id(std::string_view id) {
  return !id.empty() && id.size() <= 900 && std::all_of(id.begin(), id.end(), [](char c) {
    return static_cast<unsigned char>(c) > 0x20 && static_cast<unsigned char>(c) < 0x7F && c != '<' && c != '>';
  });
}

void add_mailbox(GMimeMessage* message, GMimeAddressType type, const Mailbox& mailbox) {
  if (!is_mail_address(mailbox.address)) return;
  const std::string name = clean_line(mailbox.name, 256);
  g_mime_message_add_mailbox(message, type, name.empty() ? nullptr : name.c_str(), mailbox.address.c_str());
}

void set_ids(GMimeMessage* message, const char* header, const std::vector<std::string>& ids) {
  std::string value;
  for (const std::string& id : ids)
    if (is_id(id)) value += (value.empty() ? "<" : " <") + id + ">";
  if (!value.empty()) g_mime_object_set_header(GMIME_OBJECT(message), header, value.c_str(), nullptr);
}

// What answering machines look for (RFC 3834, Exchange, and procmail's habit), and what we look for ourselves.
void mark_automatic(GMimeMessage* message, const OutboundMail& mail) {
  const auto set = [&](const char* name, const char* value) {
    g_mime_object_set_header(GMIME_OBJECT(message), name, value, nullptr);
  };
  set("Auto-Submitted", mail.in_reply_to.empty() ? "auto-generated" : "auto-replied");
  set("X-Auto-Response-Suppress", "All");
  if (is_mail_address(mail.from.address)) set("X-Loop", mail.from.address.c_str());
}

void set_headers(GMimeMessage* message, const OutboundMail& mail) {
  add_mailbox(message, GMIME_ADDRESS_TYPE_FROM, mail.from);
  for (const Mailbox& mailbox : mail.to) add_mailbox(message, GMIME_ADDRESS_TYPE_TO, mailbox);
  g_mime_message_set_subject(message, clean_line(mail.subject, 900).c_str(), "utf-8");
  GDateTime* date = g_date_time_new_from_unix_utc(mail.date_ms / 1000);
  if (date) {
    g_mime_message_set_date(message, date);
    g_date_time_unref(date);
  }
  if (is_id(mail.message_id)) g_mime_message_set_message_id(message, mail.message_id.c_str());
  set_ids(message, "In-Reply-To", {mail.in_reply_to});
  set_ids(message, "References", mail.references);
  add_mailbox(message, GMIME_ADDRESS_TYPE_REPLY_TO, {mail.from.name, mail.reply_to});
  if (mail.automatic) mark_automatic(message, mail);
}

Owned<GMimeDataWrapper> content_of(const std::string& bytes) {
  const Owned<GMimeStream> stream(g_mime_stream_mem_new_with_buffer(bytes.data(), bytes.size()));
  return Owned<GMimeDataWrapper>(g_mime_data_wrapper_new_with_stream(stream.get(), GMIME_CONTENT_ENCODING_DEFAULT));
}

Owned<GMimeObject> text_part(const char* subtype, const std::string& text) {
  GMimeTextPart* part = g_mime_text_part_new_with_subtype(subtype);
  g_mime_text_part_set_charset(part, "utf-8");
  std::string clean = clean_text(text);
  if (!clean.ends_with('\n')) clean += '\n';
  g_mime_part_set_content(GMIME_PART(part), content_of(clean).get());
  g_mime_object_encode(GMIME_OBJECT(part), GMIME_ENCODING_CONSTRAINT_7BIT);
  return Owned<GMimeObject>(GMIME_OBJECT(part));
}

Owned<GMimeObject> file_part(const OutboundFile& file) {
  GMimeContentType* type = g_mime_content_type_parse(nullptr, clean_line(file.media_type, 128).c_str());
  GMimePart* part = g_mime_part_new();
  g_mime_object_set_content_type(GMIME_OBJECT(part), type);
  g_object_unref(type);
  const std::string name = clean_file_name(file.name);
  g_mime_object_set_disposition(GMIME_OBJECT(part), file.content_id.empty() ? "attachment" : "inline");
  if (is_id(file.content_id)) g_mime_object_set_content_id(GMIME_OBJECT(part), file.content_id.c_str());
  g_mime_part_set_filename(part, name.empty() ? "attachment" : name.c_str());
  g_mime_part_set_content(part, content_of(file.bytes).get());
  g_mime_part_set_content_encoding(part, GMIME_CONTENT_ENCODING_BASE64);
  return Owned<GMimeObject>(GMIME_OBJECT(part));
}

// The part and those of the files that are shown within it, or that are not.
Owned<GMimeObject> with_files(Owned<GMimeObject> part, const OutboundMail& mail, bool shown) {
  const auto fits = [&](const OutboundFile& file) { return file.content_id.empty() != shown; };
  if (std::none_of(mail.files.begin(), mail.files.end(), fits)) return part;
  GMimeMultipart* all = g_mime_multipart_new_with_subtype(shown ? "related" : "mixed");
  if (shown) g_mime_object_set_content_type_parameter(GMIME_OBJECT(all), "type", "text/html");
  g_mime_multipart_add(all, part.get());
  for (const OutboundFile& file : mail.files)
    if (fits(file)) g_mime_multipart_add(all, file_part(file).get());
  return Owned<GMimeObject>(GMIME_OBJECT(all));
}

// alternative(text, related(html, images)), and the attachments around it.
Owned<GMimeObject> body_of(const OutboundMail& mail) {
  Owned<GMimeObject> text = text_part("plain", mail.text);
  if (mail.html.empty()) return text;
  const std::string page =
      "<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"></head><body>\n" + mail.html + "</body></html>\n";
  GMimeMultipart* both = g_mime_multipart_new_with_subtype("alternative");
  g_mime_multipart_add(both, text.get());
  g_mime_multipart_add(both, with_files(text_part("html", page), mail, true).get());
  return Owned<GMimeObject>(GMIME_OBJECT(both));
}

void set_body(GMimeMessage* message, const OutboundMail& mail) {
  g_mime_message_set_mime_part(message, with_files(body_of(mail), mail, false).get());
}

}  // namespace

std::string write_mail(const OutboundMail& mail) {
  start_gmime();
  const Owned<GMimeMessage> message(g_mime_message_new(TRUE));
  set_headers(message.get(), mail);
  set_body(message.get(), mail);
  const std::unique_ptr<GMimeFormatOptions, FreeOptions> format(g_mime_format_options_new());
  g_mime_format_options_set_newline_format(format.get(), GMIME_NEWLINE_FORMAT_DOS);
  const Owned<GMimeStream> memory(g_mime_stream_mem_new());
  g_mime_object_write_to_stream(GMIME_OBJECT(message.get()), format.get(), memory.get());
  return std::string(bytes_of(memory.get()));
}

}  // namespace jackfield::email
