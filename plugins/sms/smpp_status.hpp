// What a command_status says: its name, and what becomes of a message that was answered so (SMPP 3.4, 5.1.3). Pure.
#pragma once

#include <cstdint>
#include <jackfield/jackfield.hpp>
#include <string>

namespace jackfield::sms::smpp {

enum Status : std::uint32_t {
  ESME_ROK = 0x00,
  ESME_RINVCMDLEN = 0x02,
  ESME_RINVCMDID = 0x03,
  ESME_RINVBNDSTS = 0x04,
  ESME_RALYBND = 0x05,
  ESME_RINVPASWD = 0x0E,
  ESME_RINVSYSID = 0x0F,
  ESME_RMSGQFUL = 0x14,
  ESME_RTHROTTLED = 0x58,
  ESME_RX_T_APPN = 0x64,
  ESME_RX_R_APPN = 0x66
};

enum class Verdict : std::uint8_t { accepted, throttled, retry, rejected };

struct StatusMeaning {
  Verdict verdict = Verdict::rejected;
  sdk::ErrorClass error = sdk::ErrorClass::none;
};

// For the answer to a submit_sm, or a generic_nack instead of it. attempt: from 1; what is worth few tries is rejected
// when they are used up.
StatusMeaning meaning_of(std::uint32_t status, std::uint32_t attempt);

// "ESME_RTHROTTLED", "0x00000412" for one that is not of the specification.
std::string status_name(std::uint32_t status);

// The bind was refused for a reason that only a person, or time, can take away.
bool is_lasting_refusal(std::uint32_t status);

}  // namespace jackfield::sms::smpp
