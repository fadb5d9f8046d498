#include "simulate/smtp_sink.hpp"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/json/parse.hpp>
#include <future>

#include "net/http_client.hpp"
#include "simulate/smtp_sink_mail.hpp"

namespace jackfield::simulate {
namespace {

namespace json = boost::json;

// A client that says lines and gets answers.
class Client {
 public:
  explicit Client(const std::string& address) : socket_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1))));
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    timeval patience{20, 0};
    setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    EXPECT_EQ(connect(socket_, reinterpret_cast<sockaddr*>(&to), sizeof to), 0);
    EXPECT_EQ(answer(), "220");
  }
  ~Client() { close(socket_); }

  // The code of the answer; empty: the connection was closed.
  std::string say(const std::string& line) {
    EXPECT_GT(::send(socket_, (line + "\r\n").data(), line.size() + 2, MSG_NOSIGNAL), 0);
    return answer();
  }
  std::string answer() {
    std::string line;
    for (char c = 0; recv(socket_, &c, 1, 0) == 1;) {
      line += c;
      if (c != '\n') continue;
      if (line.size() > 3 && line[3] == '-')
        line.clear();
      else
        return line.substr(0, 3);
    }
    return "";
  }
  std::string mail(const std::string& to, const std::string& bytes) {
    EXPECT_EQ(say("EHLO test"), "250");
    EXPECT_EQ(say("MAIL FROM:<a@x.example>"), "250");
    const std::string code = say("RCPT TO:<" + to + ">");
    if (code != "250") return code;
    EXPECT_EQ(say("DATA"), "354");
    return say(bytes + "\r\n.");
  }

 private:
  int socket_;
};

struct Started {
  explicit Started(std::vector<std::string> faults = {})
      : sink([&] {
          SmtpSinkOptions options;
          options.listen = options.http_listen = "127.0.0.1:0";
          options.faults = std::move(faults);
          options.quiet = true;
          return options;
        }()) {
    addresses = sink.start().value();
  }
  SmtpSink sink;
  SmtpSinkAddresses addresses;
};

net::HttpAnswer call(const std::string& method, const std::string& url, const std::string& body = "") {
  net::HttpClient client;
  std::promise<net::HttpAnswer> promise;
  net::HttpCall request;
  request.method = method;
  request.url = url;
  request.body = body;
  client.submit(std::move(request), [&](net::HttpAnswer answer) { promise.set_value(std::move(answer)); });
  return promise.get_future().get();
}

TEST(SmtpSink, KeepsWhatItGetsAndShowsItOverHttp) {
  Started it;
  EXPECT_EQ(Client(it.addresses.smtp).mail("b@y.example", "Subject: Hello\r\n there\r\n\r\n..dot"), "250");
  ASSERT_EQ(it.sink.mails().size(), 1u);
  EXPECT_EQ(it.sink.mails()[0].bytes, "Subject: Hello\r\n there\r\n\r\n.dot\r\n");
  const json::value list = json::parse(call("GET", "http://" + it.addresses.http + "/messages").body);
  EXPECT_EQ(list.at(0).at("from"), "a@x.example");
  EXPECT_EQ(list.at(0).at("to").at(0), "b@y.example");
  EXPECT_EQ(list.at(0).at("headers").at("subject"), "Hello there");
  EXPECT_EQ(list.at(0).at("text"), ".dot");
  EXPECT_EQ(call("DELETE", "http://" + it.addresses.http + "/messages").status, 204);
  EXPECT_TRUE(it.sink.mails().empty());
}

TEST(SmtpSink, RejectsRecipientsWithTheCodeItWasTold) {
  Started it({"reject-rcpt=550"});
  EXPECT_EQ(Client(it.addresses.smtp).mail("b@y.example", "x"), "550");
}

TEST(SmtpSink, GreylistsEachRecipientOnce) {
  Started it({"greylist"});
  EXPECT_EQ(Client(it.addresses.smtp).mail("b@y.example", "x"), "451");
  EXPECT_EQ(Client(it.addresses.smtp).mail("b@y.example", "x"), "250");
  EXPECT_EQ(Client(it.addresses.smtp).mail("c@y.example", "x"), "451");
}

TEST(SmtpSink, DropsTheConnectionAfterDataButKeepsTheMail) {
  Started it({"drop-after-data"});
  EXPECT_EQ(Client(it.addresses.smtp).mail("b@y.example", "x"), "");
  EXPECT_EQ(it.sink.mails().size(), 1u);
}

TEST(SmtpSink, SlowAnswersComeAndNothingIsLost) {
  Started it({"slow=20ms"});
  Client client(it.addresses.smtp);
  EXPECT_EQ(client.mail("b@y.example", "x\r\n.\r\nNOOP"), "250");
}

TEST(SmtpSink, FaultsCanBeChangedWhileItRuns) {
  Started it;
  EXPECT_EQ(call("PUT", "http://" + it.addresses.http + "/faults", R"(["reject-data=554"])").status, 204);
  EXPECT_EQ(Client(it.addresses.smtp).mail("b@y.example", "x"), "554");
  EXPECT_EQ(call("PUT", "http://" + it.addresses.http + "/faults", R"(["explode"])").status, 400);
  EXPECT_EQ(call("PUT", "http://" + it.addresses.http + "/faults", "[]").status, 204);
  EXPECT_EQ(Client(it.addresses.smtp).mail("b@y.example", "x"), "250");
}

TEST(SmtpSink, UnknownFaultAndTakenAddressAreNamed) {
  SmtpSinkOptions options;
  options.listen = "127.0.0.1:0";
  options.faults = {"explode"};
  EXPECT_THAT(SmtpSink(options).start().error().message, testing::HasSubstr("explode"));
  Started it;
  options.faults = {};
  options.listen = it.addresses.smtp;
  EXPECT_THAT(SmtpSink(options).start().error().message, testing::HasSubstr(it.addresses.smtp));
}

TEST(SmtpSinkMail, TextIsFoundAndDecoded) {
  EXPECT_EQ(text_of_mail("A: b\r\n\r\nplain\r\n"), "plain");
  EXPECT_EQ(text_of_mail("Content-Transfer-Encoding: quoted-printable\r\n\r\nGr=C3=BC=\r\nn\r\n"), "Grün");
  EXPECT_EQ(text_of_mail("Content-Type: multipart/mixed; boundary=\"b\"\r\n\r\n--b\r\nContent-Transfer-Encoding: "
                         "base64\r\n\r\naGVs\r\nbG8=\r\n--b\r\n\r\nx\r\n--b--\r\n"),
            "hello");
}

}  // namespace
}  // namespace jackfield::simulate
