#include "transcript.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_to.hpp>
#include <fstream>
#include <iterator>

#include "record.hpp"

namespace jackfield::testkit {
namespace json = boost::json;
namespace {

std::string read_file(const std::filesystem::path& path, std::vector<std::string>& problems) {
  std::ifstream in(path, std::ios::binary);
  if (!in) problems.push_back("cannot read " + path.string());
  return {std::istreambuf_iterator<char>(in), {}};
}

std::uint64_t last_listener(const FakeHost& host) {
  for (auto id = host.stream_order.rbegin(); id != host.stream_order.rend(); ++id) {
    if (host.streams.at(*id).listener && !host.streams.at(*id).closed) return *id;
  }
  return 0;
}

class Player {
 public:
  Player(FakeHost& host, const std::filesystem::path& folder, bool update, std::vector<std::string>& problems)
      : host_(host), folder_(folder), update_(update), problems_(problems) {}

  void run(json::object& item, const std::string& where) {
    where_ = where;
    select(item);
    if (const auto* peer = item.if_contains("accept")) return accept(text(*peer));
    if (const auto* ms = item.if_contains("advance_ms")) return host_.advance(ms->to_number<std::int64_t>());
    if (host_.streams.count(stream_) == 0) return problem("there is no stream");
    end_ = &host_.streams.at(stream_);
    if (const auto* address = item.if_contains("connect")) return connect(text(*address));
    if (const auto* bytes = item.if_contains("in")) return feed(text(*bytes));
    if (const auto* name = item.if_contains("in_file")) return feed(read_file(folder_ / text(*name), problems_));
    if (item.contains("out")) return out(item);
    if (const auto* version = item.if_contains("tls")) return tls(text(*version));
    if (const auto* why = item.if_contains("close")) return close(item, text(*why));
    if (item.contains("closed")) {
      if (!end_->closed) problem("the connector has not closed the stream");
      return;
    }
    problem("no such item: " + json::serialize(item));
  }

  // What was written on the current stream and not taken by an "out".
  std::string* leftover() {
    const auto found = host_.streams.find(stream_);
    return found == host_.streams.end() || found->second.written.empty() ? nullptr : &found->second.written;
  }

 private:
  static std::string text(const json::value& value) { return std::string(value.as_string()); }
  void problem(const std::string& what) { problems_.push_back(where_ + ": " + what); }

  void select(const json::object& item) {
    if (const auto* number = item.if_contains("on")) {
      const auto index = number->to_number<std::size_t>();
      stream_ = index < host_.stream_order.size() ? host_.stream_order[index] : 0;
      fixed_ = true;
    } else if (!fixed_ || item.contains("connect")) {
      stream_ = host_.stream_order.empty() ? 0 : host_.stream_order.back();
      fixed_ = false;
    }
  }

  void accept(const std::string& peer) {
    const std::uint64_t listener = last_listener(host_);
    if (listener == 0) return problem("the connector does not listen");
    stream_ = host_.accept(listener, peer);
    fixed_ = false;
  }

  void connect(const std::string& address) {
    if (end_->listener || end_->open || end_->closed) return problem("the connector is not connecting");
    if (end_->address != address) problem("expected a connection to " + address + ", got one to " + end_->address);
    host_.connected(stream_, "192.0.2.2:" + address.substr(address.rfind(':') + 1));
  }

  void feed(const std::string& bytes) {
    if (!end_->open) return problem("the stream is not open");
    host_.feed(stream_, bytes);
    host_.settle();
    if (!end_->unread.empty() && end_->open)
      problem("the connector does not read: " + std::to_string(end_->unread.size()) + " bytes wait for credit");
  }

  void out(json::object& item) {
    const std::string expected = text(item.at("out"));
    const std::string got = std::exchange(end_->written, {});
    if (expected == got) return;
    if (update_) {
      item["out"] = got;
    } else {
      problem("expected " + json::serialize(json::value(expected)) + ", got " + json::serialize(json::value(got)));
    }
  }

  void tls(const std::string& version) {
    if (!end_->wants_tls) return problem("the connector did not ask for TLS");
    host_.tls_done(stream_, version);
  }

  void close(const json::object& item, const std::string& why) {
    const auto* status = item.if_contains("status");
    host_.close(stream_, status == nullptr ? JF_OK : status_of(text(*status)), why);
  }

  FakeHost& host_;
  const std::filesystem::path& folder_;
  bool update_;
  std::vector<std::string>& problems_;
  std::string where_;
  std::uint64_t stream_ = 0;
  bool fixed_ = false;  // chosen by "on"
  StreamEnd* end_ = nullptr;
};

}  // namespace

void play(FakeHost& host, json::array& items, const std::filesystem::path& folder, const std::string& where,
          bool update, std::vector<std::string>& problems) {
  Player player(host, folder, update, problems);
  for (std::size_t i = 0; i < items.size(); ++i) {
    const std::string place = where + "[" + std::to_string(i) + "]";
    player.run(items[i].as_object(), place);
    host.settle();
    std::string* more = player.leftover();
    if (more == nullptr || (i + 1 < items.size() && items[i + 1].as_object().contains("out"))) continue;
    if (update) {
      items.insert(items.begin() + static_cast<std::ptrdiff_t>(i) + 1, json::object{{"out", *more}});
    } else {
      problems.push_back(place + ": then the connector wrote " + json::serialize(json::value(*more)));
    }
    if (!update) more->clear();
  }
}

}  // namespace jackfield::testkit
