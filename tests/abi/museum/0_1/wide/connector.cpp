// Uses all that a connector can of ABI 0.1, by the C++ wrapper of its SDK: every extension, key-value state, timers.
#include <jackfield/jackfield.hpp>

using namespace jackfield::sdk;

namespace {

constexpr char kManifest[] = R"({
  "id": "wide", "version": "0.1.0",
  "channel": {"scheme": "wide", "scope": "account", "webhooks": [{"method": "POST", "path": "/webhook"}],
              "parts_in": ["text", "media"], "parts_out": ["text"]},
  "settings": {"type": "object", "properties": {"token": {"type": "string", "secret": true}}, "additionalProperties": false}
})";

constexpr std::uint64_t kPoll = 7;

std::string event(std::string_view id, std::string_view text) {
  std::string out = R"({"type":"message","id":)";
  append_json(out, id);
  out += R"(,"from":{"address":"wide:ana"},"parts":[{"type":"text","text":)";
  append_json(out, text);
  return out + "}]}";
}

// Says the message to a line server, which answers "+ID" or "-".
class Session : public Stream {
 public:
  explicit Session(Send send) : send_(std::move(send)), line_(std::string(send_.key()) + "\r\n") {}

  void on_open(std::string_view) override {
    read(1024);
    write(line_);
  }
  void on_data(std::string_view bytes) override {
    if (bytes.starts_with("+")) {
      send_.accepted({bytes.substr(1, bytes.find('\r') - 1)});
    } else {
      send_.rejected({.error = ErrorClass::content, .detail = "the server said no"});
    }
    close();
  }
  void on_close(jf_status, std::string_view why) override {
    if (send_.is_open()) send_.unknown(why);
  }

 private:
  Send send_;
  std::string line_;
};

class Wide : public Connector {
 public:
  using Connector::Connector;

  void start() override {
    host().durable_timer(kPoll, host().now_ms() + 60'000, "poll");
    host().set_capacity(4);
    host().kv_get("cursor", [this](jf_status status, std::string_view value) {
      cursor_ = value;
      host().set_state(status == JF_OK || status == JF_NOT_FOUND ? State::ready : State::degraded);
    });
  }

  void on_timer(std::uint64_t timer, std::string_view payload) override {
    if (timer != kPoll) return;
    host().count("polls");
    host().http({.url = "http://provider.test/" + std::string(payload) + "?after=" + cursor_},
                [this](const HttpResponse& response) {
                  if (!response.ok()) return host().set_state(State::degraded, "the provider does not answer");
                  const std::string next(response.body);
                  host().deliver(event(next, "polled"), R"({"cursor":")" + next + "\"}",
                                 [this, next](jf_status status) { cursor_ = status == JF_OK ? next : cursor_; });
                });
  }

  void on_webhook(Webhook&& request) override {
    const auto tokens = host().secret("/token");
    if (tokens.empty() || request.header("x-token") != tokens.front()) return request.reply(401);
    request.deliver_and_reply(request.body());
  }

  // By what the message's id begins with: noted and worked on aside, over a stream, or kept as a state.
  void send(Send&& send) override {
    if (send.key().starts_with("stream")) {
      return host().connect({.host = "line.test", .port = 7}, std::make_shared<Session>(std::move(send)));
    }
    if (send.key().starts_with("state")) {
      const std::string key(send.key());
      return host().kv_cas(key, {}, "sent", [key, send = std::move(send)](jf_status status) mutable {
        if (status == JF_OK) return send.accepted({key});
        send.rejected({.error = ErrorClass::internal, .detail = "sent before"});
      });
    }
    const std::string id = "wide-" + std::string(send.key());
    auto kept = std::make_shared<Send>(std::move(send));
    kept->note({id}, [this, kept, id](jf_status status) {
      if (status != JF_OK) return kept->retry({.detail = "the id could not be noted"});
      host().offload([] {},
                     [kept, id](jf_status worked) {
                       if (worked == JF_OK) return kept->accepted({id});
                       kept->retry({.error = ErrorClass::internal});
                     });
    });
  }

  void fetch_media(Fetch&& fetch) override {
    const std::string blob = host().put_blob("bytes of it");
    auto kept = std::make_shared<Fetch>(std::move(fetch));
    host().read_blob(blob, 1024, [kept, blob](jf_status status, std::string bytes) {
      if (status != JF_OK || std::string_view(bytes) != "bytes of it")
        return kept->failed("the blob is not what it was");
      kept->done(blob, "text/plain");
    });
  }

  std::optional<std::string> replay(std::string_view raw) override { return "[" + event("replayed", raw) + "]"; }

 private:
  std::string cursor_;
};

void validate(std::string_view settings, Problems& problems) {
  if (settings.find("forbidden") != std::string_view::npos) problems.add("/token", "is forbidden");
}

}  // namespace

JACKFIELD_CONNECTOR(Wide, kManifest, validate)
