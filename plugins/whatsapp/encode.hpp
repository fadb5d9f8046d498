// Outbound message (sdk/schema/README.md) → requests to the Graph API. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace jackfield::whatsapp {

struct Upload {
  std::string blob, name, media_type;
};

// One POST to …/messages. With an upload, the media id that it gave goes between the two pieces of the body.
struct Request {
  std::optional<Upload> upload;
  std::string body, rest;

  std::string body_with(std::string_view media_id) const;
};

struct EncodeOptions {
  bool preview_urls = false;
  bool link_media = false;  // let Meta fetch files that have an address, instead of uploading them
};

struct Encoded {
  std::vector<Request> requests;  // to be made in this order; empty: the message cannot be sent
  std::uint32_t error_class = 0;  // JF_ERROR_*, and why
  std::string detail;
  std::vector<std::string> notes;  // for people: what leaves otherwise than it was written
};

// One request carries one text, one file or one template. A text beside a single file that may have a caption becomes
// that caption; else every part is a message of its own.
Encoded encode(std::string_view message, const EncodeOptions& options = {});

// A sign for what the customer wrote: that it was read, or with `typing` that somebody answers (which marks it as read
// too). Empty: there is no message to show it on.
std::string encode_sign(std::string_view signal);

}  // namespace jackfield::whatsapp
