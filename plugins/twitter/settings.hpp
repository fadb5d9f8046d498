// The channel's settings, secrets left out.
#pragma once

#include <cstdint>
#include <jackfield/jackfield.hpp>
#include <string>
#include <string_view>

namespace jackfield::twitter {

struct Settings {
  std::string user_id;
  std::string api_url = "https://api.x.com";  // no slash at the end
  std::string webhook_url;                    // empty: one that was registered by hand
  std::string client_id;                      // of OAuth 2.0; empty: OAuth 1.0a
  bool stream = false;                        // receive: stream
  unsigned stream_connections = 2;
  bool enterprise = false;  // may reply to anybody
  std::size_t post_limit = 280;
  unsigned recovery_pages = 3;
};

// Throws sdk::Error (CONFIG) for what cannot be worked with.
Settings parse_settings(std::string_view json);

// What the schema in the manifest cannot say.
void check_settings(std::string_view json, sdk::Problems& problems);

}  // namespace jackfield::twitter
