#include "net/tls.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <ctime>
#include <fstream>

#include "base/log.hpp"
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

bool same_certificate(TlsContext& a, TlsContext& b) {
  const X509* of_a = SSL_CTX_get0_certificate(a.native_handle());
  const X509* of_b = SSL_CTX_get0_certificate(b.native_handle());
  return of_a && of_b && X509_cmp(of_a, of_b) == 0;
}

Time time_of(const ASN1_TIME* at) {
  std::tm parts{};
  ASN1_TIME_to_tm(at, &parts);
  return Time{std::chrono::seconds{timegm(&parts)}};
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
  const bool foreign = failed ? ERR_GET_LIB(static_cast<unsigned long>(failed.value())) == ERR_LIB_X509
                              : SSL_CTX_check_private_key(context->native_handle()) != 1;
  if (foreign) return fail(Errc::invalid, "key " + key + ": does not belong to the certificate " + certificate);
  if (failed) return fail(Errc::invalid, "key " + key + ": " + reason_of(failed));
  return context;
}

ServerTls::ServerTls(std::string certificate, std::string key, std::shared_ptr<TlsContext> context)
    : certificate_(std::move(certificate)), key_(std::move(key)), context_(std::move(context)) {}

Result<std::shared_ptr<ServerTls>> ServerTls::open(std::string certificate, std::string key) {
  auto context = server_tls(certificate, key);
  if (context.has_error()) return context.error();
  return std::shared_ptr<ServerTls>(new ServerTls(std::move(certificate), std::move(key), std::move(*context)));
}

std::shared_ptr<TlsContext> ServerTls::context() const {
  std::lock_guard lock(mutex_);
  return context_;
}

std::string ServerTls::certificate() const {
  std::lock_guard lock(mutex_);
  return certificate_;
}

Result<bool> ServerTls::renew() {
  std::unique_lock lock(mutex_);
  const std::string certificate = certificate_, key = key_;
  lock.unlock();
  return renew(certificate, key);
}

Result<bool> ServerTls::renew(const std::string& certificate, const std::string& key) {
  auto context = server_tls(certificate, key);
  if (context.has_error()) return context.error();
  std::lock_guard lock(mutex_);
  certificate_ = certificate;
  key_ = key;
  const bool same = same_certificate(*context_, **context);
  context_ = std::move(*context);
  return !same;
}

void ServerCertificates::add(const std::shared_ptr<ServerTls>& one) {
  std::lock_guard lock(mutex_);
  std::erase_if(all_, [](const auto& weak) { return weak.expired(); });
  all_.push_back(one);
}

void ServerCertificates::renew() {
  std::unique_lock lock(mutex_);
  const auto all = all_;
  lock.unlock();
  for (const auto& weak : all) {
    const auto one = weak.lock();
    if (!one) continue;
    const auto renewed = one->renew();
    if (renewed.has_error())
      log::error("tls", "the certificate stays as it was: " + renewed.error().message);
    else if (*renewed)
      log::info("tls", "the certificate was renewed from " + one->certificate());
  }
}

Result<void> check_tls_files(const std::string& certificate, const std::string& key) {
  const auto context = server_tls(certificate, key);
  if (context.has_error()) return context.error();
  return {};
}

Result<CertificateTerm> certificate_term(const std::string& certificate) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> file(BIO_new_file(certificate.c_str(), "r"), &BIO_free);
  const std::unique_ptr<X509, decltype(&X509_free)> first(
      file ? PEM_read_bio_X509(file.get(), nullptr, nullptr, nullptr) : nullptr, &X509_free);
  if (!first) return fail(Errc::invalid, "certificate " + certificate + ": cannot be read");
  return CertificateTerm{time_of(X509_get0_notBefore(first.get())), time_of(X509_get0_notAfter(first.get()))};
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
