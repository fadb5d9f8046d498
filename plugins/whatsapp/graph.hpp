// Where the Graph API is and how it is spoken to.
#pragma once

#include <jackfield/jackfield.hpp>
#include <string>
#include <string_view>

#include "settings.hpp"

namespace jackfield::whatsapp {

class Graph {
 public:
  // app_secret: for the proof that Meta asks for where the app requires it; empty: none is sent.
  Graph(const Settings& settings, std::string access_token, const std::string& app_secret = {});

  std::string messages_url() const { return proven(number_url_ + "/messages"); }
  std::string upload_url() const { return proven(number_url_ + "/media"); }
  std::string media_url(std::string_view media_id) const;

  // With the token. For the API itself and for URLs that may_have_token.
  sdk::Headers headers() const;
  // The token goes nowhere in the clear but to the configured API.
  bool may_have_token(std::string_view url) const;

 private:
  std::string proven(std::string url) const;

  std::string base_;        // "https://graph.facebook.com/v26.0"
  std::string origin_;      // "https://graph.facebook.com", as far as the first slash of the path
  std::string number_url_;  // base and phone number id
  std::string phone_number_id_;
  std::string access_token_;
  std::string proof_;  // appsecret_proof, or empty
};

}  // namespace jackfield::whatsapp
