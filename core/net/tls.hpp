// TLS settings, in one place: 1.2 or newer, peers verified against the system's authorities.
#pragma once

#include <memory>
#include <string>

#include "base/result.hpp"
#include "net/asio.hpp"

namespace jackfield::net {

using TlsContext = asio::ssl::context;

// A server's, from PEM files (the certificate with its chain). The Error names the file.
Result<std::shared_ptr<TlsContext>> server_tls(const std::string& certificate, const std::string& key);

// A client's, with the authorities of the system (or of SSL_CERT_FILE, SSL_CERT_DIR).
std::shared_ptr<TlsContext> client_tls();

// Before the handshake of a client: server name, and the peer's certificate checked for that host or address.
void expect_peer(SSL* ssl, const std::string& host, bool verify);

// Why a handshake failed, for people: "certificate verify failed: self-signed certificate".
std::string tls_failure(SSL* ssl, const error_code& error);

}  // namespace jackfield::net
