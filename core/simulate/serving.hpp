// What the programs `jackfield simulate …` and the HTTP sides of the stand-ins have in common.
#pragma once

#include <boost/json/value.hpp>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "net/http_server.hpp"

namespace jackfield::simulate {

// Runs a stand-in until SIGINT or SIGTERM. start makes it with all its threads and says what to tell people: where it
// listens. The exit code: 0, or 1 with a line on stderr.
int serve(const std::function<Result<std::string>()>& start);

using Reply = std::shared_ptr<net::Responder>;

void reply_json(const Reply& reply, const boost::json::value& value, int status = 200);
void refuse(const Reply& reply, int status, std::string_view why);  // {"error": why}

// The number under that name in a query; otherwise when it is missing or no number.
std::size_t number_in(std::string_view query, std::string_view name, std::size_t otherwise);

bool is_loopback(std::string_view address);  // control calls come from this machine only

}  // namespace jackfield::simulate
