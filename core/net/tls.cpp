#include "net/tls.hpp"

#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <fstream>

#include "net/endpoint.hpp"

namespace jackfield::net {
namespace {

std::shared_ptr<TlsContext> make_context(TlsContext::method method) {
  auto context = std::make_shared<TlsContext>(method);
  SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
  SSL_CTX_set_options(context->native_handle(), SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_mode(context->native_handle(), SSL_MODE_RELEASE_BUFFERS);  // idle connections are many
  return context;
}

Result<void> readable(const std::string& what, const std::string& path) {
  errno = 0;
  std::ifstream file(path);
  if (file && file.peek() != std::ifstream::traits_type::eof()) return {};
  const error_code why(errno ? errno : EINVAL, boost::system::system_category());
  return fail(Errc::invalid, what + " " + path + ": " + (errno ? reason_of(why) : "the file is empty"));
}

}  // namespace

Result<std::shared_ptr<TlsContext>> server_tls(const std::string& certificate, const std::string& key) {
  if (const auto read = readable("certificate", certificate); read.has_error()) return read.error();
  if (const auto read = readable("key", key); read.has_error()) return read.error();
  auto context = make_context(TlsContext::tls_server);
  error_code failed;
  context->use_certificate_chain_file(certificate, failed);
  if (failed) return fail(Errc::invalid, "certificate " + certificate + ": " + reason_of(failed));
  context->use_private_key_file(key, TlsContext::pem, failed);
  if (failed) return fail(Errc::invalid, "key " + key + ": " + reason_of(failed));
  if (SSL_CTX_check_private_key(context->native_handle()) != 1) {
    return fail(Errc::invalid, "key " + key + ": does not belong to the certificate " + certificate);
  }
  return context;
}

std::shared_ptr<TlsContext> client_tls() {
  auto context = make_context(TlsContext::tls_client);
  error_code ignored;  // without authorities every verification fails, with its own words
  context->set_default_verify_paths(ignored);
  return context;
}

void expect_peer(SSL* ssl, const std::string& host, bool verify) {
  error_code no_literal;
  asio::ip::make_address(host, no_literal);
  const bool is_name = static_cast<bool>(no_literal);
  if (is_name) SSL_set_tlsext_host_name(ssl, host.c_str());
  SSL_set_verify(ssl, verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
  if (!verify) return;
  if (is_name) {
    SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    SSL_set1_host(ssl, host.c_str());
  } else {
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host.c_str());
  }
}

std::string tls_failure(SSL* ssl, const error_code& error) {
  const long verdict = SSL_get_verify_result(ssl);
  if (error.category() == asio::error::get_ssl_category() && verdict != X509_V_OK) {
    return std::string("certificate verify failed: ") + X509_verify_cert_error_string(verdict);
  }
  return reason_of(error);
}

}  // namespace jackfield::net
