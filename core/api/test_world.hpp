// A whole Jackfield without connectors, for tests of the API: a real store in a folder of its own, committer, flow and
// host, a clock that stands still.
#pragma once

#include <boost/json/parse.hpp>
#include <filesystem>

#include "api/context.hpp"
#include "api/test_doubles.hpp"
#include "net/http_client.hpp"
#include "net/streams.hpp"

namespace jackfield::api {

class NoBlobs final : public host::BlobPort {
 public:
  Result<std::string> put(std::string_view) override { return fail(Errc::unavailable, "no blobs here"); }
  Result<std::string> read(std::string_view, std::uint64_t, std::uint64_t) override {
    return fail(Errc::not_found, "no blobs here");
  }
  Result<std::int64_t> size(std::string_view) override { return fail(Errc::not_found, "no blobs here"); }
  std::string path(std::string_view) override { return {}; }
};

class TempFolder {
 public:
  TempFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "jackfield-api-XXXXXX").string();
    path = ::mkdtemp(name.data());
  }
  ~TempFolder() { std::filesystem::remove_all(path); }
  std::filesystem::path path;
};

inline host::Manifest whatsapp_manifest() {
  host::Manifest manifest;
  manifest.id = "whatsapp";
  manifest.name = "WhatsApp";
  manifest.version = "0.1.0";
  manifest.scheme = "whatsapp";
  manifest.parts_in = manifest.parts_out = {"text", "media"};
  return manifest;
}

struct World {
  explicit World(ApiConfig config = {}) {
    store = std::move(*store::open_store({"sqlite:" + (folder.path / "test.db").string()}));
    media = std::move(*store::MediaStore::open((folder.path / "media").string()));
    committer = std::make_unique<store::Committer>(store->backend());
    flow = std::make_unique<flow::Flow>(flow::FlowPorts{io, *committer, *store, *media, clock, ids, random});
    make_public("");
    host = std::make_unique<host::Host>(host::HostPorts{io, http, streams, *flow, blobs, clock, random});
    host->start({});
    if (config.tokens.empty()) config.tokens = default_tokens();
    api = std::move(*Api::open(ports(), std::move(config)));
    committer->on_commit([this](const store::Committed& what) { api->committed(what); });
    committer->on_tokens([this] { api->tokens_changed(); });
    io.start();
  }
  ~World() {
    api->stop();
    flow->stop();
    host->stop(Millis{0});
    committer->stop();
    http.stop();
    io.stop();
  }

  // With that address for what providers fetch; empty: none.
  void make_public(const std::string& url) {
    flow::FlowConfig flow_config;
    flow_config.public_url = url;
    flow_config.queues = {{"general"}, {"billing"}};
    flow_config.channels["wa"].name = "wa";
    EXPECT_TRUE(flow->configure(flow_config, {{"wa", whatsapp_manifest()}}));
  }
  static std::vector<Token> default_tokens() {
    return {{"root", Role::admin, "", "root-token", {}},
            {"ana", Role::agent, "ana", "ana-token", {"billing"}},
            {"bob", Role::agent, "bob", "bob-token", {}},
            {"crm", Role::integration, "", "crm-token", {}}};
  }
  ApiPorts ports() { return {io, *store, *media, *flow, *host, *committer, clock, ids, random}; }

  // --- requests
  std::shared_ptr<FakeResponder> send(const std::string& who, const std::string& method, const std::string& target,
                                      std::string body = {},
                                      std::vector<std::pair<std::string, std::string>> headers = {}) {
    net::HttpRequest request;
    request.method = method;
    request.target = target;
    request.path = target.substr(0, target.find('?'));
    if (const auto mark = target.find('?'); mark != std::string::npos) request.query = target.substr(mark + 1);
    request.body = std::move(body);
    request.headers = std::move(headers);
    request.websocket = request.path == "/v1/stream" && method == "GET";
    if (!who.empty()) request.headers.emplace_back("authorization", "Bearer " + who + "-token");
    auto responder = std::make_shared<FakeResponder>();
    api->handle(std::move(request), responder);
    return responder;
  }
  net::HttpResponse call(const std::string& who, const std::string& method, const std::string& target,
                         std::string body = {}, std::vector<std::pair<std::string, std::string>> headers = {}) {
    return send(who, method, target, std::move(body), std::move(headers))->wait();
  }
  boost::json::value get(const std::string& who, const std::string& target, int status = 200) {
    const auto response = call(who, "GET", target);
    EXPECT_EQ(response.status, status) << target << ": " << response.body;
    return boost::json::parse(response.body);
  }

  // --- rows, as the flow would make them
  struct Thread {
    Id contact, conversation, message;
  };
  Thread add_conversation(const std::string& queue, const std::string& text = "Bonjour",
                          const std::string& number = "33612345678") {
    Thread made{ids.next(), ids.next(), ids.next()};
    EXPECT_TRUE(committer->run([&](store::Unit& unit) -> Result<void> {
      Contact contact;
      contact.id = made.contact;
      contact.name = "Ana";
      contact.created_at = clock.now();
      unit.add_address(unit.add(contact), Address{.uri = "whatsapp:" + number, .evidence = Evidence::attested});
      Conversation conversation;
      conversation.id = made.conversation;
      conversation.contact = made.contact;
      conversation.scope = "c:" + to_string(made.contact);
      conversation.queue = queue;
      conversation.channels.push_back({"wa", "whatsapp:" + number, "", clock.now(), made.message});
      conversation.created_at = conversation.last_activity_at = conversation.last_inbound_at = clock.now();
      unit.add(conversation);
      unit.set_decision(made.conversation, "{\"rule\":\"rest\"}");
      unit.add(event(EventType::contact_created, made));
      unit.add(event(EventType::conversation_opened, made));
      add_message(unit, made, text);
      return {};
    }));
    return made;
  }
  void add_message(store::Unit& unit, const Thread& thread, const std::string& text) {
    Message message;
    message.id = thread.message;
    message.conversation = thread.conversation;
    message.contact = thread.contact;
    message.channel = "wa";
    message.content.text = text;
    message.content.parts = {{{"type", "text"}, {"text", text}}};
    message.track.provider_ids = {"wamid." + to_string(thread.message)};
    message.received_at = clock.now();
    unit.add(message);
    unit.add(event(EventType::message_received, thread));
  }
  void add_messages(Thread thread, int count) {
    EXPECT_TRUE(committer->run([&](store::Unit& unit) -> Result<void> {
      for (int i = 0; i < count; ++i) {
        thread.message = ids.next();
        add_message(unit, thread, "n" + std::to_string(i));
      }
      return {};
    }));
  }
  Event event(EventType type, const Thread& thread) {
    return Event{.cursor = 0,
                 .type = type,
                 .at = clock.now(),
                 .source = "wa",
                 .conversation = thread.conversation,
                 .message = thread.message,
                 .contact = thread.contact,
                 .data = {}};
  }

  TempFolder folder;
  FakeClock clock{time_from_ms(1795253400000)};
  IdSource ids{clock};
  SeededRandom random{1};
  net::IoContext io{2};
  net::HttpClient http;
  net::Streams streams{io};
  NoBlobs blobs;
  std::unique_ptr<store::Store> store;
  std::unique_ptr<store::MediaStore> media;
  std::unique_ptr<store::Committer> committer;
  std::unique_ptr<flow::Flow> flow;
  std::unique_ptr<host::Host> host;
  std::unique_ptr<Api> api;
};

}  // namespace jackfield::api
