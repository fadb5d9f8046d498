#include "net/http_client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <thread>

#include "base/temporary_folder.hpp"
#include "net/http_server.hpp"
#include "net/io.hpp"
#include "net/test_peer.hpp"

namespace jackfield::net {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Pair;

// A server that accepts one connection after another and gives it to the test.
class RawServer {
 public:
  explicit RawServer(std::function<void(TestPeer&)> script) : listener_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof at;
    ::bind(listener_, reinterpret_cast<sockaddr*>(&at), sizeof at);
    ::listen(listener_, 8);
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&at), &length);
    url_ = "http://127.0.0.1:" + std::to_string(ntohs(at.sin_port)) + "/";
    thread_ = std::thread([this, script = std::move(script)] {
      for (int fd = ::accept(listener_, nullptr, nullptr); fd >= 0; fd = ::accept(listener_, nullptr, nullptr)) {
        TestPeer peer(fd);
        ++accepted_;
        try {
          script(peer);
        } catch (const std::runtime_error&) {  // the client went first
        }
      }
    });
  }
  ~RawServer() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }
  const std::string& url() const { return url_; }
  int accepted() const { return accepted_; }

 private:
  const int listener_;
  std::string url_;
  std::atomic<int> accepted_{0};
  std::thread thread_;
};

std::string read_request(TestPeer& peer) {
  std::string head;
  while (!head.ends_with("\r\n\r\n")) head += peer.read_bytes(1);
  return head;
}

class HttpClientTest : public ::testing::Test {
 protected:
  HttpClientTest()
      : io_(1), server_(io_, {}, [this](HttpRequest request, std::shared_ptr<Responder> responder) {
          answer(std::move(request), responder);
        }) {
    io_.start();
    base_ = "http://" + server_.listen("127.0.0.1:0").value();
    other_ = "http://" + server_.listen("127.0.0.1:0").value();
  }
  ~HttpClientTest() override {
    client_.stop();
    server_.stop();  // no handler runs any more
    kept_.clear();
    io_.stop();
  }

  void answer(HttpRequest request, const std::shared_ptr<Responder>& responder) {
    if (request.path == "/redirect") {
      const auto query = parse_query(request.query);
      responder->respond({.status = std::stoi(query.at(0).second), .headers = {{"Location", query.at(1).second}}});
    } else if (request.path == "/large") {
      responder->respond({.body = std::string(100'000, 'x')});
    } else if (request.path == "/never") {
      kept_.push_back(responder);
      never_.add(1);
    } else {
      responder->respond({.status = 201, .body = request.method + " " + request.path, .headers = {{"X-Seen", "Yes"}}});
    }
    requests_.add(std::move(request));
  }

  HttpAnswer call(HttpCall call) {
    Seen<HttpAnswer> answered;
    EXPECT_TRUE(client_.submit(std::move(call), [&](HttpAnswer answer) { answered.add(std::move(answer)); }));
    return answered.next();
  }

  IoContext io_;
  HttpServer server_;
  std::string base_, other_;
  Seen<HttpRequest> requests_;
  Seen<int> never_;
  std::vector<std::shared_ptr<Responder>> kept_;
  HttpClient client_;
};

TEST_F(HttpClientTest, SendsWhatItIsToldAndBringsTheAnswer) {
  const HttpAnswer answer =
      call({.method = "POST", .url = base_ + "/path?q=1", .headers = {{"X-Mine", "a b"}}, .body = "the body"});
  EXPECT_EQ(answer.progress, Progress::answered);
  EXPECT_EQ(answer.status, 201);
  EXPECT_EQ(answer.body, "POST /path");
  EXPECT_EQ(answer.error, "");
  EXPECT_THAT(answer.headers, Contains(Pair("x-seen", "Yes")));
  const HttpRequest request = requests_.next();
  EXPECT_EQ(request.query, "q=1");
  EXPECT_EQ(request.body, "the body");
  EXPECT_EQ(request.header("x-mine"), "a b");
  EXPECT_EQ(request.header("content-type"), "");
  EXPECT_EQ(request.header("expect"), "");
}

TEST_F(HttpClientTest, KnowsEveryMethod) {
  for (const char* method : {"GET", "PUT", "PATCH", "DELETE", "POST"}) {
    EXPECT_EQ(call({.method = method, .url = base_ + "/x"}).body, std::string(method) + " /x");
  }
  EXPECT_EQ(call({.method = "HEAD", .url = base_ + "/x"}).status, 201);
}

TEST_F(HttpClientTest, UsesAConnectionAgain) {
  for (int i = 0; i < 20; ++i) EXPECT_EQ(call({.url = base_ + "/x"}).status, 201);
  EXPECT_EQ(server_.stats().accepted, 1u);
}

TEST_F(HttpClientTest, ManyAtOnceAllComeBack) {
  Seen<int> statuses;
  for (int i = 0; i < 200; ++i) {
    ASSERT_TRUE(client_.submit({.url = base_ + "/x"}, [&](HttpAnswer answer) { statuses.add(answer.status); }));
  }
  for (int i = 0; i < 200; ++i) EXPECT_EQ(statuses.next(), 201);
}

TEST_F(HttpClientTest, UploadsAFileAsAForm) {
  const TemporaryFolder folder;
  const std::string path = folder.file("upload");
  std::ofstream(path) << "file content";
  const HttpAnswer answer = call({.method = "POST",
                                  .url = base_ + "/media",
                                  .body_file = path,
                                  .file_name = "cat.jpg",
                                  .file_type = "image/jpeg",
                                  .form_fields = {{"messaging_product", "whatsapp"}}});
  EXPECT_EQ(answer.status, 201);
  const HttpRequest request = requests_.next();
  EXPECT_THAT(std::string(request.header("content-type")), HasSubstr("multipart/form-data; boundary="));
  EXPECT_THAT(request.body, HasSubstr("name=\"messaging_product\"\r\n\r\nwhatsapp\r\n"));
  EXPECT_THAT(request.body,
              HasSubstr("name=\"file\"; filename=\"cat.jpg\"\r\nContent-Type: image/jpeg\r\n\r\nfile content"));
}

// ---------------------------------------------------------------- progress

TEST_F(HttpClientTest, NothingWasSentWhenNobodyListensOrTheNameIsUnknown) {
  std::string closed;
  {
    closed = RawServer([](TestPeer&) {}).url();
  }
  for (const std::string& url :
       {closed, std::string("http://no-such-host.invalid/"), std::string("ftp://127.0.0.1/"), std::string("no url")}) {
    const HttpAnswer answer = call({.method = "POST", .url = url, .body = "x"});
    EXPECT_EQ(answer.progress, Progress::not_sent) << url;
    EXPECT_NE(answer.error, "") << url;
  }
  EXPECT_EQ(call({.url = base_, .headers = {{"A", "b\r\nC: d"}}}).progress, Progress::not_sent);
}

TEST_F(HttpClientTest, NothingWasSentWhenTheCertificateIsNotTrusted) {
  const TestCertificate certificate;
  const TlsFiles files{certificate.certificate_file(), certificate.key_file()};
  const auto address = server_.listen("127.0.0.1:0", &files).value();
  const HttpAnswer answer = call({.method = "POST", .url = "https://" + address + "/", .body = "x"});
  EXPECT_EQ(answer.progress, Progress::not_sent);
  EXPECT_THAT(answer.error, HasSubstr("certificate"));
}

TEST_F(HttpClientTest, ATimeoutLeavesItOpenWhetherItHadAnEffect) {
  const HttpAnswer answer = call({.url = base_ + "/never", .timeout = Millis{100}});
  EXPECT_EQ(answer.progress, Progress::maybe);
  EXPECT_TRUE(answer.timed_out);
}

TEST_F(HttpClientTest, AConnectionCutBeforeOrInTheAnswerLeavesItOpen) {
  for (const char* answered : {"", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"}) {
    RawServer server([answered](TestPeer& peer) {
      read_request(peer);
      peer.send(answered);
    });
    const HttpAnswer answer = call({.method = "POST", .url = server.url()});
    EXPECT_EQ(answer.progress, Progress::maybe);
    EXPECT_NE(answer.error, "");
  }
}

TEST_F(HttpClientTest, APostOnAPooledConnectionThatDiedIsNotRepeated) {
  RawServer server([](TestPeer& peer) {
    read_request(peer);
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    read_request(peer);  // taken, perhaps acted on, never answered
  });
  EXPECT_EQ(call({.method = "POST", .url = server.url()}).progress, Progress::answered);
  EXPECT_EQ(call({.method = "POST", .url = server.url()}).progress, Progress::maybe);
}

TEST_F(HttpClientTest, AGetOnAPooledConnectionThatDiedIsRepeated) {
  RawServer server([connection = 0](TestPeer& peer) mutable {
    read_request(peer);
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    if (++connection == 1) read_request(peer);
  });
  EXPECT_EQ(call({.url = server.url()}).progress, Progress::answered);
  EXPECT_EQ(call({.url = server.url()}).progress, Progress::answered);
}

TEST_F(HttpClientTest, AnAnswerPastItsBoundIsCut) {
  const HttpAnswer answer = call({.url = base_ + "/large", .max_bytes = 99'999});
  EXPECT_TRUE(answer.too_large);
  EXPECT_EQ(answer.progress, Progress::maybe);
  EXPECT_EQ(call({.url = base_ + "/large", .max_bytes = 100'000}).body.size(), 100'000u);
}

TEST_F(HttpClientTest, MoreThanMayBeOpenIsRefused) {
  Seen<HttpAnswer> first;
  HttpClient small(1);
  ASSERT_TRUE(small.submit({.url = base_ + "/never"}, [&](HttpAnswer answer) { first.add(std::move(answer)); }));
  EXPECT_FALSE(small.submit({.url = base_}, [](HttpAnswer) {}));
  never_.next();
  small.stop();
  small.stop();
  EXPECT_EQ(first.next().progress, Progress::maybe);
  EXPECT_FALSE(small.submit({.url = base_}, [](HttpAnswer) {}));
}

// --------------------------------------------------------------- redirects

TEST_F(HttpClientTest, FollowsRedirectsOnlyWhenTold) {
  const std::string url = base_ + "/redirect?s=302&to=/end";
  EXPECT_EQ(call({.url = url}).status, 302);
  const HttpAnswer answer = call({.url = url, .follow = true});
  EXPECT_EQ(answer.progress, Progress::answered);
  EXPECT_EQ(answer.body, "GET /end");
}

TEST_F(HttpClientTest, ARedirectedPostBecomesAGetUnlessItMustNot) {
  EXPECT_EQ(call({.method = "POST", .url = base_ + "/redirect?s=303&to=/end", .body = "b", .follow = true}).body,
            "GET /end");
  EXPECT_EQ(call({.method = "POST", .url = base_ + "/redirect?s=307&to=/end", .body = "b", .follow = true}).body,
            "POST /end");
}

TEST_F(HttpClientTest, AuthorizationStaysWithItsHost) {
  for (const auto& [target, kept] : {std::pair(base_, true), std::pair(other_, false)}) {
    call({.url = base_ + "/redirect?s=302&to=" + target + "/end",
          .headers = {{"Authorization", "Bearer secret"}, {"Cookie", "c=1"}, {"X-Other", "1"}},
          .follow = true});
    EXPECT_EQ(requests_.next().header("authorization"), "Bearer secret");
    const HttpRequest end = requests_.next();
    EXPECT_EQ(end.path, "/end");
    EXPECT_EQ(end.header("authorization"), kept ? "Bearer secret" : "");
    EXPECT_EQ(end.header("cookie"), kept ? "c=1" : "");
    EXPECT_EQ(end.header("x-other"), "1");
  }
}

TEST_F(HttpClientTest, ALoopOfRedirectsEnds) {
  RawServer server([](TestPeer& peer) {
    read_request(peer);
    peer.send("HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  });
  EXPECT_EQ(call({.url = server.url(), .follow = true}).error, "more than 5 redirects");
  EXPECT_EQ(server.accepted(), 6);
}

TEST_F(HttpClientTest, ARedirectToAnotherProtocolIsRefused) {
  const HttpAnswer answer = call({.url = base_ + "/redirect?s=302&to=file:///etc/passwd", .follow = true});
  EXPECT_NE(answer.progress, Progress::answered);
  EXPECT_EQ(answer.body, "");
}

// ------------------------------------------------------------ address guard

TEST_F(HttpClientTest, TheGuardRefusesPrivateAddressesAfterDns) {
  const std::string port = base_.substr(base_.rfind(':'));
  for (const std::string host : {"127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "127.1", "0x7f000001",
                                 "2130706433", "0.0.0.0", "10.0.0.1", "169.254.169.254", "100.64.0.1"}) {
    const HttpAnswer answer = call({.url = "http://" + host + port + "/", .guard = true});
    EXPECT_TRUE(answer.denied) << host << ": " << answer.error;
    EXPECT_EQ(answer.progress, Progress::not_sent) << host;
  }
  EXPECT_EQ(server_.stats().requests, 0u);
}

TEST_F(HttpClientTest, TheGuardAlsoSeesPooledConnections) {
  EXPECT_EQ(call({.url = base_ + "/x"}).status, 201);
  EXPECT_TRUE(call({.url = base_ + "/x", .guard = true}).denied);
  EXPECT_EQ(server_.stats().requests, 1u);
}

TEST_F(HttpClientTest, TheGuardLetsTheExemptOriginThroughAndNoOther) {
  EXPECT_EQ(call({.url = base_ + "/x", .guard = true, .exempt_origin = base_ + "/"}).status, 201);
  EXPECT_TRUE(call({.url = other_ + "/x", .guard = true, .exempt_origin = base_}).denied);
}

TEST_F(HttpClientTest, TheGuardHoldsAtARedirect) {
  const HttpAnswer answer = call(
      {.url = base_ + "/redirect?s=302&to=" + other_ + "/end", .follow = true, .guard = true, .exempt_origin = base_});
  EXPECT_TRUE(answer.denied);
  EXPECT_EQ(server_.stats().requests, 1u);
}

TEST_F(HttpClientTest, TheEnvironmentsProxyIsNotUsed) {
  ::setenv("http_proxy", "http://127.0.0.1:1", 1);
  EXPECT_EQ(call({.url = base_ + "/x"}).status, 201);
  ::unsetenv("http_proxy");
}

}  // namespace
}  // namespace jackfield::net
