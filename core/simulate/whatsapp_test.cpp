#include "simulate/whatsapp.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <condition_variable>
#include <fstream>
#include <future>
#include <mutex>

#include "base/crypto.hpp"
#include "base/temporary_folder.hpp"
#include "net/http_client.hpp"
#include "net/http_server.hpp"
#include "net/io.hpp"
#include "simulate/whatsapp_bodies.hpp"

namespace jackfield::simulate {
namespace {

namespace json = boost::json;

// The channel's webhook: keeps what comes and answers as it is told.
class Channel {
 public:
  Channel() {
    server_ = std::make_unique<net::HttpServer>(
        io_, net::HttpServerLimits{}, [this](net::HttpRequest request, std::shared_ptr<net::Responder> reply) {
          const std::lock_guard lock(mutex_);
          requests_.push_back(std::move(request));
          int status = 200;
          if (!answers_.empty()) {
            status = answers_.front();
            answers_.erase(answers_.begin());
          }
          reply->respond({status, "text/plain", {}, {}, {}});
          came_.notify_all();
        });
    url_ = "http://" + server_->listen("127.0.0.1:0").value() + "/channels/wa/webhook";
    io_.start();
  }
  ~Channel() {
    server_->stop();
    io_.stop();
  }

  const std::string& url() const { return url_; }
  void answer_next(std::vector<int> answers) {
    const std::lock_guard lock(mutex_);
    answers_ = std::move(answers);
  }
  std::vector<net::HttpRequest> wait_for(std::size_t count) {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(came_.wait_for(lock, std::chrono::seconds(20), [&] { return requests_.size() >= count; }));
    return requests_;
  }
  std::vector<net::HttpRequest> so_far() { return wait_for(0); }

 private:
  std::mutex mutex_;
  std::condition_variable came_;
  std::vector<net::HttpRequest> requests_;
  std::vector<int> answers_;
  net::IoContext io_{1};
  std::unique_ptr<net::HttpServer> server_;
  std::string url_;
};

class SimulatedWhatsApp : public testing::Test {
 protected:
  SimulatedWhatsApp() : simulator_(options()) { url_ = "http://" + simulator_.start().value(); }
  ~SimulatedWhatsApp() override { client_.stop(); }

  WhatsAppOptions options() {
    WhatsAppOptions out;
    out.listen = "127.0.0.1:0";
    out.webhook = channel_.url();
    out.app_secret = "secret";
    out.access_token = "token";
    out.quiet = true;
    return out;
  }

  net::HttpAnswer call(net::HttpCall call) {
    std::promise<net::HttpAnswer> promise;
    client_.submit(std::move(call), [&](net::HttpAnswer answer) { promise.set_value(std::move(answer)); });
    return promise.get_future().get();
  }
  net::HttpAnswer request(const std::string& method, const std::string& path, const std::string& body = {}) {
    net::HttpCall out;
    out.method = method, out.url = url_ + path, out.body = body;
    out.headers = {{"Authorization", "Bearer token"}, {"Content-Type", "application/json"}};
    return call(std::move(out));
  }
  net::HttpAnswer send() {
    return request("POST", "/v26.0/1000001/messages",
                   R"({"messaging_product":"whatsapp","to":"15550002222","type":"text","text":{"body":"Hi"},)"
                   R"("biz_opaque_callback_data":"ob-1"})");
  }
  void faults(const std::string& body) { EXPECT_EQ(request("POST", "/_control/faults", body).status, 200); }

  // "sent", "read", … of the receipts that came.
  static std::vector<std::string> statuses(const std::vector<net::HttpRequest>& requests) {
    std::vector<std::string> out;
    for (const auto& each : requests)
      out.emplace_back(json::parse(each.body)
                           .at("entry")
                           .at(0)
                           .at("changes")
                           .at(0)
                           .at("value")
                           .at("statuses")
                           .at(0)
                           .at("status")
                           .as_string());
    return out;
  }

  Channel channel_;
  WhatsAppSimulator simulator_;
  std::string url_;
  net::HttpClient client_{16};
};

using Names = std::vector<std::string>;

TEST_F(SimulatedWhatsApp, SignsTheBytesThatItPostsAndWritesThemAsMetaDoes) {
  const auto reply = request("POST", "/_control/message", R"({"from":"15550002222","name":"Zoë","text":"café 😀 a/b"})");
  EXPECT_EQ(json::parse(reply.body).at("status"), 200);
  const auto posted = channel_.wait_for(1).front();
  const auto mac = hmac_sha256("secret", posted.body);
  EXPECT_EQ(posted.header("x-hub-signature-256"), "sha256=" + to_hex(mac.data(), mac.size()));
  EXPECT_NE(posted.body.find(R"(caf\u00e9 \ud83d\ude00 a\/b)"), std::string::npos) << posted.body;
  const auto value = json::parse(posted.body).at("entry").at(0).at("changes").at(0).at("value");
  EXPECT_EQ(value.at("messages").at(0).at("text").at("body"), "café 😀 a/b");
  EXPECT_EQ(value.at("messages").at(0).at("id"), json::parse(reply.body).at("id"));
  EXPECT_EQ(value.at("metadata").at("phone_number_id"), "1000001");
}

TEST_F(SimulatedWhatsApp, PostsABatchAsOneWebhook) {
  request("POST", "/_control/message", R"({"messages":[{"from":"1","text":"a"},{"from":"2","image":{"id":"9"}}]})");
  const auto value = json::parse(channel_.wait_for(1).front().body).at("entry").at(0).at("changes").at(0).at("value");
  EXPECT_EQ(value.at("messages").as_array().size(), 2u);
  EXPECT_EQ(value.at("messages").at(1).at("type"), "image");
}

TEST_F(SimulatedWhatsApp, RefusesAnotherTokenWithCode190) {
  net::HttpCall wrong;
  wrong.method = "POST", wrong.url = url_ + "/v26.0/1000001/messages", wrong.body = "{}";
  wrong.headers = {{"Authorization", "Bearer tokem"}};
  const auto answer = call(wrong);
  EXPECT_EQ(answer.status, 401);
  EXPECT_EQ(json::parse(answer.body).at("error").at("code"), 190);
}

TEST_F(SimulatedWhatsApp, RefusesWhatIsNoMessageWithCode100) {
  const auto answer =
      request("POST", "/v26.0/1000001/messages", R"({"messaging_product":"whatsapp","to":"1","type":"text"})");
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(json::parse(answer.body).at("error").at("code"), 100);
}

TEST_F(SimulatedWhatsApp, TakesASendRecordsItAndPostsItsReceipts) {
  const auto answer = send();
  EXPECT_EQ(answer.status, 200);
  const std::string id(json::parse(answer.body).at("messages").at(0).at("id").as_string());
  EXPECT_EQ(statuses(channel_.wait_for(3)), (Names{"sent", "delivered", "read"}));
  EXPECT_NE(channel_.so_far().front().body.find(R"("biz_opaque_callback_data":"ob-1")"), std::string::npos);
  const auto sent = json::parse(request("GET", "/_control/sent").body);
  EXPECT_EQ(sent.at("total"), 1);
  EXPECT_EQ(sent.at("items").at(0).at("id").as_string(), id);
  EXPECT_EQ(sent.at("items").at(0).at("body").at("text").at("body"), "Hi");
}

TEST_F(SimulatedWhatsApp, PostsReceiptsInTheWrongOrderOrTwiceWhenTold) {
  faults(R"({"receipts":"reversed"})");
  send();
  EXPECT_EQ(statuses(channel_.wait_for(3)), (Names{"read", "delivered", "sent"}));
  faults(R"({"receipts":"twice"})");
  send();
  EXPECT_EQ(statuses(channel_.wait_for(9)),
            (Names{"read", "delivered", "sent", "sent", "sent", "delivered", "delivered", "read", "read"}));
}

TEST_F(SimulatedWhatsApp, PostsAllReceiptsBeforeItAnswersWhenTold) {
  faults(R"({"receipts":"before_answer"})");
  EXPECT_EQ(send().status, 200);
  EXPECT_EQ(channel_.so_far().size(), 3u);
}

TEST_F(SimulatedWhatsApp, AnswersAsToldOnceEachAndThenWell) {
  faults(
      R"({"receipts":"none","next":[{"status":429,"code":130429,"retry_after":2},{"status":500},{"status":400,"code":131047}]})");
  const auto limited = send();
  EXPECT_EQ(limited.status, 429);
  EXPECT_EQ(json::parse(limited.body).at("error").at("code"), 130429);
  bool said = false;
  for (const auto& [name, value] : limited.headers) said |= name == "retry-after" && value == "2";
  EXPECT_TRUE(said);
  EXPECT_EQ(send().status, 500);
  EXPECT_EQ(send().status, 400);
  EXPECT_EQ(send().status, 200);
  EXPECT_EQ(json::parse(request("GET", "/_control/sent").body).at("total"), 1);
}

TEST_F(SimulatedWhatsApp, CutsTheConnectionWhenToldWithOrWithoutTakingTheMessage) {
  faults(R"({"receipts":"none","next":[{"drop":true},{"drop":true,"taken":true},{"delay_ms":20}]})");
  EXPECT_EQ(send().progress, net::Progress::maybe);
  EXPECT_EQ(json::parse(request("GET", "/_control/sent").body).at("total"), 0);
  EXPECT_EQ(send().progress, net::Progress::maybe);
  EXPECT_EQ(json::parse(request("GET", "/_control/sent").body).at("total"), 1);
  EXPECT_EQ(send().status, 200);
}

TEST_F(SimulatedWhatsApp, PostsAgainWhileTheHostDoesNotTakeIt) {
  channel_.answer_next({503, 503, 200});
  const auto reply = request("POST", "/_control/message", R"({"from":"1","text":"a"})");
  EXPECT_EQ(json::parse(reply.body).at("status"), 503) << "the answer to the first try";
  const auto requests = channel_.wait_for(3);
  EXPECT_EQ(requests[0].body, requests[2].body);
}

TEST_F(SimulatedWhatsApp, DoesNotPostAgainWhatWasRefusedForGood) {
  channel_.answer_next({401});
  const auto reply = request("POST", "/_control/message", R"({"from":"1","text":"a","signature":"sha256=00"})");
  EXPECT_EQ(json::parse(reply.body).at("status"), 401);
  EXPECT_EQ(channel_.so_far().front().header("x-hub-signature-256"), "sha256=00");
  EXPECT_EQ(json::parse(request("GET", "/_control/webhook-results").body).at("waiting"), 0);
}

TEST_F(SimulatedWhatsApp, PostsAReceiptWhenAsked) {
  faults(R"({"receipts":"none"})");
  const std::string id(json::parse(send().body).at("messages").at(0).at("id").as_string());
  request("POST", "/_control/status", R"({"status":"failed","code":131047,"id":")" + id + "\"}");
  const auto requests = channel_.wait_for(1);
  EXPECT_EQ(statuses(requests), Names{"failed"});
  EXPECT_NE(requests[0].body.find(R"("code":131047)"), std::string::npos);
  EXPECT_NE(requests[0].body.find(R"("biz_opaque_callback_data":"ob-1")"), std::string::npos);
}

TEST_F(SimulatedWhatsApp, HoldsAnUploadedFileUntilItIsDeleted) {
  const TemporaryFolder folder;
  const auto file = folder.file("upload.png");
  std::ofstream(file, std::ios::binary) << std::string("\x89PNG\r\n\r\n--x\0y", 14);
  net::HttpCall upload;
  upload.method = "POST", upload.url = url_ + "/v26.0/1000001/media", upload.body_file = file;
  upload.file_name = "a.png", upload.file_type = "image/png";
  upload.form_fields = {{"messaging_product", "whatsapp"}, {"type", "image/png"}};
  upload.headers = {{"Authorization", "Bearer token"}};
  const std::string id(json::parse(call(upload).body).at("id").as_string());
  const auto info = json::parse(request("GET", "/v26.0/" + id + "?phone_number_id=1000001").body);
  EXPECT_EQ(info.at("mime_type"), "image/png");
  const std::string url(info.at("url").as_string());
  const auto bytes = request("GET", url.substr(url_.size()));
  EXPECT_EQ(bytes.body, std::string("\x89PNG\r\n\r\n--x\0y", 14));
  EXPECT_EQ(info.at("sha256").as_string(), sha256_hex(bytes.body));
  EXPECT_EQ(request("DELETE", "/v26.0/" + id).status, 200);
  EXPECT_EQ(request("GET", "/v26.0/" + id).status, 400);
}

TEST(SimulatedBodies, AMessageWithoutAPhoneNumberHasTheUserIdOnly) {
  const auto call = json::parse(R"({"user_id":"US.1","text":"Hi"})").as_object();
  const auto message = message_from_call(call, "wamid.1", 1795255200);
  EXPECT_FALSE(message.contains("from"));
  EXPECT_EQ(message.at("from_user_id"), "US.1");
  EXPECT_FALSE(contact_from_call(call).contains("wa_id"));
}

}  // namespace
}  // namespace jackfield::simulate
