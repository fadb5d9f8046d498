// Very many messages at once: handed over as fast as the daemon takes them, those that it refused for now again, as
// providers do.
#include <algorithm>
#include <atomic>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <condition_variable>
#include <mutex>

#include "scenario/stage.hpp"

namespace jackfield::scenario {
namespace {

namespace json = boost::json;

constexpr std::size_t kAtOnce = 200;

std::string address_of(const std::string& scheme, std::size_t person) {
  const std::string number = std::to_string(336'900'00000 + person);
  if (scheme == "tel") return "tel:+" + number;
  if (scheme == "mailto") return "mailto:storm" + std::to_string(person) + "@example.com";
  return scheme + ":" + number;
}

struct Storm {
  std::vector<std::string> channels, texts;
  std::size_t people = 1;

  std::string channel(std::size_t n) const { return channels[n % channels.size()]; }
  std::string event(Stage& stage, std::size_t n) const {
    const auto& manifest = stage.world.setting().manifests.at(channel(n));
    const std::string& scheme = manifest.scheme;
    json::object from{{"address", address_of(scheme, n % people)}, {"evidence", "attested"}};
    for (const auto& vouched : manifest.attests)
      from["also"] = json::array{json::object{{"address", address_of(vouched, n % people)}, {"evidence", "attested"}}};
    const std::string text = texts.empty() ? "Message " + std::to_string(n) : texts[n % texts.size()];
    return json::serialize(json::object{{"type", "message"},
                                        {"id", "storm-" + std::to_string(n)},
                                        {"from", std::move(from)},
                                        {"parts", json::array{json::object{{"type", "text"}, {"text", text}}}}});
  }
};

// One wave; those that were not taken are given again until all are.
Result<void> send_wave(Stage& stage, const Storm& storm, std::vector<std::size_t> wave) {
  std::mutex mutex;
  std::condition_variable changed;
  for (int round = 0; !wave.empty(); ++round) {
    if (round > 10'000) return fail(Errc::busy, "the daemon takes no messages any more");
    std::vector<std::size_t> again;
    std::size_t open = wave.size();
    const auto end = [&](std::size_t n, const Result<void>& done) {
      std::lock_guard lock(mutex);
      if (!done) again.push_back(n);
      --open;
      changed.notify_all();
    };
    for (const std::size_t n : wave) {
      const auto taken = stage.world.hand_over(storm.channel(n), storm.event(stage, n),
                                               [&end, n](const Result<void>& done) { end(n, done); });
      if (!taken) end(n, taken);
    }
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return open == 0; });
    std::sort(again.begin(), again.end());
    wave = std::move(again);
  }
  return {};
}

std::vector<std::size_t> numbers(std::size_t from, std::size_t to) {
  std::vector<std::size_t> out;
  for (std::size_t n = from; n < to; ++n) out.push_back(n);
  return out;
}

}  // namespace

Result<void> storm(Stage& stage, const Value& what) {
  const auto messages = std::stoul(what.word("messages"));
  const Storm all{what.texts("on"), what.texts("texts"), std::stoul(what.word("people"))};
  const Millis within = duration_of(what.word("within"));
  std::size_t killed_after = what.find("killed_after") ? std::stoul(what.word("killed_after")) : messages + 1;
  const Time begun = stage.world.now();
  const std::size_t first = stage.counts["storm"];
  stage.counts["storm"] += messages;
  for (std::size_t n = 0; n < messages; n += kAtOnce) {
    const std::size_t to = std::min(messages, n + kAtOnce);
    if (auto sent = send_wave(stage, all, numbers(first + n, first + to)); !sent) return sent;
    if (to >= killed_after) {  // the provider did not hear of the last wave, and sends it again
      killed_after = messages + 1;
      stage.world.close(true);
      if (auto back = stage.world.open(); !back) return back;
      if (auto sent = send_wave(stage, all, numbers(first + n, first + to)); !sent) return sent;
    }
    stage.world.advance_to(begun + within * static_cast<std::int64_t>(to) / static_cast<std::int64_t>(messages));
  }
  stage.world.settle();
  return {};
}

}  // namespace jackfield::scenario
