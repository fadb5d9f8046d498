// Logging in (SASL) to IMAP and SMTP servers: which mechanism, and what is said. Pure.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace jackfield::email {

struct Login {
  std::string user;     // empty: nobody logs in
  std::string secret;   // password or bearer token
  bool bearer = false;  // the secret is an OAuth access token
  std::string host;     // of the server, which OAUTHBEARER names
  unsigned port = 0;
};

enum class Mechanism : unsigned char { none, plain, login, xoauth2, oauthbearer };

// The best of what the server offers for that login; none: it offers nothing that fits.
Mechanism choose_mechanism(const Login& login, const std::function<bool(std::string_view name)>& offered);
std::string_view name_of(Mechanism mechanism);

// What is said first, in base64; empty for login, which waits to be asked for the user.
std::string first_response(Mechanism mechanism, const Login& login);
// What is said to the n-th challenge after that (from 0), in base64: the password for login; for bearer tokens the
// challenge is an error, and this asks for the refusal.
std::string next_response(Mechanism mechanism, const Login& login, int challenge);

std::string base64(std::string_view bytes);

}  // namespace jackfield::email
