// The connector as the host sees it: webhooks, sends, fetches.
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <testkit/fake_host.hpp>
#include <testkit/settings_table.hpp>

#include "graph.hpp"
#include "settings.hpp"
#include "signature.hpp"

namespace jackfield::whatsapp {
namespace {

using testkit::FakeHost;
namespace json = boost::json;

constexpr auto kText = R"({"object":"whatsapp_business_account","entry":[{"id":"WABA1","changes":[{"field":"messages",)"
                       R"("value":{"messaging_product":"whatsapp","metadata":{"display_phone_number":"15550001111",)"
                       R"("phone_number_id":"1000001"},"messages":[{"from":"15550002222","id":"wamid.AAA",)"
                       R"("timestamp":"1795255200","type":"text","text":{"body":"Hi"}}]}}]}]})";
constexpr auto kAccepted = R"({"messaging_product":"whatsapp","messages":[{"id":"wamid.BBB"}]})";
constexpr auto kTokenExpired = R"({"error":{"message":"Token has expired","code":190}})";

class WhatsAppConnector : public testing::Test {
 protected:
  WhatsAppConnector() : host_(started()) {}
  static std::unique_ptr<FakeHost> started() {
    testkit::Options options;
    options.settings = R"({"phone_number_id":"1000001","api_url":"http://127.0.0.1:9000/","api_version":"v26.0"})";
    options.secrets = {{"/access_token", {"EAAtoken-for-tests"}},
                       {"/app_secret", {"new-secret", "app-secret-for-tests"}},
                       {"/verify_token", {"verify-me"}}};
    auto host = std::make_unique<FakeHost>(*jackfield_plugin_v0(), options);
    EXPECT_EQ(host->start(), JF_OK) << host->error().message;
    return host;
  }
  ~WhatsAppConnector() override {
    host_->stop();
    host_->check_end();
    EXPECT_TRUE(host_->violations.empty()) << host_->violations.front();
    for (const auto& line : host_->log) EXPECT_EQ(line.find("EAAtoken"), std::string::npos) << line;
  }

  testkit::WebhookAnswer post(const std::string& body, const std::string& signature) {
    testkit::WebhookCall call;
    call.body = body;
    if (!signature.empty())
      call.headers = "content-type: application/json\r\nx-hub-signature-256: " + signature + "\r\n";
    host_->webhook(call);
    host_->settle();
    return host_->webhook_answers.back();
  }
  testkit::WebhookAnswer post_signed(const std::string& body) {
    return post(body, Signature({"app-secret-for-tests"}).sign(body));
  }
  testkit::WebhookAnswer get(const std::string& query) {
    testkit::WebhookCall call;
    call.method = "GET";
    call.query = query;
    host_->webhook(call);
    return host_->webhook_answers.back();
  }

  void send(std::uint64_t token, const std::string& parts, std::uint32_t attempt = 1) {
    const auto message =
        R"({"id":"01M","to":[{"address":"whatsapp:15550002222"}],"correlation":"01M","parts":)" + parts + "}";
    EXPECT_EQ(host_->send(token, "01M", message, attempt), JF_OK);
    host_->settle();
  }
  void answer(unsigned status, const std::string& body) {
    ASSERT_FALSE(host_->open_http.empty());
    host_->answer(host_->open_http.front(), {.http_status = status, .body = body});
    host_->settle();
  }
  const testkit::HttpCall& last_call() { return host_->http_calls.back(); }
  const testkit::SendAnswer& outcome() { return host_->send_answers.back(); }

  std::unique_ptr<FakeHost> host_;
};

constexpr auto kHello = R"([{"type":"text","text":"Hello"}])";
constexpr auto kHelloAndVoice =
    R"([{"type":"text","text":"Hello"},{"type":"media","media_type":"audio/ogg","name":"v.ogg","size":3,"blob":"b1"}])";

TEST_F(WhatsAppConnector, IsReadyOnceStarted) { EXPECT_EQ(host_->state, JF_STATE_READY); }

TEST_F(WhatsAppConnector, EchoesTheChallengeAsPlainTextToWhoKnowsTheToken) {
  const auto reply = get("hub.mode=subscribe&hub.verify_token=verify-me&hub.challenge=1158201444");
  EXPECT_EQ(reply.http_status, 200u);
  EXPECT_EQ(reply.body, "1158201444");
  EXPECT_EQ(reply.content_type, "text/plain");
}

TEST_F(WhatsAppConnector, RefusesAHandshakeWithAnotherTokenOrMode) {
  EXPECT_EQ(get("hub.mode=subscribe&hub.verify_token=verify-mf&hub.challenge=1").http_status, 403u);
  EXPECT_EQ(get("hub.mode=unsubscribe&hub.verify_token=verify-me&hub.challenge=1").http_status, 403u);
  EXPECT_EQ(get("").http_status, 403u);
}

TEST_F(WhatsAppConnector, DeliversWhatASignedWebhookHolds) {
  EXPECT_EQ(post_signed(kText).http_status, 200u);
  ASSERT_EQ(host_->deliveries.size(), 1u);
  EXPECT_EQ(json::parse(host_->deliveries[0]).as_array().at(0).at("id"), "wamid.AAA");
}

TEST_F(WhatsAppConnector, TakesTheSignatureOfEitherSecretWhileOneIsReplaced) {
  EXPECT_EQ(post(kText, Signature({"new-secret"}).sign(kText)).http_status, 200u);
}

TEST_F(WhatsAppConnector, AnswersABadSignatureWith401AndDeliversNothing) {
  EXPECT_EQ(post(kText, "").http_status, 401u);
  EXPECT_EQ(post(kText, Signature({"wrong"}).sign(kText)).http_status, 401u);
  EXPECT_TRUE(host_->deliveries.empty());
  EXPECT_EQ(host_->metrics["bad_signatures"], 2);
}

TEST_F(WhatsAppConnector, Answers503WhenTheHostTakesOrCommitsNothing) {
  host_->busy_deliveries = 1;
  EXPECT_EQ(post_signed(kText).http_status, 503u);
  host_->failing_deliveries = 1;
  EXPECT_EQ(post_signed(kText).http_status, 503u);
  EXPECT_EQ(post_signed(kText).http_status, 200u);
}

TEST_F(WhatsAppConnector, AnswersWhatIsNotOursWith200AndCountsIt) {
  EXPECT_EQ(post_signed(R"({"object":"page","entry":[]})").http_status, 200u);
  EXPECT_TRUE(host_->deliveries.empty());
  EXPECT_EQ(host_->metrics["ignored_changes"], 1);
}

TEST_F(WhatsAppConnector, KeepsAnAuthenticBodyThatIsNoJson) {
  EXPECT_EQ(post_signed("not json").http_status, 200u);
  ASSERT_EQ(host_->deliveries.size(), 1u);
  EXPECT_EQ(json::parse(host_->deliveries[0]).as_array().at(0).at("raw"), "not json");
}

TEST_F(WhatsAppConnector, ReplaysWithoutDelivering) {
  std::string events;
  EXPECT_EQ(host_->replay(kText, events), JF_OK);
  EXPECT_EQ(json::parse(events).as_array().at(0).at("id"), "wamid.AAA");
  EXPECT_EQ(host_->replay("not json", events), JF_UNSUPPORTED);
  EXPECT_TRUE(host_->deliveries.empty());
}

TEST_F(WhatsAppConnector, SendsATextWithTheToken) {
  send(1, kHello);
  EXPECT_EQ(last_call().method, "POST");
  EXPECT_EQ(last_call().url, "http://127.0.0.1:9000/v26.0/1000001/messages");
  EXPECT_NE(last_call().headers.find("Authorization: Bearer EAAtoken-for-tests\r\n"), std::string::npos);
  EXPECT_EQ(json::parse(last_call().body).at("text").at("body"), "Hello");
  answer(200, kAccepted);
  EXPECT_EQ(outcome().outcome, JF_OUTCOME_ACCEPTED);
  EXPECT_EQ(outcome().provider_ids, R"(["wamid.BBB"])");
}

TEST_F(WhatsAppConnector, AnswersUnknownAtTheDeadlineOnceTheRequestIsOut) {
  send(1, kHello);
  host_->cancel(1);
  EXPECT_EQ(outcome().outcome, JF_OUTCOME_UNKNOWN);
  answer(200, kAccepted);  // too late, and ignored
  EXPECT_EQ(host_->send_answers.size(), 1u);
}

TEST_F(WhatsAppConnector, CancelsAtTheDeadlineWhileOnlyTheFileIsBeingUploaded) {
  send(1, R"([{"type":"media","media_type":"image/png","name":"a.png","size":3,"blob":"b1"}])");
  host_->cancel(1);
  EXPECT_EQ(outcome().outcome, JF_OUTCOME_CANCELLED);
  answer(200, R"({"id":"99"})");
  EXPECT_EQ(host_->http_calls.size(), 1u) << "nothing is sent any more";
}

TEST_F(WhatsAppConnector, UploadsAFileAndSendsItsId) {
  send(1, R"([{"type":"media","media_type":"image/png","name":"a.png","size":3,"blob":"b1","caption":"look"}])");
  EXPECT_EQ(last_call().url, "http://127.0.0.1:9000/v26.0/1000001/media");
  EXPECT_EQ(last_call().body_blob, "b1");
  EXPECT_EQ(json::parse(last_call().form).at("fields").at("messaging_product"), "whatsapp");
  answer(200, R"({"id":"99"})");
  EXPECT_EQ(json::parse(last_call().body).at("image").at("id"), "99");
  EXPECT_EQ(json::parse(last_call().body).at("image").at("caption"), "look");
  answer(200, kAccepted);
  EXPECT_EQ(outcome().outcome, JF_OUTCOME_ACCEPTED);
}

TEST_F(WhatsAppConnector, GoesOnWhereItStoppedWhenAPartIsTriedAgain) {
  send(1, kHelloAndVoice);
  answer(200, kAccepted);
  answer(200, R"({"id":"99"})");
  answer(500, R"({"error":{"code":131000}})");
  EXPECT_EQ(outcome().outcome, JF_OUTCOME_RETRY);
  EXPECT_EQ(host_->notes, std::vector<std::string>{R"(["wamid.BBB"])"});
  const auto calls = host_->http_calls.size();
  send(2, kHelloAndVoice, 2);
  EXPECT_EQ(host_->http_calls.size(), calls + 1);
  EXPECT_EQ(json::parse(last_call().body).at("audio").at("id"), "99") << "neither text nor upload again";
  answer(200, R"({"messages":[{"id":"wamid.CCC"}]})");
  EXPECT_EQ(outcome().provider_ids, R"(["wamid.BBB","wamid.CCC"])");
  host_->settle();
}

TEST_F(WhatsAppConnector, DoesNotSendTheFirstPartAgainAfterARestartBetweenParts) {
  send(1, kHelloAndVoice);
  answer(200, kAccepted);
  const auto kept = host_->kv;
  ASSERT_EQ(kept.size(), 1u) << "what was taken is durable before the next part goes";
  host_->stop();  // the process ends here
  host_->destroy();
  host_ = started();
  host_->kv = kept;
  send(2, kHelloAndVoice, 2);
  EXPECT_EQ(last_call().url, "http://127.0.0.1:9000/v26.0/1000001/media") << "it goes on with the second part";
  answer(200, R"({"id":"99"})");
  answer(200, R"({"messages":[{"id":"wamid.CCC"}]})");
  EXPECT_EQ(outcome().provider_ids, R"(["wamid.BBB","wamid.CCC"])");
  EXPECT_TRUE(host_->kv.empty()) << "nothing is kept of what is done";
}

TEST_F(WhatsAppConnector, MarksAsReadAndShowsTyping) {
  const std::string to = R"("to":{"address":"whatsapp:15550002222","scope":""},"message":"wamid.AAA"})";
  EXPECT_EQ(host_->signal(R"({"what":"read",)" + to), JF_OK);
  EXPECT_EQ(last_call().body, R"({"messaging_product":"whatsapp","status":"read","message_id":"wamid.AAA"})");
  EXPECT_EQ(host_->signal(R"({"what":"typing",)" + to), JF_OK);
  EXPECT_EQ(json::parse(last_call().body).at("typing_indicator").at("type"), "text");
  EXPECT_EQ(host_->signal(R"({"what":"read","to":{"address":"whatsapp:1"},"message":null})"), JF_UNSUPPORTED);
  answer(500, "");
  answer(200, R"({"success":true})");
}

TEST_F(WhatsAppConnector, TellsBeforeASendWhatIsChangedAndWhatIsWrong) {
  const auto preview = [&](const std::string& parts) {
    std::string told;
    EXPECT_EQ(host_->preview(R"({"to":[{"address":"whatsapp:15550002222"}],"parts":)" + parts + "}", told), JF_OK);
    return json::parse(told);
  };
  EXPECT_EQ(preview(kHello), json::parse(R"({"sendable":true,"problems":[],"notes":[],"messages":1})"));
  const auto wrong = preview(R"([{"type":"choices","text":"?","options":[]}])");
  EXPECT_EQ(wrong.at("sendable"), false);
  EXPECT_EQ(wrong.at("problems").at(0).at("class"), "content");
  const auto voice =
      preview(R"([{"type":"media","media_type":"audio/ogg","name":"v.ogg","size":3,"blob":"b1","caption":"listen"}])");
  EXPECT_EQ(voice.at("messages"), 2);
  EXPECT_EQ(voice.at("notes").as_array().size(), 1u);
}

TEST_F(WhatsAppConnector, WaitsAsLongAsMetaEstimates) {
  send(1, kHello);
  host_->answer(host_->open_http.front(),
                {.http_status = 400,
                 .headers = "x-business-use-case-usage: {\"WABA1\":[{\"estimated_time_to_regain_access\":7}]}\r\n",
                 .body = R"({"error":{"code":80007}})"});
  EXPECT_EQ(outcome().outcome, JF_OUTCOME_RETRY);
  EXPECT_EQ(outcome().retry_scope, JF_SCOPE_CHANNEL);
  EXPECT_EQ(outcome().retry_after_ms, 7u * 60'000u);
}

// The vector of the protocol's description.
TEST(WhatsAppGraph, ProvesTheAppWhereItIsAskedTo) {
  const Graph graph(parse_settings(R"({"phone_number_id":"1000001"})"), "EAAtesttoken", "app-secret-for-tests");
  EXPECT_EQ(graph.messages_url(),
            "https://graph.facebook.com/v26.0/1000001/messages?appsecret_proof="
            "f435ca0ef23c58ff20fca9f105186b1e05b40c6b8dfc3fa5df8c03a03980968b");
  EXPECT_NE(graph.media_url("1").find("&appsecret_proof="), std::string::npos);
}

TEST_F(WhatsAppConnector, PausesTheChannelAfterARefusedTokenAndRecovers) {
  send(1, kHello);
  answer(401, kTokenExpired);
  EXPECT_EQ(outcome().outcome, JF_OUTCOME_REJECTED);
  EXPECT_EQ(outcome().error_class, JF_ERROR_AUTH);
  EXPECT_EQ(host_->state, JF_STATE_DEGRADED);
  EXPECT_EQ(host_->capacity, 0u);
  host_->advance(5000);
  EXPECT_EQ(host_->capacity, 1u) << "one may try";
  send(2, kHello);
  answer(200, kAccepted);
  EXPECT_EQ(host_->state, JF_STATE_READY);
  EXPECT_EQ(host_->capacity, 64u);
}

TEST_F(WhatsAppConnector, RejectsWhatItCannotSendWithoutACall) {
  send(1, R"([{"type":"choices","text":"?","options":[]}])");
  EXPECT_EQ(outcome().outcome, JF_OUTCOME_REJECTED);
  EXPECT_EQ(outcome().error_class, JF_ERROR_CONTENT);
  EXPECT_TRUE(host_->http_calls.empty());
}

constexpr auto kPending =
    R"({"type":"media","kind":"image","media_type":"image/jpeg","state":"pending",)"
    R"("source":{"id":"1234","url":null,"sha256":"ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0="}})";
constexpr auto kPendingWithUrl = R"({"type":"media","kind":"image","media_type":"image/jpeg","state":"pending",)"
                                 R"("source":{"id":"1234","url":"https://lookaside.example/old"}})";
constexpr auto kLocated =
    R"({"url":"https://lookaside.example/x","mime_type":"image/jpeg","file_size":"3","id":"1234"})";

TEST_F(WhatsAppConnector, FetchesAFileInTwoSteps) {
  ASSERT_EQ(host_->fetch(1, kPending), JF_OK);
  EXPECT_EQ(last_call().url, "http://127.0.0.1:9000/v26.0/1234?phone_number_id=1000001");
  answer(200, kLocated);
  EXPECT_EQ(last_call().url, "https://lookaside.example/x");
  EXPECT_EQ(last_call().flags, JF_HTTP_BODY_TO_BLOB | JF_HTTP_UNTRUSTED_URL | JF_HTTP_FOLLOW);
  EXPECT_NE(last_call().headers.find("Bearer"), std::string::npos);
  EXPECT_NE(last_call().headers.find("User-Agent"), std::string::npos);
  answer(200, "abc");
  EXPECT_EQ(host_->fetch_answers.back().outcome, JF_OUTCOME_ACCEPTED);
  EXPECT_EQ(host_->fetch_answers.back().media_type, "image/jpeg");
}

TEST_F(WhatsAppConnector, FetchesAgainLaterWhatIsNotWhatWasAnnounced) {
  ASSERT_EQ(host_->fetch(1, kPending), JF_OK);
  answer(200, kLocated);
  answer(200, "abd");
  EXPECT_EQ(host_->fetch_answers.back().outcome, JF_OUTCOME_RETRY);
}

TEST_F(WhatsAppConnector, AsksOnceForANewUrlWhenTheOldOneHasExpired) {
  ASSERT_EQ(host_->fetch(1, kPendingWithUrl), JF_OK);
  EXPECT_EQ(last_call().url, "https://lookaside.example/old");
  answer(404, "");
  answer(200, kLocated);
  EXPECT_EQ(last_call().url, "https://lookaside.example/x");
  answer(404, "");
  EXPECT_EQ(host_->fetch_answers.back().outcome, JF_OUTCOME_RETRY);
  EXPECT_EQ(host_->http_calls.size(), 3u);
}

TEST_F(WhatsAppConnector, DoesNotFetchWhatIsTooLargeOrGone) {
  ASSERT_EQ(host_->fetch(1, kPending), JF_OK);
  answer(200, R"({"url":"https://lookaside.example/x","file_size":"99999999"})");
  EXPECT_EQ(host_->fetch_answers.back().outcome, JF_OUTCOME_REJECTED);
  ASSERT_EQ(host_->fetch(2, kPending), JF_OK);
  answer(400, R"({"error":{"code":100,"message":"does not exist"}})");
  EXPECT_EQ(host_->fetch_answers.back().outcome, JF_OUTCOME_REJECTED);
}

TEST_F(WhatsAppConnector, NeverShowsTheTokenToAPlainHttpServerElsewhere) {
  ASSERT_EQ(host_->fetch(1, kPending), JF_OK);
  answer(200, R"({"url":"http://lookaside.example/x","file_size":"3"})");
  EXPECT_EQ(host_->fetch_answers.back().outcome, JF_OUTCOME_REJECTED);
  EXPECT_EQ(host_->http_calls.size(), 1u);
}

TEST(WhatsAppSettings, WithoutASecretTheChannelSaysSo) {
  testkit::Options options;
  options.settings = R"({"phone_number_id":"1000001"})";
  options.secrets = {{"/access_token", {"t"}}, {"/verify_token", {"v"}}};
  FakeHost host(*jackfield_plugin_v0(), options);
  EXPECT_EQ(host.start(), JF_CONFIG);
  EXPECT_STREQ(host.error().message, "app_secret is not set");
}

TEST(WhatsAppManifest, SettingsStandInTheDocumentation) {
  EXPECT_EQ(testkit::check_settings_page(WHATSAPP_PAGE, jackfield_plugin_v0()->manifest), "");
}

TEST(WhatsAppManifest, IsJson) { EXPECT_EQ(json::parse(jackfield_plugin_v0()->manifest).at("id"), "whatsapp"); }

}  // namespace
}  // namespace jackfield::whatsapp
