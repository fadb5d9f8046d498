// A random life: what may happen, in any order, and what must hold after each step. For any_order_test.cpp.
#pragma once

#include <gtest/gtest.h>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <random>
#include <set>

#include "flow/agents.hpp"
#include "flow/assign.hpp"
#include "flow/callback.hpp"
#include "flow/erase.hpp"
#include "flow/merge.hpp"
#include "flow/operations.hpp"
#include "model/json.hpp"
#include "scenario/any_order_setting.hpp"
#include "scenario/wholeness.hpp"
#include "store/failing_disk.hpp"

namespace jackfield::scenario {

namespace json = boost::json;
using flow::Answer;
using flow::Environment;

class Life {
 public:
  explicit Life(std::uint64_t seed)
      : dice_(seed),
        world_(usual_setting(),
               {.start = *parse_rfc3339("2026-03-28T23:00:00Z"), .seed = seed, .vfs = store::FailingDisk::name()}) {}

  void live(std::size_t steps) {
    ASSERT_TRUE(world_.open());
    for (std::size_t step = 0; step < steps && !::testing::Test::HasFailure(); ++step) {
      did_.push_back(one_step());
      if (did_.size() > 12) did_.pop_front();
      hold_what_must_hold(step);
    }
    if (!::testing::Test::HasFailure()) everybody_is_served();
  }

 private:
  // --- chance
  std::size_t roll(std::size_t n) { return static_cast<std::size_t>(dice_() % n); }
  template <class T>
  const T& any(const std::vector<T>& list) {
    return list[roll(list.size())];
  }

  // --- what happens
  std::string one_step() {
    switch (roll(20)) {
      case 0:
      case 1:
      case 2:
      case 3: return several_write(1);
      case 4: return several_write(2 + roll(8));
      case 5: return redelivered();
      case 6:
      case 7: return presence();
      case 8:
      case 9: return agent_acts();
      case 10: return replies();
      case 11:
      case 12: return patched();
      case 13:
      case 14: return time_passes();
      case 15: return identities_change();
      case 16: return merged_and_undone();
      case 17: return crashed_amid_writing();
      case 18: return restarted();
      default: return roll(3) == 0 ? reloaded() : roll(2) ? called_back() : roll(3) ? provider() : erased();
    }
  }

  struct Written {
    std::string channel, id, event;
    bool durable = false;
  };

  Written next_message() {
    const std::string channel = any(kChannels), person = std::to_string(33600000 + roll(9));
    Written out{.channel = channel, .id = channel + "-" + std::to_string(++last_)};
    const std::string scheme = world_.setting().manifests.at(channel).scheme;
    json::object from{
        {"address", scheme + ":" + (scheme == "tel" ? "+" : "") + person + (scheme == "mailto" ? "@example.com" : "")},
        {"evidence", scheme == "mailto" ? "asserted" : "attested"}};
    if (scheme == "whatsapp" && roll(2))
      from["also"] = json::array{json::object{{"address", "tel:+" + person}, {"evidence", "attested"}}};
    json::object event{{"type", "message"}, {"id", out.id}, {"from", std::move(from)}};
    event["parts"] = json::array{json::object{{"type", "text"}, {"text", roll(3) ? "hello" : "my invoice"}}};
    if (scheme == "mailto" && !written_.empty() && roll(2)) event["threads"] = json::array{any(written_).id};
    if (roll(12) == 0) event["automatic"] = roll(2) ? "reply" : "bulk";
    out.event = json::serialize(event);
    return out;
  }

  // All at once; which of them are durable is known when it returns.
  void hand_over(std::vector<Written>& messages) {
    std::mutex mutex;
    std::condition_variable changed;
    std::size_t open = messages.size();
    const auto end = [&](Written& one, bool durable) {
      std::lock_guard lock(mutex);
      one.durable |= durable;
      --open;
      changed.notify_all();
    };
    for (auto& one : messages) {
      const auto taken =
          world_.hand_over(one.channel, one.event, [&](const Result<void>& done) { end(one, done.has_value()); });
      if (!taken) end(one, false);
    }
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return open == 0; });
  }

  std::string several_write(std::size_t n) {
    std::vector<Written> messages;
    for (std::size_t i = 0; i < n; ++i) messages.push_back(next_message());
    hand_over(messages);
    world_.settle();
    for (auto& one : messages) {
      EXPECT_TRUE(one.durable) << one.event;
      written_.push_back(std::move(one));
    }
    return std::to_string(n) + " messages";
  }

  std::string redelivered() {
    if (written_.empty()) return "nothing";
    const auto again = any(written_);
    EXPECT_TRUE(world_.deliver(again.channel, again.event));
    return "redelivery of " + again.id;
  }

  // The disk dies at some moment of it; the provider sends again what was not acknowledged.
  std::string crashed_amid_writing() {
    std::vector<Written> messages;
    for (std::size_t i = 0, n = 1 + roll(12); i < n; ++i) messages.push_back(next_message());
    store::FailingDisk::fail_from(1 + static_cast<int>(roll(60)));
    hand_over(messages);
    world_.close(true);
    store::FailingDisk::heal();
    EXPECT_TRUE(world_.open());
    std::size_t lost = 0;
    for (auto& one : messages) {
      lost += !one.durable;
      EXPECT_TRUE(world_.deliver(one.channel, one.event));
      written_.push_back(std::move(one));
    }
    return "crash amid " + std::to_string(messages.size()) + " messages, " + std::to_string(lost) + " of them lost";
  }

  std::string restarted() {
    const bool crash = roll(2);
    world_.close(crash);
    if (roll(2)) world_.advance_to(world_.now() + Millis{static_cast<std::int64_t>(roll(600)) * 1000});
    EXPECT_TRUE(world_.open());
    return crash ? "kill" : "restart";
  }

  std::string reloaded() {
    EXPECT_TRUE(world_.reload(roll(2) ? usual_setting() : smaller_setting()));
    return "reload";
  }

  std::string provider() {
    const auto behaviour = static_cast<Behaviour>(roll(5));
    world_.connectors().behave(any(kChannels), behaviour, Millis{static_cast<std::int64_t>(roll(120)) * 1000});
    world_.settle();
    return "a provider changes its ways";
  }

  template <class Decide>
  bool decide(Decide what) {
    return world_
        .write([&](store::Unit& unit, const Environment& env) -> Result<Answer> {
          auto done = what(unit, env);
          if (!done) return done.error();
          return Answer{};
        })
        .has_value();
  }

  std::string presence() {
    const std::string agent = any(kAgents);
    const auto there = roll(3) ? Presence::online : roll(2) ? Presence::away : Presence::offline;
    decide([&](auto& unit, auto& env) { return flow::set_presence(unit, env, agent, there); });
    roll(4) ? world_.keep_alive(agent, there) : world_.vanish(agent);
    return agent + " is " + std::string(name_of(there));
  }

  std::vector<Conversation> conversations() {
    std::vector<Conversation> out;
    store::PageArgs page{.limit = 500, .cursor = ""};
    do {
      auto part = world_.reader().conversations({}, page).value();
      for (auto& view : part.items) out.push_back(std::move(view.conversation));
      page.cursor = part.next;
    } while (!page.cursor.empty());
    return out;
  }

  std::string agent_acts() {
    const auto all = conversations();
    if (all.empty()) return "nothing";
    const auto& one = any(all);
    const std::string agent = one.work.offered_to.empty() || roll(4) == 0 ? any(kAgents) : one.work.offered_to;
    const auto what = roll(4);
    decide([&](auto& unit, auto& env) {
      return what < 2    ? flow::accept(unit, env, one.id, agent)
             : what == 2 ? flow::decline(unit, env, one.id, agent)
                         : flow::release(unit, env, one.id, one.assignee.empty() ? agent : one.assignee);
    });
    return agent + (what < 2 ? " accepts " : what == 2 ? " declines " : " releases ") + to_string(one.id);
  }

  std::string replies() {
    const auto all = conversations();
    if (all.empty()) return "nothing";
    const Id id = any(all).id;
    flow::ReplyRequest request;
    request.text = "yes";
    request.note = roll(5) == 0;
    decide([&](auto& unit, auto& env) { return flow::reply(unit, env, id, request); });
    return "reply in " + to_string(id);
  }

  std::string patched() {
    const auto all = conversations();
    if (all.empty()) return "nothing";
    const Id id = any(all).id;
    flow::ConversationPatch change;
    const auto what = roll(7);
    if (what < 3) change.state = static_cast<ConversationState>(what < 2 ? 3 : roll(2));
    if (what == 3) change.state = ConversationState::snoozed;
    if (what == 3) change.snoozed_until = world_.now() + Millis{static_cast<std::int64_t>(roll(3600)) * 1000};
    if (what == 4) change.queue = any(world_.setting().config.queues).name;
    if (what == 5) change.assignee = roll(3) ? any(kAgents) : std::string(roll(2) ? "" : "somebody-else");
    if (what == 6) change.priority = static_cast<Priority>(roll(4));
    decide([&](auto& unit, auto& env) { return flow::patch(unit, env, id, change); });
    return "change " + std::to_string(what) + " of " + to_string(id);
  }

  std::string called_back() {
    const auto people = contacts();
    if (people.empty()) return "nothing";
    const Id contact = any(people).id;
    if (roll(2)) {
      decide([&](auto& unit, auto& env) {
        return flow::request_callback(unit, env, {.contact = contact, .number = "tel:+33611111111"});
      });
      return "a call is asked for";
    }
    const auto open = world_.reader().callbacks({}, {.limit = 500}).value().items;
    if (open.empty()) return "nothing";
    const Id id = any(open).callback.id;
    decide([&](auto& unit, auto& env) -> Result<Callback*> {
      if (roll(4) == 0) return flow::cancel_callback(unit, env, id, "customer");
      return flow::report_call(unit, env, id, {.outcome = static_cast<CallOutcome>(roll(6)), .agent = any(kAgents)});
    });
    return "a call is reported";
  }

  std::string time_passes() {
    const Millis time{static_cast<std::int64_t>(roll(10) ? roll(300) : roll(20'000)) * 1000};
    world_.advance_to(world_.now() + time);
    return std::to_string(time.count() / 1000) + " s pass";
  }

  // --- who is who
  std::vector<Contact> contacts() { return world_.reader().contacts("", "", {.limit = 500}).value().items; }

  Result<Id> change_identity() {
    const auto all = contacts();
    if (all.empty()) return fail(Errc::invalid, "there is nobody");
    const auto& one = any(all);
    Id entry;
    const auto done = world_.write([&](store::Unit& unit, const Environment& env) -> Result<Answer> {
      auto made = roll(2) || one.addresses.empty()
                      ? flow::merge_contacts(unit, env, one.id, any(all).id, kByHand)
                      : flow::split_contact(unit, env, one.id, {any(one.addresses).uri}, kByHand);
      if (!made) return made.error();
      entry = (*made)->id;
      return Answer{};
    });
    if (!done) return done.error();
    return entry;
  }

  bool undo(Id entry) {
    return decide([&](auto& unit, auto& env) { return flow::undo_merge(unit, env, entry, "api"); });
  }

  std::string identities_change() {
    if (!journal_.empty() && roll(2)) {
      undo(any(journal_));
      return "an entry of the journal is undone";
    }
    const auto entry = change_identity();
    if (entry) journal_.push_back(*entry);
    return entry ? "a merge or split" : "a refused one";
  }

  // Undone in turn with nothing in between, all is as it was.
  std::string merged_and_undone() {
    std::vector<std::pair<Id, std::string>> done;
    for (std::size_t i = 0, n = 1 + roll(4); i < n; ++i) {
      const std::string before = everything();
      const auto entry = change_identity();
      if (entry)
        done.emplace_back(*entry, before);
      else
        EXPECT_EQ(everything(), before) << "a refusal changes nothing";
    }
    const std::size_t n = done.size();
    for (; !done.empty(); done.pop_back()) {
      EXPECT_TRUE(undo(done.back().first));
      EXPECT_EQ(everything(), done.back().second);
    }
    return std::to_string(n) + " merges and splits, undone";
  }

  // Who has which address and what they wrote, as it is stored.
  std::string everything() {
    std::string out;
    const auto all = conversations();
    const auto known = contacts();
    world_.read([&](store::Unit& unit, const Environment&) {
      for (const auto& each : all) {
        out += to_string(each.id) + " " + each.scope + " " + to_string(each.contact) + "\n";
        for (const Id id : unit.messages_of(each.id))
          out += " " + to_string(id) + " of " + to_string(unit.message(id)->contact) + "\n";
      }
      for (const auto& contact : known) {
        out += contact_to_json(contact) + " lives on in " + to_string(contact.merged_into) + "\n";
        for (const auto& address : contact.addresses)
          out += " " + address.uri + " " + address.scope + " " + std::string(name_of(address.evidence)) + "\n";
      }
    });
    return out;
  }

  // What they wrote is no message any more; hashes of the providers' ids stay.
  std::string erased() {
    const auto all = contacts();
    if (all.empty()) return "nothing";
    const Id id = any(all).id;
    decide([&](auto& unit, auto& env) -> Result<int> {
      if (auto done = flow::erase_contact(unit, env, id, "api"); !done) return done.error();
      return 0;
    });
    return "a person is erased";
  }

  // --- what must hold
  void hold_what_must_hold(std::size_t step) {
    for (const auto& violation : violations(world_)) ADD_FAILURE() << violation;
    every_message_is_there_once();
    EXPECT_EQ(replies_that_nobody_sends(), 0u);
    if (!::testing::Test::HasFailure()) return;
    std::string story;
    for (const auto& what : did_) story += "\n  " + what;
    ADD_FAILURE() << "at step " << step << ", after" << story;
  }

  void every_message_is_there_once() {
    std::map<std::string, int> kept;
    store::PageArgs page{.limit = 500, .cursor = ""};
    do {
      auto part = world_.reader().messages({.direction = Direction::in}, page).value();
      for (const auto& row : part.items) ++kept[track_from_json(row.track).value().provider_ids.front()];
      page.cursor = part.next;
    } while (!page.cursor.empty());
    for (const auto& [id, times] : kept) EXPECT_EQ(times, 1) << id;
    world_.read([&](store::Unit& unit, const Environment&) {
      for (const auto& one : written_)
        EXPECT_NE(unit.message_by_key(store::provider_key(one.channel, store::KeyKind::id, one.id)), Id{}) << one.id;
    });
  }

  std::vector<MessageRow> queued_replies() {
    std::vector<MessageRow> out;
    store::PageArgs page{.limit = 500, .cursor = ""};
    do {
      auto part = world_.reader().messages({.direction = Direction::out, .status = Status::queued}, page).value();
      for (auto& row : part.items) out.push_back(std::move(row));
      page.cursor = part.next;
    } while (!page.cursor.empty());
    return out;
  }

  // A reply is sent, or somebody knows.
  std::size_t replies_that_nobody_sends() {
    const auto queued = queued_replies();
    std::size_t lost = 0;
    world_.read([&](store::Unit& unit, const Environment&) {
      for (const auto& row : queued) lost += unit.outbox(row.head.id) == nullptr;
    });
    return lost;
  }

  // Somebody is there with all skills, and providers answer: everything that waits is offered, and all is served.
  void everybody_is_served() {
    for (const auto& channel : kChannels) world_.connectors().behave(channel, Behaviour::accepts, Millis{0});
    EXPECT_TRUE(world_.reload(usual_setting()));
    for (const auto& agent : kAgents) {
      decide([&](auto& unit, auto& env) { return flow::set_presence(unit, env, agent, Presence::online); });
      world_.keep_alive(agent, Presence::online);
    }
    for (int idle = 0; idle < 3;) {
      ++idle;
      for (const auto& each : conversations())
        if (!each.work.offered_to.empty() || !each.assignee.empty()) idle = serve(each) ? 0 : idle;
      world_.advance_to(world_.now() + world_.setting().config.assignment.offer);
    }
    for (const auto& each : conversations())
      EXPECT_FALSE(each.state == ConversationState::open && each.last_inbound_at != Time{})
          << to_string(each.id) << " starved in queue " << each.queue;
    for (const auto& violation : violations(world_)) ADD_FAILURE() << violation;
    for (const auto& agent : kAgents) world_.vanish(agent);
    world_.advance_to(world_.now() + std::chrono::hours{25});  // past every deadline of a reply
    EXPECT_TRUE(queued_replies().empty()) << "a reply was neither sent nor given up";
  }

  bool serve(const Conversation& conversation) {
    if (conversation.state != ConversationState::open) return false;
    const std::string agent = conversation.work.offered_to;
    if (!agent.empty()) decide([&](auto& unit, auto& env) { return flow::accept(unit, env, conversation.id, agent); });
    flow::ConversationPatch close;
    close.state = ConversationState::closed;
    return decide([&](auto& unit, auto& env) { return flow::patch(unit, env, conversation.id, close); });
  }

  const flow::Evidenced kByHand{R"({"by":"hand"})", "api"};
  std::mt19937_64 dice_;
  World world_;
  std::vector<Written> written_;
  std::vector<Id> journal_;
  std::deque<std::string> did_;
  std::size_t last_ = 0;
};

}  // namespace jackfield::scenario
