// One item of a webhook → one event. Internal to the decoder.
#pragma once

#include <boost/json/value.hpp>
#include <string>
#include <string_view>

namespace jackfield::whatsapp {

// What surrounds the items of one change.
struct Envelope {
  std::string_view waba;     // business account
  std::string_view scope;    // of business-scoped user ids: the portfolio where it is configured, else the account
  std::string_view account;  // phone_number_id
  std::string_view display_number;     // of our number, as Meta shows it
  const boost::json::value* metadata;  // null: none
  const boost::json::array* contacts;  // null: none
  std::string_view field;              // of the change
};

// Each appends one event, or answers false with a reason; `out` may then hold half an event.
bool write_message(std::string& out, const Envelope& envelope, const boost::json::value& item, std::string& reason);
bool write_status(std::string& out, const Envelope& envelope, const boost::json::value& item, std::string& reason);

// A message that we wrote in the Business app.
bool write_echo(std::string& out, const Envelope& envelope, const boost::json::value& item, std::string& reason);
// Of the fields user_id_update and user_preferences: contact events.
bool write_user_id_update(std::string& out, const Envelope& envelope, const boost::json::value& item,
                          std::string& reason);
bool write_preference(std::string& out, const Envelope& envelope, const boost::json::value& item, std::string& reason);

// The parts of a message of this type, as the inside of a JSON array.
bool write_parts(std::string& out, const boost::json::object& message, std::string_view type, std::string& reason);

// Is there a part of its own for messages of this type? Of others the event carries the message as it came.
bool is_understood(std::string_view type);

// The contact of the envelope that sent this item; null when none matches.
const boost::json::object* contact_of(const Envelope& envelope, const boost::json::object& item);

// ,"at":"…" from Unix seconds, a string in most places; nothing when it is no time.
void append_timestamp(std::string& out, std::string_view key, const boost::json::object& item);

std::string kind_name(const boost::json::value& value);  // "a number", for reasons

}  // namespace jackfield::whatsapp
