// One item of what X says → one event or two. Internal to the decoder.
#pragma once

#include <boost/json/value.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "decode.hpp"

namespace jackfield::twitter {

// What surrounds an item.
struct Envelope {
  std::string_view us;                        // id of the account it is for
  std::string_view type;                      // event_type of the X Activity API
  std::string_view uuid;                      // event_uuid; empty: none
  const boost::json::value* users = nullptr;  // an object by id or an array; null: none
  const boost::json::object* includes = nullptr;
};

enum class Written : std::uint8_t { event, ignored, bad };

// Where the items go.
class Events {
 public:
  explicit Events(std::size_t body_size) {
    out_.reserve(body_size + 512);
    out_ += '[';
  }

  // Text for one event; end() or drop() follows.
  std::string& begin() {
    mark_ = out_.size();
    if (decoded.count > 0) out_ += ',';
    return out_;
  }
  void end() {
    ++decoded.count;
    decoded.ends.push_back(out_.size());
  }
  void drop() { out_.resize(mark_); }
  Decoded finish() && {
    out_ += ']';
    decoded.events = std::move(out_);
    return std::move(decoded);
  }

  Decoded decoded;  // all but `events`

 private:
  std::string out_;
  std::size_t mark_ = 0;
};

// Each writes its events, or nothing: of what is nobody's concern, or with a reason of what makes no sense.
Written write_direct_message(Events& out, const Envelope& envelope, const boost::json::object& item,
                             std::string& reason);
Written write_read_direct_message(Events& out, const Envelope& envelope, const boost::json::object& item,
                                  std::string& reason);
Written write_typing(Events& out, const Envelope& envelope, const boost::json::object& item, std::string& reason);
Written write_receipt(Events& out, const Envelope& envelope, const boost::json::object& item, std::string& reason);
Written write_encrypted(Events& out, const Envelope& envelope, const boost::json::object& item, std::string& reason);
Written write_post(Events& out, const Envelope& envelope, const boost::json::object& item, std::string& reason);
Written write_old_post(Events& out, const Envelope& envelope, const boost::json::object& item, std::string& reason);

// ---------------------------------------------------------------- shared by the writers

// X wraps users in {"data": …} in some places; null when it is not there.
const boost::json::object* user_of(const Envelope& envelope, std::string_view id);
// "from" of a customer: {"address": "twitter:ID", "name", …}.
void append_customer(std::string& out, std::string_view id, const boost::json::object* user);
void append_address(std::string& out, std::string_view id);  // {"address":"twitter:ID"}
std::string_view username_of(const boost::json::object* user);

bool is_id(std::string_view text);  // digits, at most 20
// A number or a string of digits, as X happens to write it; -1 when it is neither.
std::int64_t number_at(const boost::json::object& in, std::string_view key);
// Milliseconds since 1970 of "2026-11-21T09:30:00.000Z"; -1 when it is no such time.
std::int64_t parse_iso_time(std::string_view text);
// Of "Mon May 19 14:01:46 +0000 2025".
std::int64_t parse_old_time(std::string_view text);
// When an id was made: X's ids hold the time. -1: of another kind.
std::int64_t time_of_id(std::string_view id);
void append_time_field(std::string& out, std::string_view key, std::int64_t unix_ms);  // nothing below 0

std::string kind_name(const boost::json::value& value);  // "a number", for reasons

// ---------------------------------------------------------------- media and links

// A file beside a text; all views into the item.
struct MediaItem {
  std::string_view type, url, alt_text;
  std::string_view id;
};
MediaItem media_item(const boost::json::object& media, std::string_view id);
void append_media(std::string& out, const MediaItem& media);

struct PostText {
  std::string_view raw;
  const boost::json::array* urls = nullptr;  // of the entities
  std::int64_t from = 0, to = -1;            // display range in code points; to below 0: to the end
  std::string_view own_link;                 // of a file, where X says it apart
};
// As people read it: without leading mentions of a reply, links as they were typed, links to its own files left out.
std::string readable(const PostText& text);

}  // namespace jackfield::twitter
