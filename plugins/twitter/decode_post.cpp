// Public posts: of API v2, and of v1.1 as the Account Activity API has them.
#include <algorithm>

#include "decode_item.hpp"
#include "json_read.hpp"
#include "json_write.hpp"

namespace jackfield::twitter {
namespace {

namespace json = boost::json;

Written fail(std::string& reason, std::string_view why) {
  reason = why;
  return Written::bad;
}

struct Post {
  std::string_view id, root, author, conversation;
  std::string_view answered_user, answered, quoted;  // in_reply_to_user_id, the post it answers, the post it quotes
  std::string_view language;
  const json::object* user = nullptr;
  PostText text;
  std::int64_t at_ms = -1;
  bool summons = false;  // it mentions or quotes us
  bool repost = false;
  bool sensitive = false;
  std::vector<MediaItem> media;
};

// ---------------------------------------------------------------- reading, API v2

void read_references(const json::object& item, Post& post) {
  const auto* list = array_at(item, "referenced_tweets");
  for (std::size_t i = 0; list && i < list->size(); ++i) {
    const auto* each = (*list)[i].if_object();
    if (!each) continue;
    const auto type = text_at(*each, "type");
    if (type == "replied_to") post.answered = text_at(*each, "id");
    if (type == "quoted") post.quoted = text_at(*each, "id");
    if (type == "retweeted") post.repost = true;
  }
  if (post.answered.empty()) post.answered = text_at(item, "in_reply_to_tweet_id");
}

bool mentions(const json::object* entities, std::string_view key, std::string_view id_key, std::string_view us) {
  const auto* list = entities ? array_at(*entities, key) : nullptr;
  for (std::size_t i = 0; list && i < list->size(); ++i)
    if (const auto* each = (*list)[i].if_object(); each && text_at(*each, id_key) == us) return true;
  return false;
}

const json::object* included_post(const Envelope& envelope, std::string_view id) {
  for (const auto key : {"tweets", "posts"}) {
    const auto* list = envelope.includes ? array_at(*envelope.includes, key) : nullptr;
    for (std::size_t i = 0; list && i < list->size(); ++i)
      if (const auto* each = (*list)[i].if_object(); each && text_at(*each, "id") == id) return each;
  }
  return nullptr;
}

bool quotes_us(const Envelope& envelope, const Post& post) {
  if (post.quoted.empty()) return false;
  const auto* quoted = included_post(envelope, post.quoted);
  return quoted && text_at(*quoted, "author_id") == envelope.us;
}

void read_range(const json::object& item, PostText& text) {
  const auto* range = array_at(item, "display_text_range");
  if (!range || range->size() != 2 || !(*range)[0].is_int64() || !(*range)[1].is_int64()) return;
  text.from = (*range)[0].get_int64();
  text.to = (*range)[1].get_int64();
}

// A long post has its whole text apart, and its links with it; the range is of the short one.
void read_text(const json::object& item, Post& post) {
  const auto* note = object_at(item, "note_tweet");
  const auto whole = note ? text_at(*note, "text") : std::string_view();
  const auto& from = whole.empty() ? item : *note;
  post.text.raw = text_at(from, "text");
  if (whole.empty()) read_range(item, post.text);
  const auto* entities = object_at(from, "entities");
  if (!entities) entities = object_at(item, "entities");
  if (entities) post.text.urls = array_at(*entities, "urls");
}

void read_media(const Envelope& envelope, const json::object& item, Post& post) {
  const auto* attachments = object_at(item, "attachments");
  const auto* keys = attachments ? array_at(*attachments, "media_keys") : nullptr;
  const auto* known = envelope.includes ? array_at(*envelope.includes, "media") : nullptr;
  for (std::size_t i = 0; keys && i < keys->size(); ++i) {
    const auto key = text_of((*keys)[i]);
    MediaItem found{{}, {}, {}, key};
    for (std::size_t k = 0; known && k < known->size(); ++k)
      if (const auto* media = (*known)[k].if_object(); media && text_at(*media, "media_key") == key)
        found = media_item(*media, key);
    post.media.push_back(found);
  }
}

void read_root(const json::object& item, Post& post) {
  const auto* versions = array_at(item, "edit_history_tweet_ids");
  post.root = versions && !versions->empty() ? text_of(versions->front()) : std::string_view();
  if (!is_id(post.root)) post.root = post.id;
}

Post read_post(const Envelope& envelope, const json::object& item) {
  Post post;
  post.id = text_at(item, "id");
  post.author = text_at(item, "author_id");
  post.conversation = text_at(item, "conversation_id");
  post.answered_user = text_at(item, "in_reply_to_user_id");
  post.language = text_at(item, "lang");
  post.at_ms = parse_iso_time(text_at(item, "created_at"));
  if (post.at_ms < 0) post.at_ms = time_of_id(post.id);
  post.user = user_of(envelope, post.author);
  post.sensitive = true_at(item, "possibly_sensitive");
  read_references(item, post);
  read_text(item, post);
  read_root(item, post);
  read_media(envelope, item, post);
  post.summons = envelope.type == "post.mention.create" || envelope.type == "post.quote.create" ||
                 mentions(object_at(item, "entities"), "mentions", "id", envelope.us) || quotes_us(envelope, post);
  return post;
}

// ---------------------------------------------------------------- reading, v1.1

Post read_old_post(const Envelope& envelope, const json::object& item) {
  Post post;
  post.id = text_at(item, "id_str");
  post.root = post.id;
  post.user = object_at(item, "user");
  post.author = post.user ? text_at(*post.user, "id_str") : std::string_view();
  post.answered_user = text_at(item, "in_reply_to_user_id_str");
  post.answered = text_at(item, "in_reply_to_status_id_str");
  post.conversation = post.answered.empty() ? post.id : post.answered;  // it does not say more
  post.quoted = text_at(item, "quoted_status_id_str");
  post.repost = item.contains("retweeted_status");
  post.language = text_at(item, "lang");
  post.sensitive = true_at(item, "possibly_sensitive");
  post.at_ms = parse_old_time(text_at(item, "created_at"));
  const auto* extended = object_at(item, "extended_tweet");
  const auto& from = extended ? *extended : item;
  post.text.raw = text_at(from, "full_text").empty() ? text_at(item, "text") : text_at(from, "full_text");
  read_range(from, post.text);
  const auto* entities = object_at(from, "entities");
  if (entities) post.text.urls = array_at(*entities, "urls");
  const auto* files = object_at(from, "extended_entities");
  if (!files) files = entities;
  const auto* media = files ? array_at(*files, "media") : nullptr;
  for (std::size_t i = 0; media && i < media->size(); ++i)
    if (const auto* each = (*media)[i].if_object()) {
      post.media.push_back(media_item(*each, text_at(*each, "id_str")));
      post.text.own_link = text_at(*each, "url");
    }
  const auto* quoted = object_at(item, "quoted_status");
  const auto* quoted_user = quoted ? object_at(*quoted, "user") : nullptr;
  post.summons = mentions(entities, "user_mentions", "id_str", envelope.us) ||
                 (quoted_user && text_at(*quoted_user, "id_str") == envelope.us);
  return post;
}

// ---------------------------------------------------------------- writing

// "und" and X's own codes for what is no language ("qme", "zxx").
bool is_language(std::string_view code) {
  return !code.empty() && code.size() <= 8 && code != "und" && code != "zxx" && !(code.size() == 3 && code[0] == 'q') &&
         code.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-") == std::string_view::npos;
}

void append_parts(std::string& out, const Post& post, const std::string& text) {
  out += ",\"parts\":[";
  bool first = text.empty() && !post.media.empty();
  if (!first) {
    out += R"({"type":"text")";
    append_field(out, "text", text);
    out += '}';
  }
  for (const auto& each : post.media) {
    if (!std::exchange(first, false)) out += ',';
    append_media(out, each);
  }
  out += ']';
}

void append_extra(std::string& out, const Envelope& envelope, const Post& post) {
  const auto username = username_of(post.user);
  out += R"(,"extra":{"kind":")";
  out += post.answered.empty() ? post.quoted.empty() || envelope.type == "post.mention.create" ? "mention" : "quote"
                               : "reply";
  out += "\",\"url\":\"https://x.com/";
  out += username.empty() || username.find_first_of("\"\\/") != std::string_view::npos ? "i" : username;
  out += "/status/";
  out += post.id;
  out += '"';
  append_field_if(out, "username", username);
  append_field_if(out, "conversation_id", post.conversation);
  out += post.summons ? R"(,"summons":true)" : R"(,"summons":false)";
  if (post.sensitive) out += R"(,"possibly_sensitive":true)";
  out += '}';
}

void append_answered(std::string& out, const Post& post) {
  const auto first = post.answered.empty() ? post.quoted : post.answered;
  if (first.empty()) return;
  out += R"(,"quoted":{"provider_id":)";
  append_quoted(out, first);
  out += '}';
  if (post.answered.empty() || post.quoted.empty()) return;
  out += ",\"threads\":[";
  append_quoted(out, post.answered);
  out += ',';
  append_quoted(out, post.quoted);
  out += ']';
}

void write_message(Events& events, const Envelope& envelope, const Post& post, const std::string& text) {
  const bool ours = post.author == envelope.us;
  const auto customer = ours ? post.answered_user : post.author;
  auto& out = events.begin();
  out += R"({"type":"message")";
  append_field(out, "id", post.root);
  append_field(out, "account", envelope.us);
  if (ours) out += R"(,"direction":"out")";
  out += ",\"from\":";
  ours ? append_address(out, post.author) : append_customer(out, post.author, post.user);
  out += ",\"to\":[";
  ours ? append_customer(out, customer, user_of(envelope, customer)) : append_address(out, envelope.us);
  out += ']';
  append_time_field(out, "sent_at", post.at_ms);
  out += R"(,"visibility":"public")";
  if (is_language(post.language)) append_field(out, "language", post.language);
  append_answered(out, post);
  // One thread of a customer: what several of them write below one post are different conversations.
  const auto conversation = post.conversation.empty() ? post.root : post.conversation;
  append_field(out, "thread", std::string(conversation) + ':' + std::string(customer));
  append_parts(out, post, text);
  append_extra(out, envelope, post);
  out += '}';
  if (ours)
    events.decoded.echoes.push_back({std::string(post.root), std::string(customer), text, true, events.decoded.count});
  events.end();
}

// An edit is a post of its own whose history names the first. Told as a message as well, for whoever has not seen that.
void write_edit(Events& events, const Envelope& envelope, const Post& post, const std::string& text) {
  auto& out = events.begin();
  out += R"({"type":"edited")";
  append_field(out, "id", post.root);
  append_field(out, "account", envelope.us);
  append_field(out, "dedupe", post.id);
  append_parts(out, post, text);
  append_time_field(out, "at", post.at_ms);
  out += '}';
  events.end();
  events.decoded.edits.push_back({std::string(post.id), std::string(post.root)});
}

Written write(Events& events, const Envelope& envelope, const Post& post, std::string& reason) {
  if (!is_id(post.id) || !is_id(post.author)) return fail(reason, "id or author is missing or no number");
  if (post.repost) return Written::ignored;
  // Of our own only answers to somebody have a place in a conversation.
  if (post.author == envelope.us && (!is_id(post.answered_user) || post.answered_user == envelope.us))
    return Written::ignored;
  const auto text = readable(post.text);
  write_message(events, envelope, post, text);
  if (post.root != post.id) write_edit(events, envelope, post, text);
  if (!post.summons && post.author != envelope.us) events.decoded.unsummoned.emplace_back(post.root);
  events.decoded.newest_ms = std::max(events.decoded.newest_ms, post.at_ms);
  return Written::event;
}

}  // namespace

Written write_post(Events& out, const Envelope& envelope, const json::object& item, std::string& reason) {
  return write(out, envelope, read_post(envelope, item), reason);
}

Written write_old_post(Events& out, const Envelope& envelope, const json::object& item, std::string& reason) {
  if (!object_at(item, "user")) return fail(reason, "user is missing");
  return write(out, envelope, read_old_post(envelope, item), reason);
}

}  // namespace jackfield::twitter
