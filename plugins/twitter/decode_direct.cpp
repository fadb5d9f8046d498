// Direct messages, as both activity APIs push them and as GET /2/dm_events gives them; receipts, typing, encrypted
// chat.
#include <algorithm>

#include "decode_item.hpp"
#include "json_read.hpp"
#include "json_write.hpp"

namespace jackfield::twitter {
namespace {

namespace json = boost::json;
constexpr std::int64_t kLastMs = 253402300799999;  // the end of 9999

Written fail(std::string& reason, std::string_view why) {
  reason = why;
  return Written::bad;
}

struct Direct {
  std::string_view id, sender, recipient;
  std::int64_t at_ms = -1;
  std::string text;
  std::vector<MediaItem> media;
  std::string_view choice_id;    // answer to a quick reply
  std::string_view unsupported;  // an attachment that is no file
  std::string_view conversation;
};

void append_parts(std::string& out, const Direct& direct) {
  out += ",\"parts\":[";
  const auto opening = out.size();
  const auto next = [&] {
    if (out.size() > opening) out += ',';
  };
  if (!direct.choice_id.empty()) {
    out += R"({"type":"choice")";
    append_field(out, "id", direct.choice_id);
    append_field(out, "title", direct.text);
    out += '}';
  } else if (!direct.text.empty() || (direct.media.empty() && direct.unsupported.empty())) {
    out += R"({"type":"text")";
    append_field(out, "text", direct.text);
    out += '}';
  }
  for (const auto& each : direct.media) next(), append_media(out, each);
  if (!direct.unsupported.empty()) {
    next();
    out += R"({"type":"unsupported")";
    append_field(out, "what", direct.unsupported);
    out += '}';
  }
  out += ']';
}

Written write(Events& events, const Envelope& envelope, const Direct& direct) {
  const bool ours = direct.sender == envelope.us;
  const auto customer = ours ? direct.recipient : direct.sender;
  const auto* user = user_of(envelope, customer);
  auto& out = events.begin();
  out += R"({"type":"message")";
  append_field(out, "id", direct.id);
  append_field(out, "account", envelope.us);
  if (ours) out += R"(,"direction":"out")";
  out += ",\"from\":";
  ours ? append_address(out, direct.sender) : append_customer(out, direct.sender, user);
  out += ",\"to\":[";
  ours ? append_customer(out, direct.recipient, user) : append_address(out, envelope.us);
  out += ']';
  append_time_field(out, "sent_at", direct.at_ms);
  out += R"(,"visibility":"private")";
  append_parts(out, direct);
  if (const auto username = username_of(user); !username.empty()) {
    out += R"(,"extra":{"username":)";
    append_quoted(out, username);
    out += '}';
  }
  out += '}';
  if (ours)
    events.decoded.echoes.push_back(
        {std::string(direct.id), std::string(direct.recipient), direct.text, false, events.decoded.count});
  events.end();
  events.decoded.newest_ms = std::max(events.decoded.newest_ms, direct.at_ms);
  return Written::event;
}

// v1.1: an attachment is {"type": "media", "media": {…}} or something that is no file.
std::string_view read_attachment(const json::object& data, Direct& direct) {
  const auto* attachment = object_at(data, "attachment");
  if (!attachment) return {};
  const auto type = text_at(*attachment, "type");
  const auto* media = object_at(*attachment, "media");
  if (!media) {
    direct.unsupported = type.empty() ? "attachment" : type;
    return {};
  }
  auto id = text_at(*media, "id_str");
  if (id.empty()) id = text_at(*media, "media_key");
  direct.media.push_back(media_item(*media, id));
  const auto link = text_at(*media, "url");
  return link.starts_with("https://t.co/") ? link : std::string_view();
}

const json::object* target_of(const json::object& item) {
  const auto* create = object_at(item, "message_create");
  return object_at(create ? *create : item, "target");
}

// "111-222": who is not us. Groups have an id without a dash.
std::string_view other_of(std::string_view conversation, std::string_view us) {
  const auto dash = conversation.find('-');
  if (dash == std::string_view::npos) return {};
  const auto a = conversation.substr(0, dash), b = conversation.substr(dash + 1);
  return a == us ? b : b == us ? a : std::string_view();
}

void read_media_keys(const Envelope& envelope, const json::object& item, Direct& direct) {
  const auto* attachments = object_at(item, "attachments");
  const auto* keys = attachments ? array_at(*attachments, "media_keys") : nullptr;
  const auto* known = envelope.includes ? array_at(*envelope.includes, "media") : nullptr;
  for (std::size_t i = 0; keys && i < keys->size(); ++i) {
    const auto key = text_of((*keys)[i]);
    MediaItem found{{}, {}, {}, key};
    for (std::size_t k = 0; known && k < known->size(); ++k)
      if (const auto* media = (*known)[k].if_object(); media && text_at(*media, "media_key") == key)
        found = media_item(*media, key);
    direct.media.push_back(found);
  }
}

std::int64_t created_ms(const json::object& item) {
  for (const auto key : {"created_timestamp", "timestamp_ms", "created_at_msec"})
    if (const auto at = number_at(item, key); at >= 0) return at <= kLastMs ? at : -1;
  return parse_iso_time(text_at(item, "created_at"));
}

}  // namespace

Written write_direct_message(Events& out, const Envelope& envelope, const json::object& item, std::string& reason) {
  if (const auto type = text_at(item, "type"); type != "message_create")
    return type.empty() ? fail(reason, "type is missing") : Written::ignored;
  const auto* create = object_at(item, "message_create");
  const auto* data = create ? object_at(*create, "message_data") : nullptr;
  const auto* target = target_of(item);
  if (!data || !target) return fail(reason, "message_create has no message_data or target");
  Direct direct;
  direct.id = text_at(item, "id");
  direct.sender = text_at(*create, "sender_id");
  direct.recipient = text_at(*target, "recipient_id");
  direct.at_ms = created_ms(item);
  if (!is_id(direct.id) || !is_id(direct.sender)) return fail(reason, "id or sender_id is missing or no number");
  if (!is_id(direct.recipient)) return fail(reason, "target.recipient_id is missing or no number");
  PostText text;
  text.raw = text_at(*data, "text");
  if (const auto* entities = object_at(*data, "entities")) text.urls = array_at(*entities, "urls");
  text.own_link = read_attachment(*data, direct);
  direct.text = readable(text);
  if (const auto* answer = object_at(*data, "quick_reply_response")) direct.choice_id = text_at(*answer, "metadata");
  return write(out, envelope, direct);
}

Written write_read_direct_message(Events& out, const Envelope& envelope, const json::object& item,
                                  std::string& reason) {
  if (text_at(item, "event_type") != "MessageCreate") return Written::ignored;
  Direct direct;
  direct.id = text_at(item, "id");
  direct.sender = text_at(item, "sender_id");
  const auto other = other_of(text_at(item, "dm_conversation_id"), envelope.us);
  direct.recipient = direct.sender == envelope.us ? other : envelope.us;
  direct.at_ms = created_ms(item);
  if (!is_id(direct.id) || !is_id(direct.sender)) return fail(reason, "id or sender_id is missing or no number");
  if (!is_id(direct.recipient) || other.empty()) return Written::ignored;  // a group
  PostText text;
  text.raw = text_at(item, "text");
  if (const auto* entities = object_at(item, "entities")) text.urls = array_at(*entities, "urls");
  read_media_keys(envelope, item, direct);
  direct.text = readable(text);
  return write(out, envelope, direct);
}

Written write_typing(Events& events, const Envelope& envelope, const json::object& item, std::string& reason) {
  const auto sender = text_at(item, "sender_id");
  if (!is_id(sender)) return fail(reason, "sender_id is missing or no number");
  if (sender == envelope.us) return Written::ignored;
  auto& out = events.begin();
  out += R"({"type":"typing")";
  append_field(out, "account", envelope.us);
  out += ",\"from\":";
  append_address(out, sender);
  append_time_field(out, "at", created_ms(item));
  out += '}';
  events.end();
  return Written::event;
}

// "Read up to here"; X tells nothing of single messages.
Written write_receipt(Events& events, const Envelope& envelope, const json::object& item, std::string& reason) {
  const auto sender = text_at(item, "sender_id"), last = text_at(item, "last_read_event_id");
  if (!is_id(sender)) return fail(reason, "sender_id is missing or no number");
  if (!is_id(last)) return fail(reason, "last_read_event_id is missing or no number");
  if (sender == envelope.us) return Written::ignored;  // somebody of ours has read
  auto& out = events.begin();
  out += R"({"type":"status")";
  append_field(out, "id", last);
  append_field(out, "account", envelope.us);
  out += R"(,"status":"read","through":true)";
  append_time_field(out, "at", created_ms(item));
  out += '}';
  events.end();
  return Written::event;
}

// What X's encrypted chat brings is ciphertext: people are told to look there.
Written write_encrypted(Events& events, const Envelope& envelope, const json::object& item, std::string& reason) {
  const auto id = text_at(item, "id"), sender = text_at(item, "sender_id");
  if (id.empty()) return fail(reason, "id is missing");
  if (!is_id(sender)) return fail(reason, "sender_id is missing or no number");
  if (sender == envelope.us) return Written::ignored;
  const auto at = created_ms(item);
  auto& out = events.begin();
  out += R"({"type":"message")";
  append_field(out, "id", id);
  append_field(out, "account", envelope.us);
  append_field_if(out, "dedupe", envelope.uuid);
  out += ",\"from\":";
  append_customer(out, sender, user_of(envelope, sender));
  out += ",\"to\":[";
  append_address(out, envelope.us);
  out += ']';
  append_time_field(out, "sent_at", at);
  out += R"(,"visibility":"private","parts":[{"type":"unsupported","what":"encrypted message, to be read in X"}])";
  out += R"(,"extra":{"encrypted":true)";
  append_field_if(out, "conversation_id", text_at(item, "conversation_id"));
  out += "}}";
  events.end();
  events.decoded.newest_ms = std::max(events.decoded.newest_ms, at);
  return Written::event;
}

}  // namespace jackfield::twitter
