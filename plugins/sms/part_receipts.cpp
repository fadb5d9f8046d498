#include "part_receipts.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <functional>

namespace jackfield::sms::smpp {

namespace json = boost::json;

std::string PartReceipts::key_of(std::size_t shelf) { return "smpp/parts/" + std::to_string(shelf); }

// [["message", "part", "part"], …]
void PartReceipts::load(std::size_t shelf, std::string_view value) {
  boost::system::error_code error;
  const json::value parsed = json::parse(value, error);
  if (error || !parsed.is_array()) return;
  for (const json::value& each : parsed.get_array()) {
    Message message;
    if (!each.is_array()) continue;
    for (const json::value& id : each.get_array())
      if (id.is_string()) message.waiting.emplace_back(id.get_string());
    if (message.waiting.size() < 2) continue;
    message.id = message.waiting.front();
    message.waiting.erase(message.waiting.begin());
    for (const auto& id : message.waiting) shelf_of_part_[id] = shelf;
    shelves_[shelf].push_back(std::move(message));
  }
}

std::string PartReceipts::text_of(const Shelf& shelf) const {
  json::array all;
  for (const Message& message : shelf) {
    json::array one{json::string(message.id)};
    for (const auto& id : message.waiting) one.emplace_back(id);
    all.push_back(std::move(one));
  }
  return json::serialize(all);
}

void PartReceipts::forget(const Message& message) {
  for (const auto& id : message.waiting) shelf_of_part_.erase(id);
}

KvWrites PartReceipts::taken(const std::string& message, const std::vector<std::string>& ids) {
  const std::size_t at = std::hash<std::string>()(message) % shelves;
  Shelf& shelf = shelves_[at];
  shelf.push_back({message, ids});
  for (const auto& id : ids) shelf_of_part_[id] = at;
  if (shelf.size() > most_on_a_shelf) {
    forget(shelf.front());
    shelf.pop_front();
  }
  return {{key_of(at), text_of(shelf)}};
}

PartReceipts::Step PartReceipts::on_receipt(const std::string& id, std::string_view status) {
  const auto found = shelf_of_part_.find(id);
  if (found == shelf_of_part_.end() || (status != "delivered" && status != "failed")) return {};
  const std::size_t at = found->second;
  Shelf& shelf = shelves_[at];
  const auto message = std::find_if(shelf.begin(), shelf.end(), [&](const Message& each) {
    return std::find(each.waiting.begin(), each.waiting.end(), id) != each.waiting.end();
  });
  shelf_of_part_.erase(found);
  if (message == shelf.end()) return {};
  Step step;
  step.noted.emplace(message->id, id);
  std::erase(message->waiting, id);
  step.tell = status == "failed" || message->waiting.empty();
  // Of a failed message later parts may still be delivered, which does not make it whole: it waits for what never
  // comes.
  if (status == "failed" && !message->waiting.empty()) message->waiting.emplace_back();
  if (message->waiting.empty()) shelf.erase(message);
  step.writes = {{key_of(at), text_of(shelf)}};
  return step;
}

void PartReceipts::take_back(const Step& step) {
  if (!step.noted) return;
  const auto& [id, part] = *step.noted;
  const std::size_t at = std::hash<std::string>()(id) % shelves;
  Shelf& shelf = shelves_[at];
  auto message = std::find_if(shelf.begin(), shelf.end(), [&, &id = id](const Message& each) { return each.id == id; });
  if (message == shelf.end()) message = shelf.insert(shelf.end(), {id, {}});
  std::erase(message->waiting, std::string());
  message->waiting.push_back(part);
  shelf_of_part_[part] = at;
}

}  // namespace jackfield::sms::smpp
