#include "part_receipts.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <functional>

namespace jackfield::sms::smpp {

namespace json = boost::json;

std::string PartReceipts::key_of(std::size_t shelf) { return "smpp/parts/" + std::to_string(shelf); }

std::size_t PartReceipts::shelf_of(const std::string& message) { return std::hash<std::string>()(message) % shelves; }

PartReceipts::Shelf::iterator PartReceipts::find(Shelf& shelf, const std::string& message) {
  return std::find_if(shelf.begin(), shelf.end(), [&](const Message& each) { return each.id == message; });
}

// [["message", 0, false, "part", "part"], …]: what is missing, whether it failed, what waits.
void PartReceipts::load(std::size_t shelf, std::string_view value) {
  boost::system::error_code error;
  const json::value parsed = json::parse(value, error);
  if (error || !parsed.is_array()) return;
  for (const json::value& each : parsed.get_array()) {
    const json::array* fields = each.if_array();
    if (!fields || fields->size() < 3 || !(*fields)[0].is_string() || !(*fields)[1].is_int64()) continue;
    Message message;
    message.id = (*fields)[0].get_string();
    message.missing = static_cast<std::size_t>((*fields)[1].get_int64());
    message.failed = (*fields)[2] == true;
    for (std::size_t i = 3; i < fields->size(); ++i)
      if ((*fields)[i].is_string()) message.waiting.emplace_back((*fields)[i].get_string());
    for (const auto& id : message.waiting) shelf_of_part_[id] = shelf;
    shelves_[shelf].push_back(std::move(message));
  }
}

std::string PartReceipts::text_of(const Shelf& shelf) const {
  json::array all;
  for (const Message& message : shelf) {
    json::array one{json::string(message.id), static_cast<std::int64_t>(message.missing), message.failed};
    for (const auto& id : message.waiting) one.emplace_back(id);
    all.push_back(std::move(one));
  }
  return json::serialize(all);
}

void PartReceipts::forget(const Message& message) {
  for (const auto& id : message.waiting) shelf_of_part_.erase(id);
}

KvWrites PartReceipts::taken(const std::string& message, const std::string& id, std::size_t parts) {
  const std::size_t at = shelf_of(message);
  Shelf& shelf = shelves_[at];
  if (find(shelf, message) == shelf.end()) shelf.push_back({message, {}, parts, false});
  Message& of = *find(shelf, message);
  if (of.missing > 0) --of.missing;
  of.waiting.push_back(id);
  shelf_of_part_[id] = at;
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
  std::erase(message->waiting, id);
  Step step;
  step.noted.emplace(message->id, id);
  step.failed = status == "failed";
  // Of a failed message later parts may still be delivered, which does not make it whole.
  step.tell = step.failed || (message->is_over() && !message->failed);
  message->failed = message->failed || step.failed;
  if (message->is_over()) shelf.erase(message);
  step.writes = {{key_of(at), text_of(shelf)}};
  return step;
}

void PartReceipts::take_back(const Step& step) {
  if (!step.noted) return;
  const auto& [id, part] = *step.noted;
  const std::size_t at = shelf_of(id);
  Shelf& shelf = shelves_[at];
  auto message = find(shelf, id);
  if (message == shelf.end()) message = shelf.insert(shelf.end(), {id, {}, 0, false});
  message->waiting.push_back(part);
  if (step.failed) message->failed = false;
  shelf_of_part_[part] = at;
}

}  // namespace jackfield::sms::smpp
