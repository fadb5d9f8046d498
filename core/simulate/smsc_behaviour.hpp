// How the stand-in for an SMSC behaves, which a test changes as it goes. Pure.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <string>

#include "base/result.hpp"

namespace jackfield::simulate {

struct SmscBehaviour {
  std::string ids = "decimal";        // how an answer writes a message's id: decimal, hex, HEX, padded, uuid
  std::uint64_t next_id = 1;          // of the next message; counts up
  std::string receipt_ids = "same";   // how its receipt does: same, decimal, hex, HEX, padded
  std::string receipts = "after";     // none, after the answer, before it
  std::string receipt_form = "both";  // text, parameters, both
  std::string receipt_state = "DELIVRD";
  std::int64_t receipt_delay_ms = 0;
  std::int64_t delay_ms = 0;   // before each answer to a submit
  std::uint64_t throttle = 0;  // so many of the next submits are answered ESME_RTHROTTLED
  std::uint64_t refuse = 0;    // so many of the next with refuse_status
  std::uint32_t refuse_status = 0x0B;
  std::uint64_t per_second = 0;  // more submits than that in one second are throttled; 0: no limit
  std::uint64_t drop_after = 0;  // takes so many of the next submits without an answer, then closes the connection
  bool no_body = false;          // answers have no body
  bool silent = false;           // enquire_link is not answered
};

// Members of the JSON change what they name; one that is not known or has a wrong value is an Error, and changes
// nothing.
Result<SmscBehaviour> changed(SmscBehaviour behaviour, const boost::json::object& to);

// The id of the how manieth message, written so.
std::string id_of(std::uint64_t number, const std::string& way);

}  // namespace jackfield::simulate
