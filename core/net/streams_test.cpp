#include "net/streams.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <future>

#include "net/io.hpp"
#include "net/test_peer.hpp"

namespace jackfield::net {
namespace {

using Kind = StreamEvent::Kind;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr std::uint64_t listener_id = 1, out_id = 2;
constexpr std::uint64_t plenty = 1 << 30;

// A blocking TLS client over a socket that has spoken plain text before.
class TlsPeer {
 public:
  explicit TlsPeer(int fd) : context_(SSL_CTX_new(TLS_client_method())), ssl_(SSL_new(context_)) {
    SSL_set_fd(ssl_, fd);
    if (SSL_connect(ssl_) != 1) throw std::runtime_error("no TLS handshake");
  }
  TlsPeer(const TlsPeer&) = delete;
  TlsPeer& operator=(const TlsPeer&) = delete;
  ~TlsPeer() {
    SSL_free(ssl_);
    SSL_CTX_free(context_);
  }
  void send(const std::string& bytes) { SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size())); }
  std::string read_some() {
    char bytes[4096];
    const int got = SSL_read(ssl_, bytes, sizeof bytes);
    return got > 0 ? std::string(bytes, static_cast<std::size_t>(got)) : std::string();
  }

 private:
  SSL_CTX* context_;
  SSL* ssl_;
};

class StreamsTest : public ::testing::Test {
 protected:
  StreamsTest() : io_(2), streams_(io_) {
    io_.start();
    set_ = streams_.make_set([this](StreamEvent event) { events_.add(std::move(event)); });
  }
  ~StreamsTest() override {
    set_.reset();
    io_.stop();
  }

  std::string listen(ListenArgs args = {}) {
    args.address = "127.0.0.1:0";
    EXPECT_FALSE(set_->listen(listener_id, std::move(args)).has_error());
    const StreamEvent event = events_.next();
    EXPECT_EQ(event.kind, Kind::listening);
    return event.text;
  }
  static std::uint16_t port_of(const std::string& address) {
    return static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
  }
  StreamEvent next(Kind kind) {
    StreamEvent event = events_.next();
    EXPECT_EQ(event.kind, kind) << event.text << event.bytes;
    return event;
  }
  std::string data(std::size_t count) {
    std::string out;
    while (out.size() < count) out += next(Kind::data).bytes;
    return out;
  }

  IoContext io_;
  Streams streams_;
  Seen<StreamEvent> events_;
  std::shared_ptr<StreamSet> set_;
};

TEST_F(StreamsTest, AnAcceptedStreamCarriesBytesBothWays) {
  TestPeer peer(listen());
  const StreamEvent accepted = next(Kind::accepted);
  EXPECT_EQ(accepted.listener, listener_id);
  EXPECT_GT(accepted.stream, 1ull << 63);
  EXPECT_THAT(accepted.text, StartsWith("127.0.0.1:"));
  peer.send("hello");
  EXPECT_FALSE(set_->read(accepted.stream, plenty).has_error());
  EXPECT_EQ(data(5), "hello");
  EXPECT_FALSE(set_->write(accepted.stream, "wor").has_error());
  EXPECT_FALSE(set_->write(accepted.stream, "ld").has_error());
  EXPECT_EQ(peer.read_bytes(5), "world");
}

TEST_F(StreamsTest, TwoStreamsOfOneSetTalk) {
  const auto address = listen();
  ASSERT_FALSE(set_->connect(out_id, {.host = "localhost", .port = port_of(address)}).has_error());
  StreamEvent first = events_.next(), second = events_.next();
  if (first.kind != Kind::connected) std::swap(first, second);
  EXPECT_EQ(first.stream, out_id);
  EXPECT_EQ(first.text, address);
  ASSERT_FALSE(set_->write(out_id, "over").has_error());
  ASSERT_FALSE(set_->read(second.stream, plenty).has_error());
  EXPECT_EQ(data(4), "over");
}

TEST_F(StreamsTest, NoMoreIsReadThanWasGranted) {
  TestPeer peer(listen());
  const auto stream = next(Kind::accepted).stream;
  peer.send("0123456789");
  ASSERT_FALSE(set_->read(stream, 4).has_error());
  EXPECT_EQ(data(4), "0123");
  ASSERT_FALSE(set_->read(stream, 1).has_error());
  ASSERT_FALSE(set_->read(stream, 2).has_error());
  EXPECT_EQ(data(3), "456");
  EXPECT_EQ(events_.unread(), 0u);
}

TEST_F(StreamsTest, WritesPastTheBoundAreRefusedUntilThereIsRoom) {
  TestPeer peer(listen());
  const auto stream = next(Kind::accepted).stream;
  const std::string piece(256 * 1024, 'x');
  std::size_t written = 0;
  Result<void> last;
  for (; !last.has_error(); last = set_->write(stream, piece)) written += last.has_error() ? 0 : piece.size();
  EXPECT_EQ(last.error().code, Errc::busy);
  written -= piece.size();  // the first round wrote nothing
  for (std::size_t got = 0; got < written;) got += peer.read_some().size();
  EXPECT_EQ(next(Kind::writable).stream, stream);
  EXPECT_FALSE(set_->write(stream, "room").has_error());
  EXPECT_EQ(peer.read_bytes(4), "room");
}

TEST_F(StreamsTest, ACloseSendsWhatWasWrittenFirst) {
  TestPeer peer(listen());
  const auto stream = next(Kind::accepted).stream;
  const std::string large(8 * 1024 * 1024, 'x');
  peer.send("unread by the owner");
  ASSERT_FALSE(set_->write(stream, large).has_error());
  ASSERT_FALSE(set_->close(stream).has_error());
  EXPECT_EQ(set_->write(stream, "late").error().code, Errc::conflict);
  std::size_t got = 0;
  for (std::string more = peer.read_some(); !more.empty(); more = peer.read_some()) got += more.size();
  EXPECT_EQ(got, large.size());
  peer.half_close();
  const StreamEvent closed = next(Kind::closed);
  EXPECT_EQ(closed.stream, stream);
  EXPECT_TRUE(closed.orderly);
  EXPECT_EQ(set_->write(stream, "gone").error().code, Errc::not_found);
}

TEST_F(StreamsTest, ThePeersEndComesAfterItsBytes) {
  std::uint64_t stream = 0;
  {
    TestPeer peer(listen());
    stream = next(Kind::accepted).stream;
    peer.send("last words");
  }
  ASSERT_FALSE(set_->read(stream, plenty).has_error());
  EXPECT_EQ(data(10), "last words");
  EXPECT_TRUE(next(Kind::closed).orderly);
}

TEST_F(StreamsTest, ConnectionsPastTheBoundAreClosedAtOnce) {
  const auto address = listen({.max_connections = 1});
  auto first = std::make_unique<TestPeer>(address);
  const auto stream = next(Kind::accepted).stream;
  TestPeer second(address);
  EXPECT_EQ(second.read_to_end(), "");
  first.reset();
  ASSERT_FALSE(set_->read(stream, 1).has_error());
  next(Kind::closed);
  TestPeer third(address);
  next(Kind::accepted);
}

TEST_F(StreamsTest, AListenerThatIsClosedAcceptsNoMore) {
  const auto address = listen();
  ASSERT_FALSE(set_->close(listener_id).has_error());
  EXPECT_EQ(next(Kind::closed).listener, listener_id);
  EXPECT_THROW(TestPeer{address}, std::runtime_error);
}

TEST_F(StreamsTest, WhatCannotBeDoneIsSaid) {
  const auto address = listen();
  EXPECT_THAT(set_->listen(9, {.address = address}).error().message, HasSubstr("already in use"));
  EXPECT_THAT(set_->listen(9, {.address = "127.0.0.1:0", .certificate = "/nowhere", .key = "/nowhere"}).error().message,
              HasSubstr("/nowhere"));
  EXPECT_EQ(set_->connect(listener_id, {.host = "localhost", .port = 1}).error().code, Errc::conflict);
  EXPECT_EQ(set_->read(77, 1).error().code, Errc::not_found);
  TestPeer peer(address);
  EXPECT_EQ(set_->start_tls(next(Kind::accepted).stream, true).error().code, Errc::conflict);
}

TEST_F(StreamsTest, AConnectThatFailsClosesWithTheReason) {
  const auto address = listen();
  ASSERT_FALSE(set_->close(listener_id).has_error());
  next(Kind::closed);
  ASSERT_FALSE(set_->connect(out_id, {.host = "127.0.0.1", .port = port_of(address)}).has_error());
  const StreamEvent refused = next(Kind::closed);
  EXPECT_FALSE(refused.orderly);
  EXPECT_EQ(refused.text, address + ": connection refused");
  ASSERT_FALSE(set_->connect(3, {.host = "no-such-host.invalid", .port = 25}).has_error());
  EXPECT_THAT(next(Kind::closed).text, StartsWith("no-such-host.invalid: "));
}

TEST_F(StreamsTest, NothingIsToldOnceTheSetIsGone) {
  TestPeer peer(listen());
  ASSERT_FALSE(set_->read(next(Kind::accepted).stream, plenty).has_error());
  set_.reset();
  EXPECT_EQ(peer.read_to_end(), "");
  EXPECT_EQ(events_.unread(), 0u);
}

TEST_F(StreamsTest, AnOwnerMayDropItsSetInsideAnEvent) {
  std::shared_ptr<StreamSet> own;
  Seen<int> dropped;
  std::mutex still_opening;
  {
    std::lock_guard lock(still_opening);
    own = streams_.make_set([&](const StreamEvent&) {
      std::lock_guard wait(still_opening);
      own.reset();
      dropped.add(1);
    });
    ASSERT_FALSE(own->listen(1, {.address = "127.0.0.1:0"}).has_error());
  }
  dropped.next();
}

// --------------------------------------------------------------------- TLS

class TlsStreamsTest : public StreamsTest {
 protected:
  ListenArgs with_certificate(bool tls) const {
    return {.certificate = certificate_.certificate_file(), .key = certificate_.key_file(), .tls = tls};
  }
  // Both ends in this set, after the events of the opening: the accepted stream's id.
  std::uint64_t connect_both(std::uint16_t port, ConnectArgs args) {
    args.port = port;
    EXPECT_FALSE(set_->connect(out_id, std::move(args)).has_error());
    StreamEvent first = events_.next(), second = events_.next();
    if (first.kind != Kind::connected) std::swap(first, second);
    EXPECT_EQ(first.kind, Kind::connected) << first.text;
    EXPECT_EQ(second.kind, Kind::accepted) << second.text;
    return second.stream;
  }
  const TestCertificate certificate_;
};

TEST_F(TlsStreamsTest, TlsFromTheFirstByteOn) {
  const auto accepted =
      connect_both(port_of(listen(with_certificate(true))), {.host = "127.0.0.1", .tls = true, .verify = false});
  ASSERT_FALSE(set_->write(out_id, std::string(100'000, 's')).has_error());
  ASSERT_FALSE(set_->read(accepted, plenty).has_error());
  EXPECT_EQ(data(100'000), std::string(100'000, 's'));
  ASSERT_FALSE(set_->read(out_id, plenty).has_error());
  ASSERT_FALSE(set_->close(accepted).has_error());
  EXPECT_TRUE(next(Kind::closed).orderly);
  EXPECT_TRUE(next(Kind::closed).orderly);
}

TEST_F(TlsStreamsTest, APeerThatCannotBeVerifiedIsLeftWithTheReason) {
  const auto port = port_of(listen(with_certificate(true)));
  ASSERT_FALSE(set_->connect(out_id, {.host = "localhost", .port = port, .tls = true}).has_error());
  const StreamEvent closed = next(Kind::closed);
  EXPECT_EQ(closed.stream, out_id);
  EXPECT_FALSE(closed.orderly);
  EXPECT_EQ(closed.text, "TLS: certificate verify failed: self-signed certificate");
}

TEST_F(TlsStreamsTest, TheNameMustMatchEvenWhenTheAuthorityIsTrusted) {
  ::setenv("SSL_CERT_FILE", certificate_.certificate_file().c_str(), 1);
  const auto port = port_of(listen(with_certificate(true)));
  const auto accepted = connect_both(port, {.host = "localhost", .tls = true});
  ASSERT_FALSE(set_->write(out_id, "trusted").has_error());
  ASSERT_FALSE(set_->read(accepted, plenty).has_error());
  EXPECT_EQ(data(7), "trusted");
  ASSERT_FALSE(set_->connect(3, {.host = "127.0.0.2", .port = port, .tls = true}).has_error());
  const StreamEvent refused = next(Kind::closed);
  ::unsetenv("SSL_CERT_FILE");
  EXPECT_EQ(refused.stream, 3u);
  EXPECT_THAT(refused.text, AnyOf(HasSubstr("IP address mismatch"), HasSubstr("connection refused")));
}

TEST_F(TlsStreamsTest, StartTlsUpgradesBothSides) {
  const auto accepted = connect_both(port_of(listen(with_certificate(false))), {.host = "localhost"});
  ASSERT_FALSE(set_->read(accepted, plenty).has_error());
  ASSERT_FALSE(set_->read(out_id, plenty).has_error());
  ASSERT_FALSE(set_->write(out_id, "STARTTLS\r\n").has_error());
  EXPECT_EQ(data(10), "STARTTLS\r\n");
  ASSERT_FALSE(set_->write(accepted, "220 go\r\n").has_error());
  ASSERT_FALSE(set_->start_tls(accepted, true).has_error());
  ASSERT_FALSE(set_->write(accepted, "secret").has_error());  // waits for TLS
  EXPECT_EQ(data(8), "220 go\r\n");
  ASSERT_FALSE(set_->start_tls(out_id, false).has_error());
  std::string secret;
  for (int tls = 0; tls < 2 || secret.size() < 6;) {
    const StreamEvent event = events_.next();
    ASSERT_TRUE(event.kind == Kind::tls || event.kind == Kind::data) << event.text;
    if (event.kind == Kind::tls) {
      EXPECT_THAT(event.text, StartsWith("TLSv1."));
      ++tls;
    }
    secret += event.bytes;
  }
  EXPECT_EQ(secret, "secret");
  EXPECT_EQ(set_->start_tls(out_id, false).error().code, Errc::conflict);
}

TEST_F(TlsStreamsTest, PlainTextBehindStartTlsIsThrownAway) {
  TestPeer peer(listen(with_certificate(false)));
  const auto stream = next(Kind::accepted).stream;
  ASSERT_FALSE(set_->read(stream, 10).has_error());
  peer.send("STARTTLS\r\nRCPT TO:<injected>\r\n");
  EXPECT_EQ(data(10), "STARTTLS\r\n");
  ASSERT_FALSE(set_->start_tls(stream, true).has_error());
  ASSERT_FALSE(set_->read(stream, plenty).has_error());
  TlsPeer tls(peer.fd());
  tls.send("EHLO again\r\n");
  next(Kind::tls);
  EXPECT_EQ(data(12), "EHLO again\r\n");
}

TEST_F(TlsStreamsTest, AHandshakeThatIsFasterThanTheOwnerIsKept) {
  TestPeer peer(listen(with_certificate(false)));
  const auto stream = next(Kind::accepted).stream;
  ASSERT_FALSE(set_->read(stream, plenty).has_error());
  auto secret = std::async(std::launch::async, [&] { return TlsPeer(peer.fd()).read_some(); });
  while (events_.unread() == 0) {  // the handshake is on its way and must not show as data
    if (!set_->start_tls(stream, true).has_error()) break;
  }
  next(Kind::tls);
  ASSERT_FALSE(set_->write(stream, "secret").has_error());
  EXPECT_EQ(secret.get(), "secret");
}

TEST_F(TlsStreamsTest, PlainTextToATlsListenerIsDroppedWithoutAnEvent) {
  TestPeer peer(listen(with_certificate(true)));
  peer.send("EHLO plain\r\n\r\n\r\n\r\n");
  peer.read_to_end();
  EXPECT_EQ(events_.unread(), 0u);
}

}  // namespace
}  // namespace jackfield::net
