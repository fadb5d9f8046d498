// What came from a mailbox as a mail that the reader takes. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "mail_envelope.hpp"

namespace jackfield::email {

// The envelope as the trace headers tell it: Return-Path, Delivered-To, X-Original-To.
Envelope traced_envelope(std::string_view mail);

// A mail of which there is only the header: with a text in place of its body that says so.
std::string header_only_mail(std::string_view header, std::string_view notice);

}  // namespace jackfield::email
