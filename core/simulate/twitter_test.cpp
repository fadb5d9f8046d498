#include "simulate/twitter.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <condition_variable>
#include <future>
#include <mutex>

#include "base/crypto.hpp"
#include "net/http_client.hpp"
#include "net/http_server.hpp"
#include "net/io.hpp"

namespace jackfield::simulate {
namespace {

namespace json = boost::json;

std::string signature(std::string_view bytes) {
  const auto mac = hmac_sha256("secret", bytes);
  return "sha256=" + to_base64({reinterpret_cast<const char*>(mac.data()), mac.size()});
}

// A webhook that answers challenges right, or as it is told, and keeps what is posted.
class Channel {
 public:
  Channel() {
    server_ = std::make_unique<net::HttpServer>(
        io_, net::HttpServerLimits{}, [this](net::HttpRequest request, std::shared_ptr<net::Responder> reply) {
          const std::lock_guard lock(mutex_);
          if (request.method == "GET") {
            const auto token = net::parse_query(request.query).at(0).second;
            const auto answer = knows_secret ? signature(token) : "sha256=wrong";
            return reply->respond({200, "application/json", R"({"response_token":")" + answer + "\"}", {}, {}});
          }
          posts_.push_back(std::move(request));
          reply->respond({200, "text/plain", {}, {}, {}});
          came_.notify_all();
        });
    url = "http://" + server_->listen("127.0.0.1:0").value() + "/channels/x/webhook";
    io_.start();
  }
  ~Channel() {
    server_->stop();
    io_.stop();
  }
  std::vector<net::HttpRequest> wait_for(std::size_t count) {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(came_.wait_for(lock, std::chrono::seconds(20), [&] { return posts_.size() >= count; }));
    return posts_;
  }

  std::atomic<bool> knows_secret{true};
  std::string url;

 private:
  std::mutex mutex_;
  std::condition_variable came_;
  std::vector<net::HttpRequest> posts_;
  net::IoContext io_{1};
  std::unique_ptr<net::HttpServer> server_;
};

class SimulatedX : public testing::Test {
 protected:
  SimulatedX() : simulator_(options()) { url_ = "http://" + simulator_.start().value(); }
  ~SimulatedX() override { client_.stop(); }

  static TwitterOptions options() {
    TwitterOptions out;
    out.listen = "127.0.0.1:0";
    out.consumer_key = "key";
    out.consumer_secret = "secret";
    out.client_id = "client";
    out.refresh_token = "refresh";
    out.user_id = "111";
    out.quiet = true;
    return out;
  }

  net::HttpAnswer call(const std::string& method, const std::string& path, const std::string& body = {},
                       const std::string& authorization = {}) {
    net::HttpCall call;
    call.method = method;
    call.url = url_ + path;
    call.body = body;
    if (!authorization.empty()) call.headers.emplace_back("Authorization", authorization);
    std::promise<net::HttpAnswer> done;
    EXPECT_TRUE(client_.submit(std::move(call), [&](net::HttpAnswer answer) { done.set_value(std::move(answer)); }));
    return done.get_future().get();
  }
  json::object get(const std::string& path) { return json::parse(call("GET", path).body).as_object(); }
  net::HttpAnswer control(const std::string& what, const std::string& body) {
    return call("POST", "/_control/" + what, body);
  }
  std::string app() {
    const auto answer =
        call("POST", "/oauth2/token", "grant_type=client_credentials", "Basic " + to_base64("key:secret"));
    return "Bearer " + std::string(json::parse(answer.body).at("access_token").as_string());
  }
  net::HttpAnswer refresh(const std::string& token) {
    return call("POST", "/2/oauth2/token", "grant_type=refresh_token&refresh_token=" + token + "&client_id=client");
  }
  std::string user() {
    return "Bearer " + std::string(json::parse(refresh("refresh").body).at("access_token").as_string());
  }
  net::HttpAnswer subscribe(const std::string& type, const std::string& webhook) {
    return call(
        "POST", "/2/activity/subscriptions",
        R"({"event_type":")" + type + R"(","filter":{"user_id":"111"},"webhook_id":")" + webhook + R"(","tag":"t"})",
        app());
  }
  std::string registered() {
    const auto answer = call("POST", "/2/webhooks", R"({"url":")" + channel_.url + "\"}", app());
    EXPECT_EQ(answer.status, 200) << answer.body;
    return std::string(json::parse(answer.body).at("data").at("id").as_string());
  }

  Channel channel_;
  TwitterSimulator simulator_;
  std::string url_;
  net::HttpClient client_{16};
};

TEST_F(SimulatedX, RegistersOnlyAWebhookThatAnswersTheChallenge) {
  channel_.knows_secret = false;
  EXPECT_EQ(call("POST", "/2/webhooks", R"({"url":")" + channel_.url + "\"}", app()).status, 400);
  EXPECT_TRUE(get("/_control/state").at("webhooks").as_array().empty());
  channel_.knows_secret = true;
  registered();
  EXPECT_EQ(get("/_control/state").at("webhooks").as_array().size(), 1u);
}

TEST_F(SimulatedX, PostsSignedEventsToWhoSubscribed) {
  const auto webhook = registered();
  EXPECT_EQ(subscribe("dm.received", webhook).status, 201);
  EXPECT_EQ(subscribe("dm.received", webhook).status, 409);
  EXPECT_EQ(json::parse(control("dm", R"({"from":"222","text":"hi"})").body).at("status"), 200);
  const auto post = channel_.wait_for(1).front();
  EXPECT_EQ(post.header("x-twitter-webhooks-signature"), signature(post.body));
  EXPECT_EQ(json::parse(post.body).at("data").at("event_type"), "dm.received");
  control("event", R"({"type":"dm.read","payload":{}})");
  EXPECT_EQ(channel_.wait_for(1).size(), 1u) << "nobody subscribed to that";
}

TEST_F(SimulatedX, PostsAgainWhatIsAskedFor) {
  const auto webhook = registered();
  subscribe("dm.received", webhook);
  control("faults", R"({"events":"lost"})");
  control("dm", R"({"from":"222","text":"hi"})");
  EXPECT_EQ(call("POST", "/2/webhooks/replay",
                 R"({"webhook_id":")" + webhook + R"(","from_date":"202001010000","to_date":"209901010000"})", app())
                .status,
            200);
  EXPECT_NE(channel_.wait_for(1).front().body.find("hi"), std::string::npos);
}

TEST_F(SimulatedX, TakesARefreshTokenOnce) {
  const auto first = refresh("refresh");
  ASSERT_EQ(first.status, 200);
  EXPECT_EQ(refresh("refresh").status, 400);
  EXPECT_EQ(refresh(std::string(json::parse(first.body).at("refresh_token").as_string())).status, 200);
}

TEST_F(SimulatedX, LetsNobodyInWithoutTheRightToken) {
  EXPECT_EQ(call("POST", "/2/tweets", R"({"text":"x"})").status, 401);
  EXPECT_EQ(call("POST", "/2/tweets", R"({"text":"x"})", "Bearer wrong").status, 401);
  EXPECT_EQ(call("POST", "/2/tweets", R"({"text":"x"})", app()).status, 403) << "this needs the user";
  EXPECT_EQ(call("POST", "/2/tweets", R"({"text":"x"})",
                 R"(OAuth oauth_consumer_key="key", oauth_token="demo-access-token-0001", oauth_signature="AAAA")")
                .status,
            401);
}

TEST_F(SimulatedX, TellsItsLimitsAndKeepsThem) {
  control("faults", R"({"limits":{"dm":[1,900]}})");
  const auto token = user();
  const auto first = call("POST", "/2/dm_conversations/with/222/messages", R"({"text":"x"})", token);
  EXPECT_EQ(first.status, 201);
  const auto remaining = std::find_if(first.headers.begin(), first.headers.end(),
                                      [](const auto& header) { return header.first == "x-rate-limit-remaining"; });
  ASSERT_NE(remaining, first.headers.end());
  EXPECT_EQ(remaining->second, "0");
  EXPECT_EQ(call("POST", "/2/dm_conversations/with/222/messages", R"({"text":"y"})", token).status, 429);
  EXPECT_EQ(call("POST", "/2/tweets", R"({"text":"y"})", token).status, 201);
  EXPECT_EQ(get("/_control/sent").at("total"), 2);
}

TEST_F(SimulatedX, RefusesTheSameTextTwiceAndAnswersThatNobodyAskedFor) {
  const auto token = user();
  EXPECT_EQ(call("POST", "/2/tweets", R"({"text":"y"})", token).status, 201);
  EXPECT_EQ(call("POST", "/2/tweets", R"({"text":"y"})", token).status, 403);
  const auto post = json::parse(control("post", R"({"from":"222","text":"hm","summons":false})").body).at("id");
  EXPECT_EQ(
      call("POST", "/2/tweets", R"({"text":"z","reply":{"in_reply_to_tweet_id":)" + json::serialize(post) + "}}", token)
          .status,
      403);
}

TEST_F(SimulatedX, MakesTheFaultsItIsToldTo) {
  const auto token = user();
  control("faults", R"({"next":[{"path":"/2/tweets","status":503},{"path":"/2/tweets","drop":true,"taken":true}]})");
  EXPECT_EQ(call("POST", "/2/tweets", R"({"text":"a"})", token).status, 503);
  EXPECT_EQ(call("POST", "/2/tweets", R"({"text":"b"})", token).status, 0);
  EXPECT_EQ(get("/_control/sent").at("total"), 1) << "the second was taken all the same";
}

}  // namespace
}  // namespace jackfield::simulate
