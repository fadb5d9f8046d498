// People: their addresses, that these changed, and whether they want messages.
#include "decode_person.hpp"

#include <charconv>

#include "json_read.hpp"
#include "json_write.hpp"

namespace jackfield::whatsapp {
namespace {

namespace json = boost::json;

bool fail(std::string& reason, std::string_view why) {
  reason = why;
  return false;
}

std::string_view digits_of(std::string_view phone) {
  if (phone.starts_with('+')) phone.remove_prefix(1);
  return all_digits(phone) ? phone : std::string_view();
}

void add_profile(Person& person, const json::object* contact) {
  if (!contact) return;
  if (person.phone.empty()) person.phone = digits_of(text_at(*contact, "wa_id"));
  if (person.user_id.empty()) person.user_id = text_at(*contact, "user_id");
  if (const auto* profile = object_at(*contact, "profile")) {
    person.name = text_at(*profile, "name");
    person.username = text_at(*profile, "username");
  }
}

const json::object* find_contact(const Envelope& envelope, std::string_view phone, std::string_view user_id) {
  if (!envelope.contacts) return nullptr;
  for (const auto& each : *envelope.contacts) {
    const auto* contact = each.if_object();
    if (!contact) continue;
    if (!user_id.empty() && text_at(*contact, "user_id") == user_id) return contact;
    if (!phone.empty() && text_at(*contact, "wa_id") == phone) return contact;
  }
  return nullptr;
}

Person person_of(const Envelope& envelope, std::string_view phone, std::string_view user_id) {
  Person person{digits_of(phone), user_id, {}, {}};
  add_profile(person, find_contact(envelope, phone, user_id));
  return person;
}

void append_address(std::string& out, std::string_view value, std::string_view scheme = "whatsapp:") {
  out += "\"address\":";
  const auto opening = out.size();
  append_quoted(out, value);
  out.insert(opening + 1, scheme);
}

// Addresses that the person does not have any more.
class Replaced {
 public:
  Replaced(std::string& out, const Envelope& envelope) : out_(out), envelope_(envelope) {}
  ~Replaced() {
    if (!empty_) out_ += ']';
  }
  void add(std::string_view scheme, std::string_view address, bool scoped) {
    if (address.empty()) return;
    out_ += empty_ ? ",\"replaced\":[{" : ",{";
    empty_ = false;
    append_address(out_, address, scheme);
    if (scoped) append_field(out_, "scope", envelope_.scope);
    out_ += '}';
  }

 private:
  std::string& out_;
  const Envelope& envelope_;
  bool empty_ = true;
};

void begin_contact(std::string& out, const Envelope& envelope, const Person& person) {
  out += R"({"type":"contact")";
  append_field(out, "account", envelope.account);
  append_from(out, envelope, person);
}

void append_replaced(std::string& out, const Envelope& envelope, const Person& before, const Person& now) {
  Replaced replaced(out, envelope);
  if (before.phone != now.phone && !before.phone.empty()) {
    replaced.add("whatsapp:", before.phone, false);
    replaced.add("tel:+", before.phone, false);
  }
  if (before.user_id != now.user_id) replaced.add("whatsapp:", before.user_id, true);
}

}  // namespace

bool all_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

bool is_somebody(const Person& person) { return !person.phone.empty() || !person.user_id.empty(); }

Person sender_of(const Envelope& envelope, const json::object& item) {
  return person_of(envelope, text_at(item, "from"), text_at(item, "from_user_id"));
}

Person receiver_of(const Envelope& envelope, const json::object& item) {
  return person_of(envelope, text_at(item, "to"), text_at(item, "to_user_id"));
}

Person named_in(const Envelope& envelope, const json::object& item) {
  return person_of(envelope, text_at(item, "wa_id"), text_at(item, "user_id"));
}

const json::object* contact_of(const Envelope& envelope, const json::object& item) {
  return find_contact(envelope, text_at(item, "from"), text_at(item, "from_user_id"));
}

void append_person(std::string& out, const Envelope& envelope, const Person& person) {
  out += '{';
  append_address(out, person.phone.empty() ? person.user_id : person.phone);
  if (person.phone.empty()) append_field(out, "scope", envelope.scope);
  append_field_if(out, "name", person.name.empty() ? person.username : person.name);
  out += R"(,"evidence":"attested")";
  if (!person.phone.empty()) {
    out += R"(,"also":[{"address":"tel:+)";
    out += person.phone;  // digits
    out += R"(","evidence":"attested"})";
    if (!person.user_id.empty()) {
      out += ",{";
      append_address(out, person.user_id);
      append_field(out, "scope", envelope.scope);
      out += R"(,"evidence":"attested"})";
    }
    out += ']';
  }
  out += '}';
}

void append_from(std::string& out, const Envelope& envelope, const Person& person) {
  out += ",\"from\":";
  append_person(out, envelope, person);
}

void append_timestamp(std::string& out, std::string_view key, const json::object& item) {
  constexpr std::int64_t kLast = 253402300799;  // the end of 9999
  const auto* value = item.if_contains("timestamp");
  if (!value) return;
  std::int64_t seconds = -1;
  if (const auto text = text_of(*value); all_digits(text))
    std::from_chars(text.data(), text.data() + text.size(), seconds);
  else if (value->is_int64())
    seconds = value->get_int64();
  if (seconds < 0 || seconds > kLast) return;
  out += ",\"";
  out += key;
  out += "\":";
  append_time(out, seconds);
}

bool write_changed_person(std::string& out, const Envelope& envelope, const json::object& item, const Person& sender) {
  const auto* system = object_at(item, "system");
  if (!system) return false;
  const auto type = text_at(*system, "type");
  if (!type.starts_with("user_changed_") && !type.starts_with("customer_")) return false;
  Person before = sender, now = sender;
  if (const auto id = text_at(*system, "previous_user_id"); !id.empty()) before.user_id = id;
  if (const auto id = text_at(*system, "user_id"); !id.empty()) now.user_id = id;
  if (const auto phone = digits_of(text_at(*system, "wa_id")); !phone.empty())
    now.phone = phone;
  else if (type == "user_changed_number")
    now.phone = {};  // the new one is not told: the id has to do
  if (!is_somebody(now)) return false;
  begin_contact(out, envelope, now);
  append_replaced(out, envelope, before, now);
  append_field(out, "dedupe", text_at(item, "id"));
  append_timestamp(out, "at", item);
  out += '}';
  return true;
}

// Several spellings are about: {"wa_id", "user_id": {"previous", "current"}}, {"previous_user_id", "user_id"}.
bool write_user_id_update(std::string& out, const Envelope& envelope, const json::value& value, std::string& reason) {
  const auto* item = value.if_object();
  if (!item) return fail(reason, "it is " + kind_name(value));
  std::string_view previous = text_at(*item, "previous_user_id"), current = text_at(*item, "user_id");
  if (const auto* both = object_at(*item, "user_id")) {
    previous = text_at(*both, "previous");
    current = text_at(*both, "current");
  }
  if (current.empty() || previous.empty()) return fail(reason, "the user id now or before is missing");
  Person now = person_of(envelope, text_at(*item, "wa_id"), current), before = now;
  before.user_id = previous;
  begin_contact(out, envelope, now);
  append_replaced(out, envelope, before, now);
  append_field(out, "dedupe", "user_id_update:" + std::string(previous) + ':' + std::string(current));
  append_timestamp(out, "at", *item);
  out += '}';
  return true;
}

bool write_preference(std::string& out, const Envelope& envelope, const json::value& value, std::string& reason) {
  const auto* item = value.if_object();
  if (!item) return fail(reason, "it is " + kind_name(value));
  const auto wanted = text_at(*item, "value"), category = text_at(*item, "category");
  if (wanted != "stop" && wanted != "resume") return fail(reason, "value is neither stop nor resume");
  const Person person = named_in(envelope, *item);
  if (!is_somebody(person)) return fail(reason, "neither wa_id nor user_id is there");
  begin_contact(out, envelope, person);
  out += wanted == "stop" ? R"(,"opted_out":true)" : R"(,"opted_out":false)";
  const auto detail = text_at(*item, "detail");
  append_field(out, "reason",
               !detail.empty()    ? cut(detail, 1000)
               : wanted == "stop" ? "they stopped marketing messages"
                                  : "they resumed marketing messages");
  std::string at;
  append_timestamp(at, "at", *item);
  append_field(out, "dedupe",
               "preference:" + std::string(person.phone.empty() ? person.user_id : person.phone) + ':' +
                   std::string(category) + ':' + std::string(wanted) + ':' +
                                  (at.empty() ? at : at.substr(7, at.size() - 8)));
  out += at + '}';
  return true;
}

}  // namespace jackfield::whatsapp
