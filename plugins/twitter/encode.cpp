#include "encode.hpp"

#include <jackfield/jackfield.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "decode_item.hpp"
#include "json_read.hpp"
#include "media.hpp"
#include "oauth1.hpp"
#include "outcome.hpp"
#include "weighted_length.hpp"

namespace jackfield::twitter {
namespace {

namespace json = boost::json;
constexpr std::size_t kMostDirectText = 10'000, kMostImages = 4;
constexpr std::string_view kMoveToPrivate = "move_to_private";

struct Refused {
  std::uint32_t error_class;
  std::string detail;
};

[[noreturn]] void refuse(std::string detail, std::uint32_t error_class = JF_ERROR_CONTENT) {
  throw Refused{error_class, std::move(detail)};
}

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

class Encoder {
 public:
  Encoder(const json::object& message, const Settings& settings, Encoded& out)
      : message_(message), settings_(settings), out_(out), public_(text_at(message, "visibility") == "public") {}
  void encode();

 private:
  void read_parts();
  void text(std::string_view text);
  void media(const json::object& part);
  void template_(const json::object& source);
  std::string customer() const;
  void post();
  void direct_messages();

  const json::object& message_;
  const Settings& settings_;
  Encoded& out_;
  bool public_;
  std::string text_, deep_link_;
  std::vector<Upload> uploads_;
};

void Encoder::encode() {
  read_parts();
  if (text_.empty() && uploads_.empty()) refuse("the message is empty");
  public_ ? post() : direct_messages();
}

void Encoder::read_parts() {
  if (const auto* wanted = object_at(message_, "template")) template_(*wanted);
  const auto* parts = array_at(message_, "parts");
  if (!parts || parts->empty()) {
    if (!object_at(message_, "template")) text(text_at(message_, "text"));
    return;
  }
  for (const auto& each : *parts) {
    const auto* part = each.if_object();
    if (!part) continue;
    const auto type = text_at(*part, "type");
    if (type == "text")
      text(text_at(*part, "text"));
    else if (type == "media")
      media(*part);
    else if (type == "template")
      template_(*part);
    else
      refuse("parts of type \"" + std::string(type) + "\" cannot be sent on this channel");
  }
}

void Encoder::text(std::string_view text) {
  if (text.empty()) return;
  if (!text_.empty()) text_ += '\n';
  text_ += text;
}

void Encoder::media(const json::object& part) {
  const auto blob = text_at(part, "blob"), type = text_at(part, "media_type");
  if (blob.empty()) refuse("the file is not there");
  const auto kind = media_kind(type);
  if (kind.empty()) refuse("X takes no files of type " + std::string(type));
  const auto bytes = std::max<std::int64_t>(number_at(part, "size"), 0);
  if (bytes > most_bytes(kind)) refuse("X takes such files up to " + std::to_string(most_bytes(kind) >> 20) + " MB");
  uploads_.push_back({std::string(blob), std::string(type), media_category(kind, public_), bytes});
  text(text_at(part, "caption"));
}

// The only one there is: a public answer with a button that opens a direct message to us.
void Encoder::template_(const json::object& source) {
  if (text_at(source, "name") != kMoveToPrivate) refuse("X has no templates but move_to_private");
  if (!public_) refuse("this conversation is private already");
  if (!deep_link_.empty()) return;  // told twice: as the message's template and as a part
  deep_link_ = "https://x.com/messages/compose?recipient_id=" + settings_.user_id;
  const auto* parameters = array_at(source, "parameters");
  for (std::size_t i = 0; parameters && i < parameters->size(); ++i) text(text_of((*parameters)[i]));
}

std::string Encoder::customer() const {
  const auto* to = array_at(message_, "to");
  const auto* first = to && !to->empty() ? to->front().if_object() : nullptr;
  const auto address = first ? text_at(*first, "address") : std::string_view();
  if (!address.starts_with("twitter:") || !is_id(address.substr(8))) refuse("no X user to send to", JF_ERROR_RECIPIENT);
  return std::string(address.substr(8));
}

void Encoder::post() {
  const auto* reply_to = object_at(message_, "reply_to");
  const auto answered = reply_to ? text_at(*reply_to, "provider_id") : std::string_view();
  if (!is_id(answered)) refuse("a public message must answer a post");
  // The host names the public thread of a public conversation, and no other has one.
  if (text_at(message_, "thread").empty()) refuse("this conversation is private: nothing of it is said in public");
  out_.weighted_length = weighted_length(text_);
  if (*out_.weighted_length > settings_.post_limit)
    refuse("the weighted length is " + std::to_string(*out_.weighted_length) + ", and X takes up to " +
           std::to_string(settings_.post_limit) + " (links count 23, emoji and most characters outside of Europe 2)");
  const bool only_images =
      std::all_of(uploads_.begin(), uploads_.end(), [](const Upload& each) { return each.category == "tweet_image"; });
  if (uploads_.size() > (only_images ? kMostImages : 1))
    refuse("a post takes up to four images, or one GIF, or one video");
  out_.requests.push_back({true, std::string(answered), text_, deep_link_, uploads_});
}

void Encoder::direct_messages() {
  if (characters(text_) > kMostDirectText) refuse("the text is longer than 10000 characters");
  const auto recipient = customer();
  Request first{false, recipient, text_, {}, {}};
  if (!uploads_.empty()) first.uploads = {uploads_.front()};
  out_.requests.push_back(std::move(first));
  for (std::size_t i = 1; i < uploads_.size(); ++i) out_.requests.push_back({false, recipient, {}, {}, {uploads_[i]}});
  if (out_.requests.size() > 1)
    out_.notes.push_back("it leaves as " + std::to_string(out_.requests.size()) +
                         " messages: X takes one file in each");
}

}  // namespace

std::string Request::path() const {
  return is_public ? "/2/tweets" : "/2/dm_conversations/with/" + escaped(recipient) + "/messages";
}

std::string Request::body(const std::vector<std::string>& media_ids) const {
  json::object out;
  if (!text.empty()) out["text"] = text;
  json::array files;
  for (const auto& id : media_ids)
    is_public ? files.emplace_back(id) : files.emplace_back(json::object{{"media_id", id}});
  if (is_public) {
    out["reply"] = {{"in_reply_to_tweet_id", recipient}};
    if (!files.empty()) out["media"] = {{"media_ids", std::move(files)}};
    if (!deep_link.empty()) out["direct_message_deep_link"] = deep_link;
  } else if (!files.empty()) {
    out["attachments"] = std::move(files);
  }
  return json::serialize(out);
}

Encoded encode(std::string_view message, const Settings& settings) {
  Encoded out;
  boost::system::error_code error;
  const auto value = json::parse(message, error);
  if (error || !value.is_object()) {
    out.error_class = JF_ERROR_INTERNAL;
    out.detail = "the message is no JSON object";
    return out;
  }
  try {
    Encoder(value.get_object(), settings, out).encode();
  } catch (const Refused& refused) {
    out.requests.clear();
    out.error_class = refused.error_class;
    out.detail = refused.detail;
  }
  return out;
}

std::string preview(std::string_view message, const Settings& settings) {
  const auto encoded = encode(message, settings);
  json::array problems, notes;
  if (encoded.requests.empty())
    problems.push_back(json::object{{"class", class_name(encoded.error_class)}, {"detail", encoded.detail}});
  for (const auto& note : encoded.notes) notes.emplace_back(note);
  json::object out{{"sendable", problems.empty()}, {"problems", std::move(problems)}, {"notes", std::move(notes)}};
  if (encoded.weighted_length) {
    out["weighted_length"] = *encoded.weighted_length;
    out["weighted_limit"] = settings.post_limit;
  }
  return json::serialize(out);
}

}  // namespace jackfield::twitter
