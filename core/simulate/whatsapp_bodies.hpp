// What Meta says, as JSON. Pure.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "simulate/whatsapp.hpp"

namespace jackfield::simulate {

// The body of a webhook with these messages, or receipts, of one change.
std::string webhook_with_messages(const WhatsAppOptions& options, boost::json::array contacts,
                                  boost::json::array messages);
std::string webhook_with_statuses(const WhatsAppOptions& options, boost::json::array statuses);

// Of another field of the subscription, with its value; the metadata is filled in.
std::string webhook_with_field(const WhatsAppOptions& options, std::string_view field, boost::json::object value);

// A message from what a control call says: {"from", "name", "text"} or {"from", "image": {…}}. The id is used when the
// call names none.
boost::json::object message_from_call(const boost::json::object& call, const std::string& id, std::int64_t now_s);
boost::json::object contact_from_call(const boost::json::object& call);

// {"error": {…}} with the message that Meta would give.
std::string graph_error(std::int64_t code, std::string_view message);

// Why a body of POST …/messages would be refused; empty: it is fine.
std::string problem_of_send(const boost::json::object& body);

// The field "file" of a multipart/form-data body.
struct UploadedFile {
  std::string bytes, media_type;
};
std::optional<UploadedFile> uploaded_file(std::string_view content_type, std::string_view body);

}  // namespace jackfield::simulate
