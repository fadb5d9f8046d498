#include "mime_reader.hpp"

#include <algorithm>
#include <boost/json.hpp>

#include "charset.hpp"
#include "gmime_memory.hpp"
#include "mail_headers.hpp"
#include "mime_limits.hpp"

namespace jackfield::email {
namespace {

namespace json = boost::json;

struct Read {
  std::optional<json::object> event;
  std::string reason;  // why there is none
  bool stored = true;
};

json::object address_json(const Mailbox& mailbox) {
  json::object out{{"address", "mailto:" + lower_case(mailbox.address)}};
  if (!mailbox.name.empty()) out["name"] = mailbox.name;
  return out;
}

json::array addresses_json(const std::vector<Mailbox>& mailboxes) {
  json::array out;
  for (const Mailbox& mailbox : mailboxes) out.push_back(address_json(mailbox));
  return out;
}

json::object envelope_json(const Envelope& envelope) {
  json::array to;
  for (const std::string& address : envelope.to) to.emplace_back(clean_line(address, 512));
  return {{"from", clean_line(envelope.from, 512)}, {"to", std::move(to)}};
}

// What it answers first, then the rest of its thread from the nearest to the farthest.
json::array threads_json(const MailHeaders& headers) {
  std::vector<std::string> ids = headers.in_reply_to;
  ids.insert(ids.end(), headers.references.rbegin(), headers.references.rend());
  json::array out;
  for (auto id = ids.begin(); id != ids.end(); ++id)
    if (std::find(ids.begin(), id, *id) == id) out.emplace_back(*id);
  return out;
}

json::array parts_json(const MailParts& parts) {
  json::array out;
  if (!parts.text.empty() || parts.attachments.empty())
    out.push_back(json::object{{"type", "text"}, {"text", parts.text}});
  for (const Attachment& file : parts.attachments)
    out.push_back(json::object{{"type", "media"},
                               {"media_type", file.media_type},
                               {"name", file.name},
                               {"size", file.size},
                               {"blob", file.blob},
                               {"state", "ready"},
                               {"disposition", file.disposition},
                               {"content_id", file.content_id.empty() ? json::value() : json::value(file.content_id)}});
  return out;
}

json::object extra_json(const MailHeaders& headers, const Envelope& envelope) {
  json::object extra{{"envelope", envelope_json(envelope)}};
  if (headers.reply_to && headers.from && lower_case(headers.reply_to->address) != lower_case(headers.from->address))
    extra["reply_to"] = address_json(*headers.reply_to);
  if (headers.sender && headers.from && lower_case(headers.sender->address) != lower_case(headers.from->address))
    extra["sender"] = address_json(*headers.sender);
  if (headers.message_id.empty()) extra["message_id_missing"] = true;
  return extra;
}

// Who wrote it: From, else Sender, else who handed it over.
std::optional<Mailbox> author_of(const MailHeaders& headers, const Envelope& envelope) {
  if (headers.from) return headers.from;
  if (headers.sender) return headers.sender;
  if (is_mail_address(envelope.from) && is_utf8(envelope.from)) return Mailbox{"", envelope.from};
  return std::nullopt;
}

json::object event_json(std::string_view mail, const MailHeaders& headers, const MailParts& parts,
                        const Envelope& envelope, const Mailbox& author) {
  const std::string hash = content_hash(mail);
  const std::string id = headers.message_id.empty() ? hash + "@message-id.missing" : headers.message_id;
  json::object from = address_json(author);
  from["evidence"] = "asserted";
  json::object event{{"type", "message"},
                     {"id", id},
                     {"dedupe", id + "/" + hash},
                     {"from", std::move(from)},
                     {"to", addresses_json(headers.to)},
                     {"cc", addresses_json(headers.cc)},
                     {"visibility", "private"},
                     {"threads", threads_json(headers)},
                     {"parts", parts_json(parts)},
                     {"extra", extra_json(headers, envelope)}};
  if (headers.sent_at_ms) event["sent_at"] = rfc3339(*headers.sent_at_ms);
  if (!headers.subject.empty()) event["subject"] = headers.subject;
  if (!headers.in_reply_to.empty()) event["quoted"] = json::object{{"provider_id", headers.in_reply_to.front()}};
  return event;
}

Owned<GMimeMessage> parse(std::string_view mail) {
  start_gmime();
  static const char* fallback[] = {"utf-8", "windows-1252", nullptr};
  const std::unique_ptr<GMimeParserOptions, FreeOptions> options(g_mime_parser_options_new());
  g_mime_parser_options_set_fallback_charsets(options.get(), fallback);
  const Owned<GMimeStream> stream(g_mime_stream_mem_new_with_buffer(mail.data(), mail.size()));
  const Owned<GMimeParser> parser(g_mime_parser_new_with_stream(stream.get()));
  return Owned<GMimeMessage>(g_mime_parser_construct_message(parser.get(), options.get()));
}

// A header value ends at a zero byte for GMime.
std::string without_zeros(std::string_view mail, std::size_t header) {
  std::string copy(mail);
  std::replace(copy.begin(), copy.begin() + static_cast<std::ptrdiff_t>(header), '\0', ' ');
  return copy;
}

Read read(std::string_view mail, const Envelope& envelope, std::int64_t now_ms, const PutBlob& put) {
  if (auto reason = breaks_limits(mail)) return {.reason = std::move(*reason)};
  const std::string_view header = mail.substr(0, body_offset(mail));
  const Owned<GMimeMessage> parsed =
      header.find('\0') == std::string_view::npos ? parse(mail) : parse(without_zeros(mail, header.size()));
  if (!parsed) return {.reason = "it has no header"};
  const MailHeaders headers = read_headers(parsed.get(), now_ms);
  const auto author = author_of(headers, envelope);
  if (!author) return {.reason = "it names no sender"};
  const MailParts parts = read_parts(parsed.get(), put);
  if (!parts.within_limits) return {.reason = "its parts are nested too deep, or there are too many"};
  if (!parts.stored) return {.stored = false};
  return {.event = event_json(mail, headers, parts, envelope, *author)};
}

std::string base64(std::string_view bytes) {
  char* text = g_base64_encode(reinterpret_cast<const guchar*>(bytes.data()), bytes.size());
  std::string encoded(text);
  g_free(text);
  return encoded;
}

std::string from_base64(const std::string& text) {
  gsize length = 0;
  guchar* bytes = g_base64_decode(text.c_str(), &length);
  std::string decoded(reinterpret_cast<const char*>(bytes), length);
  g_free(bytes);
  return decoded;
}

}  // namespace

std::optional<std::string> read_mail(std::string_view mail, const Envelope& envelope, std::int64_t now_ms,
                                     const PutBlob& put) {
  Read result = read(mail, envelope, now_ms, put);
  if (result.event) return json::serialize(*result.event);
  if (!result.stored) return std::nullopt;
  return undecodable_event(mail, envelope, result.reason);
}

std::string undecodable_event(std::string_view mail, const Envelope& envelope, std::string_view reason) {
  json::object raw{{"envelope", envelope_json(envelope)}};
  if (is_utf8(mail))
    raw["mail"] = mail;
  else
    raw["mail_base64"] = base64(mail);
  const json::object event{{"type", "undecodable"}, {"id", nullptr}, {"reason", reason}, {"raw", json::serialize(raw)}};
  return json::serialize(event);
}

std::optional<std::string> read_raw(std::string_view raw, std::int64_t now_ms, const PutBlob& put) {
  boost::system::error_code error;
  const json::value value = json::parse(raw, error);
  const json::object* kept = error ? nullptr : value.if_object();
  if (!kept) return std::nullopt;
  std::string mail;
  if (const auto* text = kept->if_contains("mail"); text && text->is_string())
    mail = text->get_string();
  else if (const auto* coded = kept->if_contains("mail_base64"); coded && coded->is_string())
    mail = from_base64(std::string(coded->get_string()));
  Envelope envelope;
  if (const auto* from = kept->if_contains("envelope"); from && from->is_object()) {
    if (const auto* sender = from->get_object().if_contains("from"); sender && sender->is_string())
      envelope.from = sender->get_string();
    if (const auto* to = from->get_object().if_contains("to"); to && to->is_array())
      for (const json::value& address : to->get_array())
        if (address.is_string()) envelope.to.emplace_back(address.get_string());
  }
  Read result = read(mail, envelope, now_ms, put);
  if (!result.event) return std::nullopt;
  return json::serialize(json::array{std::move(*result.event)});
}

}  // namespace jackfield::email
