// Who is meant, in every way in which Meta names people. Internal to the decoder.
#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <string_view>

#include "decode_item.hpp"

namespace jackfield::whatsapp {

inline constexpr std::string_view kGroup = "whatsapp:group:";  // before a group's id

// Since 2026 a customer may be known by phone, by business-scoped id, or by both; neither alone may be relied on.
struct Person {
  std::string_view phone, user_id, name, username;
};

bool all_digits(std::string_view text);
bool is_somebody(const Person& person);

Person sender_of(const Envelope& envelope, const boost::json::object& item);    // "from", "from_user_id"
Person receiver_of(const Envelope& envelope, const boost::json::object& item);  // "to", "to_user_id"
// "wa_id", "user_id", and the profile of the envelope's contact of that name.
Person named_in(const Envelope& envelope, const boost::json::object& item);

// {"address": …, "also": […]}: the phone where it is known, else the business-scoped id.
void append_person(std::string& out, const Envelope& envelope, const Person& person);
void append_from(std::string& out, const Envelope& envelope, const Person& person);  // ,"from":{…}

// A `system` message that tells of another number or id: a contact event. False: it tells nothing of the kind, and
// nothing was written.
bool write_changed_person(std::string& out, const Envelope& envelope, const boost::json::object& item,
                          const Person& sender);

}  // namespace jackfield::whatsapp
