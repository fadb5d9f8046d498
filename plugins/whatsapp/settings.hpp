// The channel's settings, secrets left out.
#pragma once

#include <jackfield/jackfield.hpp>
#include <string>
#include <string_view>

namespace jackfield::whatsapp {

struct Settings {
  std::string phone_number_id;
  std::string api_url = "https://graph.facebook.com";  // no slash at the end
  std::string api_version = "v26.0";
  std::string portfolio_id;   // scope of business-scoped ids; empty: the business account of each webhook
  bool appsecret_proof = false;
  bool link_media = false;    // Meta fetches files by their address instead of getting them uploaded
  bool preview_urls = false;  // let WhatsApp show what links lead to
};

// Throws sdk::Error (CONFIG) for what cannot be worked with.
Settings parse_settings(std::string_view json);

// What the schema in the manifest cannot say.
void check_settings(std::string_view json, sdk::Problems& problems);

}  // namespace jackfield::whatsapp
