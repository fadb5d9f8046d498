// TLS settings, in one place: 1.2 or newer, peers verified against the system's authorities.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "net/asio.hpp"
#include "net/tls_files.hpp"

namespace jackfield::net {

using TlsContext = asio::ssl::context;

// A server's, from PEM files (the certificate with its chain). The Error names the file.
Result<std::shared_ptr<TlsContext>> server_tls(const std::string& certificate, const std::string& key);

// A server's certificate, which may be renewed while it serves: who shakes hands from then on meets the new one, and
// connections that are open keep theirs. Any thread.
class ServerTls {
 public:
  static Result<std::shared_ptr<ServerTls>> open(std::string certificate, std::string key);
  std::shared_ptr<TlsContext> context() const;  // for the next handshake
  // Reads the files again; true: it is another certificate. After an Error all is as it was.
  Result<bool> renew();
  Result<bool> renew(const std::string& certificate, const std::string& key);  // from those files, from now on
  std::string certificate() const;                                             // the file's path

 private:
  ServerTls(std::string certificate, std::string key, std::shared_ptr<TlsContext> context);

  mutable std::mutex mutex_;
  std::string certificate_, key_;
  std::shared_ptr<TlsContext> context_;
};

// Those that listeners use at the moment. Any thread.
class ServerCertificates {
 public:
  void add(const std::shared_ptr<ServerTls>& one);
  // Renews all; tells the log of what is new, and of what is broken and so stays as it was.
  void renew();

 private:
  std::mutex mutex_;
  std::vector<std::weak_ptr<ServerTls>> all_;
};

// A client's, with the authorities of the system (or of SSL_CERT_FILE, SSL_CERT_DIR).
std::shared_ptr<TlsContext> client_tls();

// Before the handshake of a client: server name, and the peer's certificate checked for that host or address.
void expect_peer(SSL* ssl, const std::string& host, bool verify);

// Why a handshake failed, for people: "certificate verify failed: self-signed certificate".
std::string tls_failure(SSL* ssl, const error_code& error);

}  // namespace jackfield::net
