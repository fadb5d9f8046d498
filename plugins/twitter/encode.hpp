// Outbound message (sdk/schema/README.md) → requests to the X API. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "settings.hpp"

namespace jackfield::twitter {

struct Upload {
  std::string blob, media_type, category;
  std::int64_t bytes = 0;
};

// One post, or one direct message.
struct Request {
  bool is_public = false;
  std::string recipient;  // of a direct message: user id; of a post: the post it answers
  std::string text;
  std::string deep_link;  // a button to write us a direct message; empty: none
  std::vector<Upload> uploads;

  std::string path() const;
  std::string body(const std::vector<std::string>& media_ids) const;
};

struct Encoded {
  std::vector<Request> requests;  // to be made in this order; empty: the message cannot be sent
  std::uint32_t error_class = 0;  // JF_ERROR_*, and why
  std::string detail;
  std::optional<std::size_t> weighted_length;  // of a public post
  std::vector<std::string> notes;              // what becomes of it, for people
};

// A post takes a text and four images, or a GIF, or a video. A direct message takes a text and one file; what is more
// becomes further messages.
Encoded encode(std::string_view message, const Settings& settings);

// What the preview extension says.
std::string preview(std::string_view message, const Settings& settings);

}  // namespace jackfield::twitter
