// What X says → events (sdk/schema/README.md). Pure; any thread.
//
// Three shapes of the same things: envelopes of the X Activity API (webhook and stream), bodies of the older Account
// Activity API, and pages that were read to close a gap.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace jackfield::twitter {

struct Edit {
  std::string id, root;  // an edited post's new id, and the first, under which it is stored
};

// One of our messages as X shows it back: what was sent by the app, by Jackfield, or by another program.
struct Echo {
  std::string id, to, text;  // text as the customer sees it
  bool is_public = false;
  std::size_t event = 0;  // its place among the events
};

struct Decoded {
  std::string events = "[]";            // JSON array, in the order of the body
  std::vector<std::size_t> ends;        // of each event in it, for who leaves one out
  std::size_t count = 0;                // how many, undecodable ones included
  std::size_t undecodable = 0;          // of them
  std::size_t ignored = 0;              // what is not ours or nobody needs
  std::int64_t newest_ms = 0;           // X's time of the newest message in it; 0: none
  std::vector<std::string> unsummoned;  // posts whose author neither mentioned nor quoted us
  std::vector<std::string> deleted;     // ids of posts
  std::vector<Edit> edits;
  std::vector<Echo> echoes;
  std::vector<std::string> revoked;  // users who took the app's rights back
};

// Of deleted posts that had been edited: id → root.
using Roots = std::map<std::string, std::string, std::less<>>;

// A webhook's body, or a line of the stream. Never throws for what it holds. It is authentic, so nothing of it may be
// lost: an item that makes no sense becomes {"type": "undecodable"} whose raw is that item alone in an envelope.
Decoded decode(std::string_view body, const Roots& roots = {});

// The events of an undecodable one's raw; nullopt while it still makes no sense.
std::optional<std::string> replay(std::string_view raw);

// A page of GET /2/dm_events or of GET /2/users/ID/mentions, oldest first.
struct Page {
  Decoded decoded;
  std::string next_token;      // of the next, older one
  std::int64_t oldest_ms = 0;  // 0: it is empty
};
enum class PageKind : std::uint8_t { direct_messages, mentions };
Page decode_page(PageKind kind, std::string_view user_id, std::string_view body);

}  // namespace jackfield::twitter
