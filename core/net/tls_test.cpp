// Certificates that are renewed while their listeners serve.
#include "net/tls.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "net/http_server.hpp"
#include "net/io.hpp"
#include "net/streams.hpp"
#include "net/test_peer.hpp"

namespace jackfield::net {
namespace {

using ::testing::HasSubstr;

// A client that took whatever certificate it was shown.
class Client {
 public:
  explicit Client(const std::string& address)
      : peer_(address),
        context_(SSL_CTX_new(TLS_client_method()), &SSL_CTX_free),
        ssl_(SSL_new(context_.get()), &SSL_free) {
    SSL_set_fd(ssl_.get(), peer_.fd());
    if (SSL_connect(ssl_.get()) != 1) throw std::runtime_error("no TLS handshake");
  }
  bool shown(const TestCertificate& certificate) const {
    std::FILE* file = std::fopen(certificate.certificate_file().c_str(), "r");
    const std::unique_ptr<X509, decltype(&X509_free)> wanted(PEM_read_X509(file, nullptr, nullptr, nullptr),
                                                             &X509_free);
    std::fclose(file);
    return X509_cmp(SSL_get0_peer_certificate(ssl_.get()), wanted.get()) == 0;
  }
  std::string ask() {
    const std::string request = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
    SSL_write(ssl_.get(), request.data(), static_cast<int>(request.size()));
    char bytes[4096];
    const int got = SSL_read(ssl_.get(), bytes, sizeof bytes);
    return got > 0 ? std::string(bytes, static_cast<std::size_t>(got)) : std::string();
  }

 private:
  TestPeer peer_;
  const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
  const std::unique_ptr<SSL, decltype(&SSL_free)> ssl_;
};

void copy(const TestCertificate& from, const TestCertificate& to) {
  const auto overwrite = std::filesystem::copy_options::overwrite_existing;
  std::filesystem::copy_file(from.certificate_file(), to.certificate_file(), overwrite);
  std::filesystem::copy_file(from.key_file(), to.key_file(), overwrite);
}

class RenewalTest : public ::testing::Test {
 protected:
  RenewalTest() : io_(2) {
    io_.start();
    copy(first_, files_);
  }
  ~RenewalTest() override {
    server_.reset();
    io_.stop();
  }
  std::string serve() {
    server_ = std::make_unique<HttpServer>(io_, HttpServerLimits{}, [](const HttpRequest&, const auto& responder) {
      responder->respond({.content_type = "text/plain", .body = "here"});
    });
    return server_->listen("127.0.0.1:0", &tls_).value();
  }

  const TestCertificate first_, second_, files_;
  const TlsFiles tls_{files_.certificate_file(), files_.key_file()};
  IoContext io_;
  std::unique_ptr<HttpServer> server_;
};

TEST_F(RenewalTest, WhoComesMeetsTheNewCertificateAndWhoIsThereIsNotCutOff) {
  const auto address = serve();
  Client before(address);
  EXPECT_TRUE(before.shown(first_));
  EXPECT_FALSE(*server_->renew_certificate(tls_)) << "it is the same one";
  copy(second_, files_);
  EXPECT_TRUE(*server_->renew_certificate(tls_));
  EXPECT_TRUE(Client(address).shown(second_));
  EXPECT_THAT(before.ask(), HasSubstr("here"));
}

TEST_F(RenewalTest, ABrokenCertificateLeavesTheOldOneInForceAndSaysWhy) {
  const auto address = serve();
  std::filesystem::copy_file(second_.key_file(), files_.key_file(), std::filesystem::copy_options::overwrite_existing);
  EXPECT_THAT(server_->renew_certificate(tls_).error().message, HasSubstr("key " + files_.key_file() + ": "));
  EXPECT_TRUE(Client(address).shown(first_));
  std::ofstream(files_.certificate_file()) << "nonsense";
  EXPECT_THAT(server_->renew_certificate(tls_).error().message, HasSubstr("certificate " + files_.certificate_file()));
  EXPECT_TRUE(Client(address).shown(first_));
}

TEST_F(RenewalTest, OtherFilesMayTakeThePlaceOfTheOld) {
  const auto address = serve();
  EXPECT_TRUE(*server_->renew_certificate({second_.certificate_file(), second_.key_file()}));
  EXPECT_TRUE(Client(address).shown(second_));
}

TEST_F(RenewalTest, ListenersOfConnectorsTakeTheNewCertificateToo) {
  Streams streams(io_);
  Seen<StreamEvent> events;
  auto set = streams.make_set([&](StreamEvent event) { events.add(std::move(event)); });
  ListenArgs args{.certificate = tls_.certificate, .key = tls_.key, .tls = true};
  args.address = "127.0.0.1:0";
  ASSERT_FALSE(set->listen(1, args).has_error());
  const std::string address = events.next().text;
  EXPECT_TRUE(Client(address).shown(first_));
  copy(second_, files_);
  streams.renew_certificates();
  EXPECT_TRUE(Client(address).shown(second_));
  std::ofstream(files_.key_file()) << "nonsense";
  streams.renew_certificates();
  EXPECT_TRUE(Client(address).shown(second_));
  set.reset();
}

TEST(CertificateTerm, IsThatOfTheFile) {
  const TestCertificate certificate;  // from an hour ago for an hour
  const auto term = certificate_term(certificate.certificate_file());
  ASSERT_FALSE(term.has_error());
  EXPECT_EQ(term->until - term->from, std::chrono::hours{2});
  EXPECT_TRUE(certificate_term(certificate.key_file()).has_error());
}

}  // namespace
}  // namespace jackfield::net
