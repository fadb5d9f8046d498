#include "decode.hpp"

#include <array>
#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "decode_item.hpp"
#include "json_read.hpp"
#include "json_write.hpp"
#include "signature.hpp"

namespace jackfield::twitter {
namespace {

namespace json = boost::json;
constexpr std::string_view kBase64 = "base64:";  // before a raw that is no UTF-8 and so no JSON text

using WriteItem = Written (*)(Events&, const Envelope&, const json::object&, std::string&);

class Decoder {
 public:
  Decoder(std::size_t body_size, const Roots& roots) : events_(body_size), roots_(roots) {}

  void body(const json::value& body);
  void undecodable(std::string_view id, std::string_view account, std::string_view reason, std::string_view raw);
  void item(const Envelope& envelope, const json::value& item, WriteItem write, std::string_view key);
  Decoded finish() && { return std::move(events_).finish(); }

 private:
  void activity(const json::value& data, const json::object& root);
  void payload(const Envelope& envelope, const json::value& payload);
  void direct(const Envelope& envelope, const json::value& payload);
  void items(const Envelope& envelope, const json::value& payload, std::string_view key, WriteItem write);
  void deleted(const Envelope& envelope, std::string_view id, std::int64_t at_ms);
  void old_body(const json::object& root);
  void old_deletes(const Envelope& envelope, const json::object& root);
  void old_revoke(const json::object& root);
  // in_list: one of those under the key; else what stands there in place of a list.
  void bad_item(const Envelope& envelope, std::string_view key, const json::value& item, std::string_view reason,
                bool in_list = true);
  void ignored() { ++events_.decoded.ignored; }

  Events events_;
  const Roots& roots_;
};

void Decoder::body(const json::value& body) {
  const auto* root = body.if_object();
  if (!root) return undecodable({}, {}, "the body is " + kind_name(body), json::serialize(body));
  if (root->contains("for_user_id") || root->contains("user_event")) return old_body(*root);
  const auto* data = root->if_contains("data");
  if (!data) return ignored();  // as a ping, or an error that the stream reports
  if (const auto* list = data->if_array())
    for (const auto& each : *list) activity(each, *root);
  else
    activity(*data, *root);
}

// ---------------------------------------------------------------- X Activity API

void Decoder::activity(const json::value& data, const json::object& root) {
  const auto* event = data.if_object();
  const auto raw = [&] { return R"({"data":)" + json::serialize(data) + '}'; };
  if (!event) return undecodable({}, {}, "data is " + kind_name(data), raw());
  const auto* filter = object_at(*event, "filter");
  const auto* content = event->if_contains("payload");
  Envelope envelope;
  envelope.us = filter ? text_at(*filter, "user_id") : std::string_view();
  envelope.type = text_at(*event, "event_type");
  envelope.uuid = text_at(*event, "event_uuid");
  envelope.includes = object_at(*event, "includes");
  if (!envelope.includes) envelope.includes = object_at(root, "includes");
  if (envelope.type.empty()) return undecodable({}, envelope.us, "event_type is missing", raw());
  if (!content || !content->is_object()) return undecodable({}, envelope.us, "payload is no object", raw());
  if (!is_id(envelope.us) && envelope.type != "oauth.revoke")
    return undecodable({}, {}, "filter.user_id is missing or no number", raw());
  envelope.users = content->get_object().if_contains("users");
  payload(envelope, *content);
}

void Decoder::payload(const Envelope& envelope, const json::value& payload) {
  const auto type = envelope.type;
  const auto& object = payload.get_object();
  if (type == "dm.received" || type == "dm.sent") return direct(envelope, payload);
  if (type == "dm.read") return items(envelope, payload, "direct_message_mark_read_events", write_receipt);
  if (type == "dm.indicate_typing")
    return items(envelope, payload, "direct_message_indicate_typing_events", write_typing);
  if (type == "chat.received") return item(envelope, payload, write_encrypted, {});
  if (type == "post.delete")
    return deleted(envelope, text_at(object, "id"), parse_iso_time(text_at(object, "created_at")));
  if (type == "oauth.revoke") {
    const auto user = text_at(object, "user_id");
    events_.decoded.revoked.emplace_back(user.empty() ? envelope.us : user);
    return;
  }
  const bool post = type == "post.create" || type == "post.mention.create" || type == "post.reply.create" ||
                    type == "post.quote.create";
  post ? item(envelope, payload, write_post, {}) : ignored();
}

void Decoder::direct(const Envelope& envelope, const json::value& payload) {
  const auto& object = payload.get_object();
  if (object.contains("dm_conversation_id") && !object.contains("direct_message_events"))
    return item(envelope, payload, write_read_direct_message, {});
  items(envelope, payload, "direct_message_events", write_direct_message);
}

// Under their key, or where X sends one alone, the payload itself.
void Decoder::items(const Envelope& envelope, const json::value& payload, std::string_view key, WriteItem write) {
  const auto* list = payload.get_object().if_contains(key);
  if (!list) return item(envelope, payload, write, {});
  const auto* array = list->if_array();
  if (!array) return bad_item(envelope, key, *list, std::string(key) + " is " + kind_name(*list), false);
  for (const auto& each : *array) item(envelope, each, write, key);
}

void Decoder::item(const Envelope& envelope, const json::value& value, WriteItem write, std::string_view key) {
  std::string reason;
  const auto* object = value.if_object();
  if (!object) return bad_item(envelope, key, value, "it is " + kind_name(value));
  switch (write(events_, envelope, *object, reason)) {
    case Written::event: return;
    case Written::ignored: return ignored();
    case Written::bad: return bad_item(envelope, key, value, reason);
  }
}

void Decoder::deleted(const Envelope& envelope, std::string_view id, std::int64_t at_ms) {
  if (!is_id(id)) {
    return undecodable({}, envelope.us, "the deleted post's id is missing or no number",
                       R"({"data":{"filter":{"user_id":")" + std::string(envelope.us) +
                           R"("},"event_type":"post.delete","payload":{}}})");
  }
  const auto root = roots_.find(id);
  auto& out = events_.begin();
  out += R"({"type":"deleted")";
  append_field(out, "id", root == roots_.end() ? id : std::string_view(root->second));
  append_field(out, "account", envelope.us);
  append_field(out, "dedupe", "deleted " + std::string(id));
  append_time_field(out, "at", at_ms);
  out += '}';
  events_.end();
  events_.decoded.deleted.emplace_back(id);
}

// ---------------------------------------------------------------- Account Activity API

struct OldKind {
  std::string_view key, type;
  WriteItem write;
};
constexpr std::array kOldKinds = {
    OldKind{"direct_message_events", "dm.received", write_direct_message},
    OldKind{"direct_message_mark_read_events", "dm.read", write_receipt},
    OldKind{"direct_message_indicate_typing_events", "dm.indicate_typing", write_typing},
    OldKind{"tweet_create_events", "", write_old_post},
};

void Decoder::old_body(const json::object& root) {
  if (root.contains("user_event")) return old_revoke(root);
  Envelope envelope;
  envelope.us = text_at(root, "for_user_id");
  envelope.users = root.if_contains("users");
  if (!is_id(envelope.us)) return undecodable({}, {}, "for_user_id is no number", json::serialize(root));
  bool known = false;
  for (const auto& kind : kOldKinds) {
    const auto* list = root.if_contains(kind.key);
    if (!list) continue;
    known = true;
    const auto* array = list->if_array();
    if (!array) {
      bad_item(envelope, kind.key, *list, std::string(kind.key) + " is " + kind_name(*list), false);
      continue;
    }
    for (const auto& each : *array) item(envelope, each, kind.write, kind.key);
  }
  if (root.contains("tweet_delete_events")) return old_deletes(envelope, root);
  if (!known) ignored();
}

void Decoder::old_deletes(const Envelope& envelope, const json::object& root) {
  const auto* list = array_at(root, "tweet_delete_events");
  for (std::size_t i = 0; list && i < list->size(); ++i) {
    const auto* each = (*list)[i].if_object();
    const auto* status = each ? object_at(*each, "status") : nullptr;
    if (status)
      deleted(envelope, text_at(*status, "id"), number_at(*each, "timestamp_ms"));
    else
      bad_item(envelope, "tweet_delete_events", (*list)[i], "status is missing");
  }
}

void Decoder::old_revoke(const json::object& root) {
  const auto* event = object_at(root, "user_event");
  const auto* revoke = event ? object_at(*event, "revoke") : nullptr;
  const auto* source = revoke ? object_at(*revoke, "source") : nullptr;
  const auto user = source ? text_at(*source, "user_id") : std::string_view();
  user.empty() ? ignored() : void(events_.decoded.revoked.emplace_back(user));
}

// ---------------------------------------------------------------- what makes no sense

// The item goes into an envelope of its own, so that a replay finds what surrounds it and nobody else's items.
void Decoder::bad_item(const Envelope& envelope, std::string_view key, const json::value& item, std::string_view reason,
                       bool in_list) {
  std::string raw;
  const auto users = envelope.users ? json::serialize(*envelope.users) : std::string();
  const auto includes = envelope.includes ? json::serialize(*envelope.includes) : std::string();
  const auto list = [&] { return in_list ? '[' + json::serialize(item) + ']' : json::serialize(item); };
  if (envelope.type.empty()) {
    raw = R"({"for_user_id":")" + std::string(envelope.us) + "\",\"" + std::string(key) + "\":" + list();
    if (!users.empty()) raw += ",\"users\":" + users;
  } else {
    raw = R"({"data":{"filter":{"user_id":")" + std::string(envelope.us) + R"("},"event_type":)";
    append_quoted(raw, envelope.type);
    append_field_if(raw, "event_uuid", envelope.uuid);
    raw += ",\"payload\":";
    raw += key.empty() ? json::serialize(item)
                       : "{\"" + std::string(key) + "\":" + list() + (users.empty() ? "" : ",\"users\":" + users) + '}';
    if (!includes.empty()) raw += ",\"includes\":" + includes;
    raw += '}';
  }
  const auto* object = item.if_object();
  undecodable(object ? text_at(*object, "id") : std::string_view(), envelope.us, reason, raw + '}');
}

void Decoder::undecodable(std::string_view id, std::string_view account, std::string_view reason,
                          std::string_view raw) {
  auto& out = events_.begin();
  ++events_.decoded.undecodable;
  out += R"({"type":"undecodable","id":)";
  id.empty() ? void(out += "null") : append_quoted(out, id);
  out += R"(,"account":)";
  account.empty() ? void(out += "null") : append_quoted(out, account);
  append_field(out, "reason", reason);
  append_field(out, "raw", raw);
  out += '}';
  events_.end();
}

}  // namespace

Decoded decode(std::string_view body, const Roots& roots) {
  unsigned char first[16 * 1024];
  json::monotonic_resource memory(first, sizeof first);
  boost::system::error_code error;
  const json::value tree = parse_provider_json(body, error, &memory);
  Decoder decoder(body.size(), roots);
  if (!error)
    decoder.body(tree);
  else
    decoder.undecodable({}, {}, "the body is no JSON: " + error.message(),
                        is_utf8(body) ? std::string(body) : std::string(kBase64) + base64(body));
  return std::move(decoder).finish();
}

std::optional<std::string> replay(std::string_view raw) {
  if (raw.starts_with(kBase64)) return std::nullopt;  // no version will read what is no text
  auto decoded = decode(raw);
  if (decoded.undecodable > 0 || decoded.count == 0) return std::nullopt;
  return std::move(decoded.events);
}

Page decode_page(PageKind kind, std::string_view user_id, std::string_view body) {
  boost::system::error_code error;
  const auto tree = parse_provider_json(body, error);
  const auto* root = error ? nullptr : tree.if_object();
  static const Roots kNone;
  Decoder decoder(body.size(), kNone);
  Page page;
  const auto* items = root ? array_at(*root, "data") : nullptr;
  const auto* meta = root ? object_at(*root, "meta") : nullptr;
  if (meta) page.next_token = text_at(*meta, "next_token");
  Envelope envelope;
  envelope.us = user_id;
  envelope.type = kind == PageKind::mentions ? "post.mention.create" : "dm.received";
  envelope.includes = root ? object_at(*root, "includes") : nullptr;
  const auto write = kind == PageKind::mentions ? write_post : write_read_direct_message;
  for (std::size_t i = items ? items->size() : 0; i-- > 0;) {
    decoder.item(envelope, (*items)[i], write, {});
    const auto* item = (*items)[i].if_object();
    const auto at = item ? time_of_id(text_at(*item, "id")) : -1;
    if (at >= 0 && (page.oldest_ms == 0 || at < page.oldest_ms)) page.oldest_ms = at;
  }
  page.decoded = std::move(decoder).finish();
  return page;
}

}  // namespace jackfield::twitter
