#include "smpp_status.hpp"

#include <algorithm>
#include <cstdio>
#include <iterator>

namespace jackfield::sms::smpp {
namespace {

using enum Verdict;
using sdk::ErrorClass;

struct Row {
  std::uint32_t status;
  const char* name;
  Verdict verdict;
  ErrorClass error;
};
constexpr Row rows[] = {
    {0x00, "ESME_ROK", accepted, ErrorClass::none},
    {0x01, "ESME_RINVMSGLEN", rejected, ErrorClass::content},
    {0x02, "ESME_RINVCMDLEN", rejected, ErrorClass::internal},
    {0x03, "ESME_RINVCMDID", rejected, ErrorClass::config},
    {0x04, "ESME_RINVBNDSTS", retry, ErrorClass::config},
    {0x05, "ESME_RALYBND", retry, ErrorClass::config},
    {0x06, "ESME_RINVPRTFLG", rejected, ErrorClass::config},
    {0x07, "ESME_RINVREGDLVFLG", rejected, ErrorClass::config},
    {0x08, "ESME_RSYSERR", retry, ErrorClass::unavailable},
    {0x0A, "ESME_RINVSRCADR", rejected, ErrorClass::config},
    {0x0B, "ESME_RINVDSTADR", rejected, ErrorClass::recipient},
    {0x0C, "ESME_RINVMSGID", rejected, ErrorClass::internal},
    {0x0D, "ESME_RBINDFAIL", retry, ErrorClass::unavailable},
    {0x0E, "ESME_RINVPASWD", retry, ErrorClass::auth},
    {0x0F, "ESME_RINVSYSID", retry, ErrorClass::auth},
    {0x14, "ESME_RMSGQFUL", throttled, ErrorClass::throttled},
    {0x15, "ESME_RINVSERTYP", rejected, ErrorClass::config},
    {0x33, "ESME_RINVNUMDESTS", rejected, ErrorClass::recipient},
    {0x40, "ESME_RINVDESTFLAG", rejected, ErrorClass::recipient},
    {0x43, "ESME_RINVESMCLASS", rejected, ErrorClass::config},
    {0x45, "ESME_RSUBMITFAIL", retry, ErrorClass::unavailable},
    {0x48, "ESME_RINVSRCTON", rejected, ErrorClass::config},
    {0x49, "ESME_RINVSRCNPI", rejected, ErrorClass::config},
    {0x50, "ESME_RINVDSTTON", rejected, ErrorClass::recipient},
    {0x51, "ESME_RINVDSTNPI", rejected, ErrorClass::recipient},
    {0x53, "ESME_RINVSYSTYP", rejected, ErrorClass::config},
    {0x54, "ESME_RINVREPFLAG", rejected, ErrorClass::config},
    {0x58, "ESME_RTHROTTLED", throttled, ErrorClass::throttled},
    {0x61, "ESME_RINVSCHED", rejected, ErrorClass::config},
    {0x62, "ESME_RINVEXPIRY", rejected, ErrorClass::config},
    {0x63, "ESME_RINVDFTMSGID", rejected, ErrorClass::config},
    {0x64, "ESME_RX_T_APPN", retry, ErrorClass::unavailable},
    {0x65, "ESME_RX_P_APPN", rejected, ErrorClass::unavailable},
    {0x66, "ESME_RX_R_APPN", rejected, ErrorClass::content},
    {0xC0, "ESME_RINVOPTPARSTREAM", rejected, ErrorClass::internal},
    {0xC1, "ESME_ROPTPARNOTALLWD", rejected, ErrorClass::config},
    {0xC2, "ESME_RINVPARLEN", rejected, ErrorClass::internal},
    {0xC3, "ESME_RMISSINGOPTPARAM", rejected, ErrorClass::internal},
    {0xC4, "ESME_RINVOPTPARAMVAL", rejected, ErrorClass::internal},
    {0xFE, "ESME_RDELIVERYFAILURE", rejected, ErrorClass::recipient},
    {0xFF, "ESME_RUNKNOWNERR", retry, ErrorClass::unavailable},
    {0x104, "ESME_RINVDCS", rejected, ErrorClass::content},
};

constexpr std::uint32_t few_tries = 5;
constexpr std::uint32_t submit_failed = 0x45, unknown_error = 0xFF;

const Row* row_of(std::uint32_t status) {
  const auto* found =
      std::find_if(std::begin(rows), std::end(rows), [&](const Row& row) { return row.status == status; });
  return found == std::end(rows) ? nullptr : found;
}

}  // namespace

StatusMeaning meaning_of(std::uint32_t status, std::uint32_t attempt) {
  const Row* row = row_of(status);
  if (!row) return {rejected, ErrorClass::unavailable};
  const bool used_up = (status == submit_failed || status == unknown_error) && attempt >= few_tries;
  return {used_up ? rejected : row->verdict, row->error};
}

std::string status_name(std::uint32_t status) {
  if (const Row* row = row_of(status)) return row->name;
  char text[16];
  std::snprintf(text, sizeof text, "0x%08X", static_cast<unsigned>(status));
  return text;
}

bool is_lasting_refusal(std::uint32_t status) {
  return status == ESME_RALYBND || status == ESME_RINVPASWD || status == ESME_RINVSYSID;
}

}  // namespace jackfield::sms::smpp
