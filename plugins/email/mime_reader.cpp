#include "mime_reader.hpp"

#include <algorithm>
#include <boost/json.hpp>

#include "charset.hpp"
#include "gmime_memory.hpp"
#include "mail_event.hpp"
#include "mail_headers.hpp"
#include "mail_report.hpp"
#include "mime_limits.hpp"

namespace jackfield::email {
namespace {

namespace json = boost::json;

struct Read {
  std::optional<json::value> event;  // or an array of events
  std::string reason;                // why there is none
  bool stored = true;
};

// A parsed mail, whose parts are views into its bytes: GMime is kept from copying and from freeing them.
class ParsedMail {
 public:
  explicit ParsedMail(std::string_view mail)
      : bytes_(g_byte_array_new_take(reinterpret_cast<guint8*>(const_cast<char*>(mail.data())), mail.size())) {
    start_gmime();
    const Owned<GMimeStream> stream(g_mime_stream_mem_new_with_byte_array(bytes_));
    g_mime_stream_mem_set_owner(GMIME_STREAM_MEM(stream.get()), FALSE);
    const Owned<GMimeParser> parser(g_mime_parser_new_with_stream(stream.get()));
    message_.reset(g_mime_parser_construct_message(parser.get(), options()));
  }
  ~ParsedMail() {
    message_.reset();
    g_byte_array_free(bytes_, FALSE);
  }
  ParsedMail(const ParsedMail&) = delete;
  ParsedMail& operator=(const ParsedMail&) = delete;
  GMimeMessage* get() const { return message_.get(); }

 private:
  static GMimeParserOptions* options() {
    static const char* fallback[] = {"utf-8", "windows-1252", nullptr};
    static GMimeParserOptions* const shared = [] {  // only read from then on
      GMimeParserOptions* made = g_mime_parser_options_new();
      g_mime_parser_options_set_fallback_charsets(made, fallback);
      return made;
    }();
    return shared;
  }
  GByteArray* bytes_;
  Owned<GMimeMessage> message_;
};

// A header value ends at a zero byte for GMime.
std::string without_zeros(std::string_view mail, std::size_t header) {
  std::string copy(mail);
  std::replace(copy.begin(), copy.begin() + static_cast<std::ptrdiff_t>(header), '\0', ' ');
  return copy;
}

Read read_report_mail(const MailReport& report, std::int64_t at_ms) {
  if (report.own_id.empty()) return {.reason = "it reports about no mail of this channel"};
  return {.event = report_events(report, at_ms)};
}

Read read(std::string_view mail, const Envelope& envelope, const ReadingRules& rules, std::int64_t now_ms,
          const PutBlob& put) {
  if (auto reason = breaks_limits(mail)) return {.reason = std::move(*reason)};
  const std::string_view header = mail.substr(0, body_offset(mail));
  const bool zeros = header.find('\0') != std::string_view::npos;
  const std::string copy = zeros ? without_zeros(mail, header.size()) : std::string();
  const ParsedMail parsed(zeros ? std::string_view(copy) : mail);
  if (!parsed.get()) return {.reason = "it has no header"};
  const MailHeaders headers = read_headers(parsed.get(), now_ms);
  const MailReport report = read_report(parsed.get(), headers, envelope, rules.own);
  if (report.kind != MailReport::Kind::none) return read_report_mail(report, headers.sent_at_ms.value_or(now_ms));
  if (!author_of(headers, envelope)) return {.reason = "it names no sender"};
  const MailParts parts = read_parts(parsed.get(), put);
  if (!parts.within_limits) return {.reason = "its parts are nested too deep, or there are too many"};
  if (!parts.stored) return {.stored = false};
  const bool judged = !rules.authserv_id.empty();
  MailFacts facts{.mail = mail, .headers = headers, .parts = parts, .envelope = envelope, .own = rules.own};
  facts.automatic = automatic_mail(parsed.get(), headers, envelope, rules.own);
  if (judged)
    facts.authentication = authentication_of(header_values(parsed.get(), "authentication-results"), rules.authserv_id,
                                             domain_of(author_of(headers, envelope)->address));
  return {.event = message_event(facts)};
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

std::optional<std::string> read_mail(std::string_view mail, const Envelope& envelope, const ReadingRules& rules,
                                     std::int64_t now_ms, const PutBlob& put) {
  Read result = read(mail, envelope, rules, now_ms, put);
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

std::optional<std::string> read_raw(std::string_view raw, const ReadingRules& rules, std::int64_t now_ms,
                                    const PutBlob& put) {
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
  Read result = read(mail, envelope, rules, now_ms, put);
  if (!result.event) return std::nullopt;
  return json::serialize(result.event->is_array() ? *result.event : json::value(json::array{std::move(*result.event)}));
}

}  // namespace jackfield::email
