// Boost.Asio's function bodies, compiled here and nowhere else.
#include "net/asio.hpp"
// after asio.hpp, which says that they are compiled apart
#include <boost/asio/impl/src.hpp>
#include <boost/asio/ssl/impl/src.hpp>
