#include "encode.hpp"

#include <jackfield/jackfield.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "json_read.hpp"
#include "json_write.hpp"
#include "media.hpp"

namespace jackfield::whatsapp {
namespace {

namespace json = boost::json;
constexpr std::size_t kMostText = 4096, kMostCaption = 1024, kMostCorrelation = 512;

struct Refused {
  std::uint32_t error_class;
  std::string detail;
};

std::size_t characters(std::string_view text) {
  std::size_t count = 0;
  for (const char c : text) count += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  return count;
}

class Encoder {
 public:
  explicit Encoder(const json::object& message) : message_(message), head_(head()) {}
  std::vector<Request> requests();

 private:
  std::string head() const;
  std::string recipient() const;
  std::string begin(std::string_view type);
  void text(std::string_view text);
  void media(const json::object& part, std::string_view caption);
  void template_(const json::object& source);
  void part(const json::object& part);
  bool text_as_caption(const json::array& parts);

  const json::object& message_;
  std::string head_;  // the fields that every request of this message has
  std::vector<Request> requests_;
};

// A phone is addressed by "to", somebody known by a business-scoped id ("FR.1234") by "recipient".
std::string Encoder::recipient() const {
  const auto* to = array_at(message_, "to");
  const auto* first = to && !to->empty() ? to->front().if_object() : nullptr;
  auto address = first ? text_at(*first, "address") : std::string_view();
  const auto colon = address.find(':');
  const auto scheme = address.substr(0, colon);
  if (colon == std::string_view::npos || (scheme != "whatsapp" && scheme != "tel"))
    throw Refused{JF_ERROR_RECIPIENT, "no WhatsApp address to send to"};
  address.remove_prefix(colon + 1);
  if (address.starts_with('+')) address.remove_prefix(1);
  if (address.empty()) throw Refused{JF_ERROR_RECIPIENT, "the address is empty"};
  const bool phone = address.find_first_not_of("0123456789") == std::string_view::npos;
  if (!phone && scheme == "tel") throw Refused{JF_ERROR_RECIPIENT, "the number is no international one"};
  std::string out;
  append_field(out, phone ? "to" : "recipient", address);
  return out;
}

std::string Encoder::head() const {
  std::string out = R"({"messaging_product":"whatsapp","recipient_type":"individual")" + recipient();
  append_field_if(out, "biz_opaque_callback_data", text_at(message_, "correlation").substr(0, kMostCorrelation));
  return out;
}

// Only the first request quotes: the others go on from it.
std::string Encoder::begin(std::string_view type) {
  std::string body = head_;
  const auto* reply_to = object_at(message_, "reply_to");
  // "quote": false only says what it answers; a customer is shown a quote where somebody chose one.
  const auto* quote = reply_to ? reply_to->if_contains("quote") : nullptr;
  const bool wanted = reply_to && !(quote && quote->is_bool() && !quote->get_bool());
  const auto quoted = wanted && requests_.empty() ? text_at(*reply_to, "provider_id") : std::string_view();
  if (!quoted.empty()) {
    body += R"(,"context":{"message_id":)";
    append_quoted(body, quoted);
    body += '}';
  }
  append_field(body, "type", type);
  return body;
}

void Encoder::text(std::string_view text) {
  if (text.empty()) throw Refused{JF_ERROR_CONTENT, "the text is empty"};
  if (characters(text) > kMostText) throw Refused{JF_ERROR_CONTENT, "the text is longer than 4096 characters"};
  auto body = begin("text") + R"(,"text":{"preview_url":false)";
  append_field(body, "body", text);
  requests_.push_back({std::nullopt, body + "}}", {}});
}

void Encoder::media(const json::object& part, std::string_view caption) {
  const auto blob = text_at(part, "blob"), type = text_at(part, "media_type"), name = text_at(part, "name");
  if (blob.empty()) throw Refused{JF_ERROR_CONTENT, "the file is not there"};
  const auto* size = part.if_contains("size");
  const auto bytes = size && size->is_int64() ? size->get_int64() : 0;
  const auto kind = outbound_kind(type, bytes);
  if (bytes > most_bytes(kind, type)) throw Refused{JF_ERROR_CONTENT, "the file is larger than 100 MB"};
  if (characters(caption) > kMostCaption) throw Refused{JF_ERROR_CONTENT, "the caption is longer than 1024 characters"};
  Request request{Upload{std::string(blob), std::string(name.empty() ? "file" : name), std::string(type)}, begin(kind),
                  "\""};
  request.body += ",\"" + std::string(kind) + R"(":{"id":")";
  if (takes_caption(kind)) append_field_if(request.rest, "caption", caption);
  if (kind == "document") append_field_if(request.rest, "filename", name);
  request.rest += "}}";
  requests_.push_back(std::move(request));
  if (!takes_caption(kind) && !caption.empty()) text(caption);
}

// {"en_US"} or Meta's own {"code": …}; components as Meta has them, or plain parameters of the body.
void Encoder::template_(const json::object& source) {
  const auto* language = source.if_contains("language");
  if (text_at(source, "name").empty() || !language)
    throw Refused{JF_ERROR_CONTENT, "a template needs name and language"};
  json::object out{{"name", source.at("name")}};
  out["language"] = language->is_string() ? json::value(json::object{{"code", *language}}) : *language;
  if (const auto* components = array_at(source, "components")) {
    out["components"] = *components;
  } else if (const auto* plain = array_at(source, "parameters"); plain && !plain->empty()) {
    json::array parameters;
    for (const auto& each : *plain)
      parameters.push_back(each.is_string() ? json::value(json::object{{"type", "text"}, {"text", each}}) : each);
    out["components"] = json::array{json::object{{"type", "body"}, {"parameters", std::move(parameters)}}};
  }
  requests_.push_back({std::nullopt, begin("template") + ",\"template\":" + json::serialize(out) + '}', {}});
}

void Encoder::part(const json::object& part) {
  const auto type = text_at(part, "type");
  if (type == "text") return text(text_at(part, "text"));
  if (type == "media") return media(part, text_at(part, "caption"));
  if (type == "template") return template_(part);
  throw Refused{JF_ERROR_CONTENT, "parts of type \"" + std::string(type) + "\" cannot be sent on this channel"};
}

bool Encoder::text_as_caption(const json::array& parts) {
  if (parts.size() != 2) return false;
  const auto *a = parts[0].if_object(), *b = parts[1].if_object();
  if (!a || !b) return false;
  if (text_at(*a, "type") == "media") std::swap(a, b);
  if (text_at(*a, "type") != "text" || text_at(*b, "type") != "media" || !text_at(*b, "caption").empty()) return false;
  const auto caption = text_at(*a, "text");
  if (characters(caption) > kMostCaption || !takes_caption(outbound_kind(text_at(*b, "media_type"), 0))) return false;
  media(*b, caption);
  return true;
}

std::vector<Request> Encoder::requests() {
  if (const auto* wanted = object_at(message_, "template")) {
    template_(*wanted);
    return std::move(requests_);
  }
  const auto* parts = array_at(message_, "parts");
  if (!parts || parts->empty()) {
    text(text_at(message_, "text"));
  } else if (!text_as_caption(*parts)) {
    for (const auto& each : *parts)
      if (const auto* object = each.if_object()) part(*object);
  }
  if (requests_.empty()) throw Refused{JF_ERROR_CONTENT, "the message is empty"};
  return std::move(requests_);
}

}  // namespace

std::string Request::body_with(std::string_view media_id) const {
  if (!upload) return body;
  std::string quoted;
  append_quoted(quoted, media_id);
  // The pieces carry the quotes.
  return body + quoted.substr(1, quoted.size() - 2) + rest;
}

Encoded encode(std::string_view message) {
  Encoded encoded;
  boost::system::error_code error;
  const auto value = json::parse(message, error);
  if (error || !value.is_object()) return {{}, JF_ERROR_INTERNAL, "the message is no JSON object"};
  try {
    encoded.requests = Encoder(value.get_object()).requests();
  } catch (const Refused& refused) {
    encoded = {{}, refused.error_class, refused.detail};
  }
  return encoded;
}

}  // namespace jackfield::whatsapp
