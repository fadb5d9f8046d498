// What was written: one writer a message type (channels' reference: Cloud API webhooks, message objects).
#include <array>
#include <boost/json/serialize.hpp>
#include <charconv>

#include "decode_item.hpp"
#include "json_read.hpp"
#include "json_write.hpp"

namespace jackfield::whatsapp {
namespace {

namespace json = boost::json;

// Writes the parts for the object that a message of this type holds under the type's name.
using WriteParts = bool (*)(std::string& out, const json::value& content, std::string_view type, std::string& reason);

bool fail(std::string& reason, std::string_view type, std::string_view why) {
  reason = std::string(type) + std::string(why);
  return false;
}

void begin_part(std::string& out, std::string_view type) {
  out += "{\"type\":\"";
  out += type;
  out += '"';
}

bool write_text(std::string& out, const json::value& content, std::string_view type, std::string& reason) {
  const auto* text = content.if_object();
  const auto* body = text ? text->if_contains("body") : nullptr;
  if (!body || !body->is_string()) return fail(reason, type, ".body is missing");
  begin_part(out, "text");
  append_field(out, "text", text_of(*body));
  out += '}';
  return true;
}

void append_source(std::string& out, std::string_view id, std::string_view url, std::string_view digest) {
  out += R"(,"source":{"id":)";
  id.empty() ? void(out += "null") : append_quoted(out, id);
  out += ",\"url\":";
  url.empty() ? void(out += "null") : append_quoted(out, url);
  append_field_if(out, "sha256", digest);
  out += '}';
}

bool write_media(std::string& out, const json::value& content, std::string_view type, std::string& reason) {
  const auto* media = content.if_object();
  if (!media) return fail(reason, type, " is missing");
  const auto id = text_at(*media, "id"), url = text_at(*media, "url"), mime = text_at(*media, "mime_type");
  if (id.empty() && url.empty()) return fail(reason, type, ".id is missing");
  begin_part(out, "media");
  append_field(out, "kind", type);
  append_field(out, "media_type", mime.empty() ? "application/octet-stream" : mime);
  append_field_if(out, "name", text_at(*media, "filename"));
  append_field_if(out, "caption", text_at(*media, "caption"));
  if (true_at(*media, "voice")) out += R"(,"voice":true)";
  out += R"(,"state":"pending")";
  append_source(out, id, url, text_at(*media, "sha256"));
  out += '}';
  return true;
}

// Numbers, or as some gateways write them, strings.
bool coordinate(const json::object& location, std::string_view key, double limit, double& out) {
  const auto* value = location.if_contains(key);
  if (!value) return false;
  if (value->is_number()) {
    out = value->to_number<double>();
  } else {
    const auto text = text_of(*value);
    const auto end = std::from_chars(text.data(), text.data() + text.size(), out);
    if (end.ec != std::errc() || end.ptr != text.data() + text.size()) return false;
  }
  return out >= -limit && out <= limit;
}

bool write_location(std::string& out, const json::value& content, std::string_view type, std::string& reason) {
  const auto* location = content.if_object();
  double latitude = 0, longitude = 0;
  if (!location || !coordinate(*location, "latitude", 90, latitude) ||
      !coordinate(*location, "longitude", 180, longitude))
    return fail(reason, type, " has no latitude and longitude");
  begin_part(out, "location");
  out += ",\"latitude\":";
  append_number(out, latitude);
  out += ",\"longitude\":";
  append_number(out, longitude);
  for (const auto key : {"name", "address", "url"}) append_field_if(out, key, text_at(*location, key));
  out += '}';
  return true;
}

// ,"phones":["…"] from [{"phone": "…"}]
void append_texts(std::string& out, const json::object& card, std::string_view list, std::string_view item) {
  out += ",\"";
  out += list;
  out += "\":[";
  const auto* entries = array_at(card, list);
  bool first = true;
  for (std::size_t i = 0; entries && i < entries->size(); ++i) {
    const auto* entry = (*entries)[i].if_object();
    const auto text = entry ? text_at(*entry, item) : std::string_view();
    if (text.empty()) continue;
    if (!first) out += ',';
    append_quoted(out, text);
    first = false;
  }
  out += ']';
}

void write_card(std::string& out, const json::object& card) {
  const auto* name = object_at(card, "name");
  const auto* company = object_at(card, "org");
  begin_part(out, "contact");
  append_field(out, "name", name ? text_at(*name, "formatted_name") : std::string_view());
  append_texts(out, card, "phones", "phone");
  append_texts(out, card, "emails", "email");
  if (company) append_field_if(out, "organization", text_at(*company, "company"));
  append_field_if(out, "vcard", text_at(card, "vcard"));
  out += '}';
}

bool write_contacts(std::string& out, const json::value& content, std::string_view type, std::string& reason) {
  const auto* cards = content.if_array();
  if (!cards || cards->empty()) return fail(reason, type, " is no list of cards");
  for (std::size_t i = 0; i < cards->size(); ++i) {
    const auto* card = (*cards)[i].if_object();
    if (!card) return fail(reason, type, " holds what is no card");
    if (i > 0) out += ',';
    write_card(out, *card);
  }
  return true;
}

void write_choice(std::string& out, std::string_view id, std::string_view title, std::string_view payload) {
  begin_part(out, "choice");
  append_field(out, "id", id);
  append_field(out, "title", title);
  append_field_if(out, "payload", payload);
  out += '}';
}

bool write_button(std::string& out, const json::value& content, std::string_view type, std::string& reason) {
  const auto* button = content.if_object();
  if (!button) return fail(reason, type, " is missing");
  const auto payload = text_at(*button, "payload"), title = text_at(*button, "text");
  if (payload.empty() && title.empty()) return fail(reason, type, " has neither text nor payload");
  write_choice(out, payload.empty() ? title : payload, title, payload);
  return true;
}

bool write_interactive(std::string& out, const json::value& content, std::string_view type, std::string& reason) {
  const auto* interactive = content.if_object();
  const auto what = interactive ? text_at(*interactive, "type") : std::string_view();
  const auto* reply = what.empty() ? nullptr : object_at(*interactive, what);
  if (!reply) return fail(reason, type, " has no reply of its type");
  if (what == "button_reply" || what == "list_reply")
    write_choice(out, text_at(*reply, "id"), text_at(*reply, "title"), {});
  else if (what == "nfm_reply")
    write_choice(out, text_at(*reply, "name"), text_at(*reply, "body"), text_at(*reply, "response_json"));
  else
    write_choice(out, what, text_at(*reply, "response"), json::serialize(*reply));
  return true;
}

bool write_system(std::string& out, const json::value& content, std::string_view type, std::string&) {
  const auto* system = content.if_object();
  const auto what = system ? text_at(*system, "type") : std::string_view();
  begin_part(out, "system");
  append_field(out, "what", what.empty() ? type : what);
  append_field(out, "text", system ? text_at(*system, "body") : std::string_view());
  out += '}';
  return true;
}

void write_unsupported(std::string& out, std::string_view what) {
  begin_part(out, "unsupported");
  append_field(out, "what", what);
  out += '}';
}

// What the customer's app could send but the API does not carry; the object may be missing.
bool write_not_carried(std::string& out, const json::value& content, std::string_view type, std::string&) {
  const auto* object = content.if_object();
  const auto what = object ? text_at(*object, "type") : std::string_view();
  write_unsupported(out, what.empty() ? type : what);
  return true;
}

// A basket: what a person reads of it; the message as it came is in extra.raw.
bool write_order(std::string& out, const json::value& content, std::string_view type, std::string& reason) {
  const auto* order = content.if_object();
  const auto* items = order ? array_at(*order, "product_items") : nullptr;
  if (!items) return fail(reason, type, ".product_items is no list");
  std::string text(text_at(*order, "text"));
  for (const auto& each : *items) {
    const auto* item = each.if_object();
    if (!item) continue;
    const auto plain = [&](std::string_view key) {
      const auto* value = item->if_contains(key);
      return !value ? std::string() : value->is_string() ? std::string(value->get_string()) : json::serialize(*value);
    };
    if (!text.empty()) text += '\n';
    text += plain("quantity") + " x " + plain("product_retailer_id") + " (" + plain("item_price") + ' ' +
            plain("currency") + ')';
  }
  begin_part(out, "text");
  append_field(out, "text", text);
  out += '}';
  return true;
}

struct TypeWriter {
  std::string_view type;
  WriteParts write;
  bool whole;  // the parts hold all there is to say
};
constexpr std::array kWriters = {
    TypeWriter{"text", write_text, true},
    TypeWriter{"image", write_media, true},
    TypeWriter{"audio", write_media, true},
    TypeWriter{"video", write_media, true},
    TypeWriter{"document", write_media, true},
    TypeWriter{"sticker", write_media, true},
    TypeWriter{"location", write_location, true},
    TypeWriter{"contacts", write_contacts, true},
    TypeWriter{"button", write_button, true},
    TypeWriter{"interactive", write_interactive, true},
    TypeWriter{"order", write_order, false},
    TypeWriter{"system", write_system, false},
    TypeWriter{"request_welcome", write_system, true},
    TypeWriter{"unsupported", write_not_carried, false},
};

const TypeWriter* writer_of(std::string_view type) {
  for (const auto& each : kWriters)
    if (each.type == type) return &each;
  return nullptr;
}

}  // namespace

bool is_understood(std::string_view type) {
  const auto* writer = writer_of(type);
  return writer && writer->whole;
}

bool write_parts(std::string& out, const json::object& message, std::string_view type, std::string& reason) {
  static const json::value kNothing;
  const auto* writer = writer_of(type);
  const auto* content = message.if_contains(type);
  if (writer) return writer->write(out, content ? *content : kNothing, type, reason);
  write_unsupported(out, type.empty() ? "unknown" : type);
  return true;
}

std::string kind_name(const json::value& value) {
  switch (value.kind()) {
    case json::kind::null: return "null";
    case json::kind::bool_: return "a truth value";
    case json::kind::string: return "a string";
    case json::kind::array: return "an array";
    case json::kind::object: return "an object";
    default: return "a number";
  }
}

}  // namespace jackfield::whatsapp
