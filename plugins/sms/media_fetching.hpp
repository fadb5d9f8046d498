// The bytes of a file that somebody sent: one GET of the URL that the webhook named.
#pragma once

#include <jackfield/jackfield.hpp>
#include <string_view>

namespace jackfield::sms {

// url is base or a path below it, of the same scheme, host and port.
bool is_below(std::string_view url, std::string_view base);
// https, and the host is the domain or one of its own.
bool is_host_of(std::string_view url, std::string_view domain);

// headers(url): what to sign in with there; empty: nothing.
using HeadersFor = sdk::Function<sdk::Headers(std::string_view url)>;

// Answers the fetch. On the strand.
void fetch_from_source(sdk::Host& host, sdk::Fetch&& fetch, HeadersFor headers);

}  // namespace jackfield::sms
