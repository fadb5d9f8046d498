// The one place that includes Boost.Beast; compiled once, in beast_src.cpp.
#pragma once

#include "net/asio.hpp"
// after asio.hpp, which says that they are compiled apart
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/status.hpp>

namespace jackfield::net {
namespace beast = boost::beast;
namespace http = boost::beast::http;
}  // namespace jackfield::net
