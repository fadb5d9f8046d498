// A mail the sink took, for people and for tests. As much MIME as our own mails have, and no more. Pure.
#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <string_view>

#include "simulate/smtp_sink_session.hpp"

namespace jackfield::simulate {

// The first text part, its transfer encoding undone.
std::string text_of_mail(std::string_view mail);

// {"from", "to": […], "headers": {"subject": "…"}, "text", "raw"}; header names in lower case, values unfolded as they
// came.
boost::json::object json_of(const SunkMail& mail);

// Envelope, header and text, as it is shown on stdout.
std::string page_of(const SunkMail& mail, std::size_t number);

}  // namespace jackfield::simulate
