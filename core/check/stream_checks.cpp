// Sessions and media: strangers that connect and talk nonsense, files that do not come.
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "check/context.hpp"
#include "check/fuzz.hpp"
#include "check/messages.hpp"
#include "testkit/case_file.hpp"

namespace jackfield::check {
namespace json = boost::json;
namespace {

using testkit::FakeHost;

std::uint64_t listener_of(FakeHost& host) {
  for (const auto id : host.stream_order)
    if (host.streams.at(id).listener && !host.streams.at(id).closed) return id;
  throw Skipped{"it does not listen with these settings"};
}

// What peers say in the test data, each dialogue in its pieces.
std::vector<std::vector<std::string>> dialogues(const Context& context) {
  std::vector<std::vector<std::string>> out;
  for (const auto& sample : context.samples("stream")) {
    out.emplace_back();
    for (const auto& item : sample.step.at("stream").as_array())
      if (const auto* bytes = item.as_object().if_contains("in")) out.back().emplace_back(bytes->as_string());
  }
  if (out.empty()) out.push_back({"EHLO check\r\n", "MAIL FROM:<a@example.com>\r\n", "DATA\r\n", "hello\r\n.\r\n"});
  return out;
}

void say(Instance& one, std::uint64_t stream, const std::string& bytes) {
  if (!one.host().streams.at(stream).open) return;
  one.host().feed(stream, bytes);
  one.host().settle();
  one.host().streams.at(stream).written.clear();
}

std::uint64_t peer(Instance& one) {
  const auto stream = one.host().accept(listener_of(one.host()), "127.0.0.1:40000");
  one.host().settle();
  return stream;
}

// Each dialogue is cut off after each of its pieces, and in the midst of it.
void cut_off(Context& context) {
  Instance one(context);
  one.start();
  for (const auto& pieces : dialogues(context)) {
    for (std::size_t most = 0; most <= pieces.size(); ++most) {
      const auto stream = peer(one);
      for (std::size_t i = 0; i < most; ++i) say(one, stream, pieces[i]);
      if (most < pieces.size()) say(one, stream, pieces[most].substr(0, pieces[most].size() / 2));
      if (one.host().streams.at(stream).open) one.host().close(stream, JF_INTERNAL, "connection reset");
      one.host().settle();
    }
  }
  one.finish();
}

void one_fuzzed_peer(Context& context, Instance& one, const std::vector<std::string>& pieces) {
  const auto stream = peer(one);
  for (const auto& piece : pieces) {
    const bool odd = context.chance()() % 3 == 0;
    const std::string bytes = odd ? mutated(context.chance(), piece) : piece;
    const std::size_t half = bytes.empty() ? 0 : context.chance()() % bytes.size();
    say(one, stream, bytes.substr(0, half));
    say(one, stream, bytes.substr(half));
    if (one.host().streams.at(stream).wants_tls) one.host().tls_done(stream, "TLSv1.3");
    if (context.chance()() % 16 == 0) one.host().busy_writes = 2;
  }
  one.host().advance(static_cast<std::int64_t>(context.chance()() % 60'000));
  if (one.host().streams.at(stream).open) one.host().close(stream, JF_OK, "closed");
  one.host().settle();
}

void fuzzed(Context& context) {
  Instance one(context);
  one.start();
  listener_of(one.host());
  const auto all = dialogues(context);
  for (int i = 0; i < 200; ++i) one_fuzzed_peer(context, one, all[context.chance()() % all.size()]);
  const auto stream = peer(one);
  for (int i = 0; i < 200; ++i) say(one, stream, random_text(context.chance(), 300));
  one.finish();
}

// All that a peer is told in that dialogue; false where nothing was delivered.
bool told(Context& context, const Sample& sample, unsigned busy, unsigned failing, std::string& words) {
  Instance one(context, sample.own);
  one.start();
  one.host().busy_deliveries = busy;
  one.host().failing_deliveries = failing;
  const auto stream = peer(one);
  for (const auto& item : sample.step.at("stream").as_array()) {
    const auto* bytes = item.as_object().if_contains("in");
    if (bytes == nullptr || !one.host().streams.at(stream).open) continue;
    one.host().feed(stream, bytes->as_string());
    one.host().settle();
  }
  words = one.host().streams.at(stream).written;
  const bool delivered = !one.host().deliveries.empty();
  one.finish();
  return delivered;
}

void not_stored(Context& context) {
  bool any = false;
  for (const auto& sample : context.samples("stream")) {
    std::string well, badly;
    if (!told(context, sample, 0, 0, well)) continue;
    any = true;
    if (!told(context, sample, 0, 1, badly) && badly == well)
      throw Failed{"the store failed, and the peer was told the same as if it had not (case " + sample.name + ")"};
    if (!told(context, sample, 1, 0, badly) && badly == well)
      throw Failed{"the host took nothing (BUSY), and the peer was told the same as if it had (case " + sample.name +
                   ")"};
  }
  if (!any) throw Skipped{"the test data have no \"stream\" case in which a peer connects and something is delivered"};
}

void listener_fails(Context& context) {
  Instance one(context);
  one.start();
  one.host().close(listener_of(one.host()), JF_INTERNAL, "address in use");
  one.host().settle();
  if (one.host().state == JF_STATE_READY) throw Failed{"its listener is gone, and it still says READY"};
  one.finish();
}

// --- media

// That of the first fetch in the test data: not every connector finds a file by an id.
std::string pending_part(Context& context) {
  if (const auto all = context.samples("fetch"); !all.empty()) return json::serialize(all.front().step.at("fetch"));
  return json::serialize(json::object{{"type", "media"},
                                      {"media_type", "image/png"},
                                      {"state", "pending"},
                                      {"source", {{"id", "1234"}, {"url", "https://files.example.com/1234"}}}});
}

struct Fetched {
  testkit::FetchAnswer answer;
  bool asked = false;  // a provider, over HTTP
};

Fetched fetched_under(Context& context, const testkit::HttpAnswer& answer, const std::string& part) {
  Instance one(context);
  one.start();
  if (!one.host().has_extension(JF_EXT_MEDIA)) throw Skipped{"it does not have " JF_EXT_MEDIA};
  if (one.host().fetch(kToken, part) != JF_OK) return {{.token = kToken, .outcome = JF_OUTCOME_RETRY}};
  one.await([&] { return !one.host().open_http.empty() || !one.host().fetch_answers.empty(); });
  const bool asked = !one.host().open_http.empty();
  for (int i = 0; i < 20 && !one.host().open_http.empty(); ++i) {
    one.host().answer(one.host().open_http.front(), answer);
    one.host().settle();
  }
  for (int i = 0; i < 60 && one.host().fetch_answers.empty(); ++i) one.host().advance(1000);
  if (one.host().fetch_answers.empty()) throw Failed{"a fetch was never answered"};
  one.finish();
  return {one.host().fetch_answers.back(), asked};
}

void media(Context& context) {
  for (const unsigned status : {200u, 400u, 401u, 404u, 429u, 500u, 503u}) {
    const auto [answer, asked] = fetched_under(context, {.http_status = status, .body = "{}"}, pending_part(context));
    if (!asked) throw Skipped{"its fetches make no HTTP request"};
    if (status >= 500 && answer.outcome != JF_OUTCOME_RETRY)
      throw Failed{"after HTTP " + std::to_string(status) + " a fetch ended " + outcome_name(answer.outcome) +
                   ", not RETRY"};
    if (status >= 400 && answer.outcome == JF_OUTCOME_ACCEPTED)
      throw Failed{"after HTTP " + std::to_string(status) + " a fetch ended ACCEPTED"};
  }
  for (const std::uint32_t progress : {JF_HTTP_MAYBE, JF_HTTP_NOT_SENT}) {
    const auto answer =
        fetched_under(context, {.progress = progress, .status = JF_TIMEOUT}, pending_part(context)).answer;
    if (answer.outcome != JF_OUTCOME_RETRY)
      throw Failed{"without an answer a fetch ended " + outcome_name(answer.outcome) + ", not RETRY"};
  }
}

void odd_media(Context& context) {
  for (int i = 0; i < 50; ++i)
    (void)fetched_under(context, {.http_status = 200, .body = mutated(context.chance(), R"({"url":"https://x/y"})")},
                        i < 10 ? mutated(context.chance(), pending_part(context)) : pending_part(context));
}

constexpr Check kChecks[] = {
    {"stream.cut-off", "peers vanish at any moment", cut_off},
    {"stream.fuzz", "anybody can connect to an open port, and say anything", fuzzed},
    {"stream.not-stored", "a peer that was told OK does not send it again", not_stored},
    {"stream.listener-fails", "a channel that cannot receive must say so", listener_fails},
    {"media.provider", "a file that could not be had now may be had later", media},
    {"media.garbage", "what a provider says of a file is not to be trusted", odd_media},
};

}  // namespace

std::span<const Check> stream_checks() { return kChecks; }

}  // namespace jackfield::check
