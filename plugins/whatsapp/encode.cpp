#include "encode.hpp"

#include <jackfield/jackfield.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <utility>

#include "interactive.hpp"
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

class Encoder {
 public:
  Encoder(const json::object& message, const EncodeOptions& options, std::vector<std::string>& notes)
      : message_(message), options_(options), notes_(notes), head_(head()) {}
  std::vector<Request> requests();

 private:
  std::string head() const;
  std::string recipient() const;
  std::string begin(std::string_view type);
  void text(std::string_view text);
  void media(const json::object& part, std::string_view caption);
  void template_(const json::object& source);
  void location(const json::object& part);
  void reaction(const json::object& part);
  void choices(const json::object& part);
  void object(std::string_view type, const json::value& content);
  void part(const json::object& part);
  bool text_as_caption(const json::array& parts);

  const json::object& message_;
  const EncodeOptions& options_;
  std::vector<std::string>& notes_;
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
  std::string out = R"(,"recipient_type":"individual")";
  if (scheme == "whatsapp" && address.starts_with("group:")) {
    out = R"(,"recipient_type":"group")";
    append_field(out, "to", address.substr(6));
    return out;
  }
  append_field(out, phone ? "to" : "recipient", address);
  return out;
}

std::string Encoder::head() const {
  std::string out = R"({"messaging_product":"whatsapp")" + recipient();
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
  auto body =
      begin("text") + (options_.preview_urls ? R"(,"text":{"preview_url":true)" : R"(,"text":{"preview_url":false)");
  append_field(body, "body", text);
  requests_.push_back({std::nullopt, body + "}}", {}});
}

void Encoder::media(const json::object& part, std::string_view caption) {
  const auto blob = text_at(part, "blob"), type = text_at(part, "media_type"), name = text_at(part, "name");
  const auto url = text_at(part, "url");
  const bool linked = !url.empty() && (options_.link_media || blob.empty());
  if (blob.empty() && !linked) throw Refused{JF_ERROR_CONTENT, "the file is not there"};
  const auto* size = part.if_contains("size");
  const auto bytes = size && size->is_int64() ? size->get_int64() : 0;
  const auto kind = outbound_kind(type, bytes);
  if (bytes > most_bytes(kind, type)) throw Refused{JF_ERROR_CONTENT, "the file is larger than 100 MB"};
  if (characters(caption) > kMostCaption) throw Refused{JF_ERROR_CONTENT, "the caption is longer than 1024 characters"};
  if (kind == "document" && kind_of(type) != "document")
    notes_.push_back("a file of type " + std::string(type) + " goes as a document: it is too large for its kind");
  Request request{std::nullopt, begin(kind), "\""};
  request.body += ",\"" + std::string(kind) + "\":{";
  if (linked) {
    request.body += "\"link\":";
    append_quoted(request.body, url);
    request.rest.clear();
  } else {
    request.upload = Upload{std::string(blob), std::string(name.empty() ? "file" : name), std::string(type)};
    request.body += R"("id":")";
  }
  if (takes_caption(kind)) append_field_if(request.rest, "caption", caption);
  if (kind == "document") append_field_if(request.rest, "filename", name);
  request.rest += "}}";
  if (linked) request.body += std::exchange(request.rest, {});
  requests_.push_back(std::move(request));
  if (takes_caption(kind) || caption.empty()) return;
  notes_.push_back("a file of kind " + std::string(kind) + " takes no caption: it follows as a text");
  text(caption);
}

// Meta refuses them inside a variable, with an error that names none.
bool breaks_a_variable(std::string_view text) {
  return text.find_first_of("\n\r\t") != std::string_view::npos || text.find("    ") != std::string_view::npos;
}

json::value parameter(std::string_view name, const json::value& value) {
  if (!value.is_string()) return value;
  if (breaks_a_variable(value.get_string()))
    throw Refused{JF_ERROR_CONTENT, "a template's variable may hold no line break, no tab and no four spaces in a row"};
  json::object out{{"type", "text"}, {"text", value}};
  if (!name.empty()) out["parameter_name"] = name;
  return out;
}

// Positional ones as a list, named ones as an object.
json::array body_parameters(const json::value& plain) {
  json::array out;
  if (const auto* list = plain.if_array())
    for (const auto& each : *list) out.push_back(parameter({}, each));
  if (const auto* named = plain.if_object())
    for (const auto& member : *named) out.push_back(parameter(member.key(), member.value()));
  return out;
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
  } else if (const auto* plain = source.if_contains("parameters")) {
    if (auto parameters = body_parameters(*plain); !parameters.empty())
      out["components"] = json::array{json::object{{"type", "body"}, {"parameters", std::move(parameters)}}};
  }
  object("template", out);
}

void Encoder::object(std::string_view type, const json::value& content) {
  requests_.push_back(
      {std::nullopt, begin(type) + ",\"" + std::string(type) + "\":" + json::serialize(content) + '}', {}});
}

void Encoder::location(const json::object& part) {
  json::object out;
  for (const auto* key : {"latitude", "longitude", "name", "address"})
    if (const auto* value = part.if_contains(key); value && !value->is_null()) out[key] = *value;
  object("location", out);
}

json::object card_of(const json::object& part) {
  const auto name = text_at(part, "name");
  if (name.empty()) throw Refused{JF_ERROR_CONTENT, "a contact card needs a name"};
  json::object card{{"name", {{"formatted_name", name}, {"first_name", name}}}};
  const auto add = [&](std::string_view list, std::string_view item) {
    const auto* from = array_at(part, list);
    if (!from || from->empty()) return;
    json::array out;
    for (const auto& each : *from) out.push_back(each.is_string() ? json::value(json::object{{item, each}}) : each);
    card[list] = std::move(out);
  };
  add("phones", "phone");
  add("emails", "email");
  add("urls", "url");
  if (const auto company = text_at(part, "organization"); !company.empty()) card["org"] = {{"company", company}};
  return card;
}

void Encoder::reaction(const json::object& part) {
  const auto* reply_to = object_at(message_, "reply_to");
  auto target = text_at(part, "provider_id");
  if (target.empty() && reply_to) target = text_at(*reply_to, "provider_id");
  if (target.empty()) throw Refused{JF_ERROR_CONTENT, "a reaction needs a message that it is about"};
  // A reaction quotes nothing: it names its message itself.
  std::string body = head_;
  append_field(body, "type", "reaction");
  body += R"(,"reaction":{"message_id":)";
  append_quoted(body, target);
  append_field(body, "emoji", text_at(part, "emoji"));  // empty takes it back
  requests_.push_back({std::nullopt, body + "}}", {}});
}

void Encoder::choices(const json::object& part) {
  std::string why;
  const auto interactive = interactive_of(part, why);
  if (!interactive.empty()) return object("interactive", interactive);
  const auto* options = array_at(part, "options");
  if (!options || options->empty()) throw Refused{JF_ERROR_CONTENT, why.empty() ? "choices need options" : why};
  notes_.push_back("the choices go as a numbered list: " + why);
  text(numbered_list(part));
}

void Encoder::part(const json::object& part) {
  const auto type = text_at(part, "type");
  if (type == "text") return text(text_at(part, "text"));
  if (type == "media") return media(part, text_at(part, "caption"));
  if (type == "template") return template_(part);
  if (type == "location") return location(part);
  if (type == "contact") return object("contacts", json::array{card_of(part)});
  if (type == "choices") return choices(part);
  if (type == "reaction") return reaction(part);
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

Encoded encode(std::string_view message, const EncodeOptions& options) {
  Encoded encoded;
  boost::system::error_code error;
  const auto value = json::parse(message, error);
  if (error || !value.is_object()) return {{}, JF_ERROR_INTERNAL, "the message is no JSON object", {}};
  try {
    encoded.requests = Encoder(value.get_object(), options, encoded.notes).requests();
  } catch (const Refused& refused) {
    encoded = {{}, refused.error_class, refused.detail, {}};
  }
  return encoded;
}

std::string encode_sign(std::string_view signal) {
  boost::system::error_code error;
  const auto value = json::parse(signal, error);
  const auto* sign = error ? nullptr : value.if_object();
  const auto message = sign ? text_at(*sign, "message") : std::string_view();
  if (message.empty()) return {};
  std::string out = R"({"messaging_product":"whatsapp","status":"read")";
  append_field(out, "message_id", message);
  if (text_at(*sign, "what") == "typing") out += R"(,"typing_indicator":{"type":"text"})";
  return out + '}';
}

}  // namespace jackfield::whatsapp
