#include "sasl.hpp"

#include <openssl/evp.h>

namespace jackfield::email {
namespace {

constexpr char separator = '\x01';

// https://developers.google.com/gmail/imap/xoauth2-protocol
std::string xoauth2(const Login& login) {
  return "user=" + login.user + separator + "auth=Bearer " + login.secret + separator + separator;
}

// RFC 7628; a comma or an equals sign in the name is escaped as RFC 5801 says.
std::string oauthbearer(const Login& login) {
  std::string user;
  for (const char c : login.user) user += c == ',' ? "=2C" : c == '=' ? "=3D" : std::string(1, c);
  return "n,a=" + user + "," + separator + "host=" + login.host + separator + "port=" + std::to_string(login.port) +
         separator + "auth=Bearer " + login.secret + separator + separator;
}

std::string plain(const Login& login) { return std::string(1, '\0') + login.user + '\0' + login.secret; }

}  // namespace

std::string base64(std::string_view bytes) {
  std::string out((bytes.size() + 2) / 3 * 4, '\0');
  EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()), reinterpret_cast<const unsigned char*>(bytes.data()),
                  static_cast<int>(bytes.size()));
  return out;
}

Mechanism choose_mechanism(const Login& login, const std::function<bool(std::string_view)>& offered) {
  if (login.bearer) {
    if (offered("XOAUTH2")) return Mechanism::xoauth2;
    return offered("OAUTHBEARER") ? Mechanism::oauthbearer : Mechanism::none;
  }
  if (offered("PLAIN")) return Mechanism::plain;
  return offered("LOGIN") ? Mechanism::login : Mechanism::none;
}

std::string_view name_of(Mechanism mechanism) {
  switch (mechanism) {
    case Mechanism::plain: return "PLAIN";
    case Mechanism::login: return "LOGIN";
    case Mechanism::xoauth2: return "XOAUTH2";
    case Mechanism::oauthbearer: return "OAUTHBEARER";
    case Mechanism::none: break;
  }
  return "";
}

std::string first_response(Mechanism mechanism, const Login& login) {
  switch (mechanism) {
    case Mechanism::plain: return base64(plain(login));
    case Mechanism::xoauth2: return base64(xoauth2(login));
    case Mechanism::oauthbearer: return base64(oauthbearer(login));
    case Mechanism::login:
    case Mechanism::none: break;
  }
  return {};
}

std::string next_response(Mechanism mechanism, const Login& login, int challenge) {
  if (mechanism == Mechanism::login) return base64(challenge == 0 ? login.user : login.secret);
  return mechanism == Mechanism::oauthbearer ? base64(std::string_view(&separator, 1)) : std::string();
}

}  // namespace jackfield::email
