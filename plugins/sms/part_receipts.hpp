// Receipts of messages that went out in several parts: delivered is said once all parts are, failed with the first that
// failed. What is still to come survives a restart in the channel's key-value state. Pure.
#pragma once

#include <array>
#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "provider.hpp"

namespace jackfield::sms::smpp {

class PartReceipts {
 public:
  static constexpr std::size_t shelves = 32;           // key-value entries
  static constexpr std::size_t most_on_a_shelf = 128;  // messages; past that the oldest is forgotten

  static std::string key_of(std::size_t shelf);
  // What is stored under key_of(shelf), before anything else is called.
  void load(std::size_t shelf, std::string_view value);

  // One of the parts of a message was taken, under that id; its receipt may come before the next is. What to store.
  KvWrites taken(const std::string& message, const std::string& id, std::size_t parts);

  struct Step {
    bool tell = true;  // false: other parts are still to come
    KvWrites writes;
    std::optional<std::pair<std::string, std::string>> noted;  // message and part, for take_back
    bool failed = false;
  };
  // Before a receipt is handed up: is it news of the whole message?
  Step on_receipt(const std::string& id, std::string_view status);
  // That receipt could not be stored, and will come again.
  void take_back(const Step& step);

 private:
  struct Message {
    std::string id;
    std::vector<std::string> waiting;  // ids of parts that are not delivered
    std::size_t missing = 0;           // parts that were not taken yet
    bool failed = false;
    bool is_over() const { return waiting.empty() && missing == 0; }
  };
  using Shelf = std::deque<Message>;

  static std::size_t shelf_of(const std::string& message);
  static Shelf::iterator find(Shelf& shelf, const std::string& message);
  std::string text_of(const Shelf& shelf) const;
  void forget(const Message& message);

  std::array<Shelf, shelves> shelves_;
  std::unordered_map<std::string, std::size_t> shelf_of_part_;
};

}  // namespace jackfield::sms::smpp
