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
}

Owned<GMimeObject> text_part(const std::string& text) {
  GMimeTextPart* part = g_mime_text_part_new_with_subtype("plain");
  g_mime_text_part_set_charset(part, "utf-8");
  std::string clean = clean_text(text);
  if (!clean.ends_with('\n')) clean += '\n';
  const Owned<GMimeStream> stream(g_mime_stream_mem_new_with_buffer(clean.data(), clean.size()));
  const Owned<GMimeDataWrapper> content(
      g_mime_data_wrapper_new_with_stream(stream.get(), GMIME_CONTENT_ENCODING_DEFAULT));
  g_mime_part_set_content(GMIME_PART(part), content.get());
  g_mime_object_encode(GMIME_OBJECT(part), GMIME_ENCODING_CONSTRAINT_7BIT);
  return Owned<GMimeObject>(GMIME_OBJECT(part));
}

Owned<GMimeObject> file_part(const OutboundFile& file) {
  GMimeContentType* type = g_mime_content_type_parse(nullptr, clean_line(file.media_type, 128).c_str());
  GMimePart* part = g_mime_part_new();
  g_mime_object_set_content_type(GMIME_OBJECT(part), type);
  g_object_unref(type);
  const std::string name = clean_file_name(file.name);
  g_mime_object_set_disposition(GMIME_OBJECT(part), "attachment");
  g_mime_part_set_filename(part, name.empty() ? "attachment" : name.c_str());
  const Owned<GMimeStream> stream(g_mime_stream_mem_new_with_buffer(file.bytes.data(), file.bytes.size()));
  const Owned<GMimeDataWrapper> content(
      g_mime_data_wrapper_new_with_stream(stream.get(), GMIME_CONTENT_ENCODING_DEFAULT));
  g_mime_part_set_content(part, content.get());
  g_mime_part_set_content_encoding(part, GMIME_CONTENT_ENCODING_BASE64);
  return Owned<GMimeObject>(GMIME_OBJECT(part));
}

void set_body(GMimeMessage* message, const OutboundMail& mail) {
  const Owned<GMimeObject> text = text_part(mail.text);
  if (mail.files.empty()) return g_mime_message_set_mime_part(message, text.get());
  const Owned<GMimeMultipart> mixed(g_mime_multipart_new_with_subtype("mixed"));
  g_mime_multipart_add(mixed.get(), text.get());
  for (const OutboundFile& file : mail.files) g_mime_multipart_add(mixed.get(), file_part(file).get());
  g_mime_message_set_mime_part(message, GMIME_OBJECT(mixed.get()));
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

std::string make_message_id(std::string_view key, std::string_view channel, std::string_view from_address) {
  const std::string all = std::string(channel) + '\n' + std::string(from_address) + '\n' + std::string(key);
  char* digest = g_compute_checksum_for_string(G_CHECKSUM_SHA256, all.data(), static_cast<gssize>(all.size()));
  const std::string hash = std::string(digest).substr(0, 16);
  g_free(digest);
  std::string plain(key.substr(0, 128));
  std::erase_if(plain, [](char c) { return !g_ascii_isalnum(c) && c != '-' && c != '_'; });
  return (plain.empty() ? "message" : plain) + "." + hash + "@" + domain_of(from_address);
}

}  // namespace jackfield::email
