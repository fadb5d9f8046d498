// Boost.Beast's function bodies, compiled here and nowhere else.
#include "net/beast.hpp"
// after beast.hpp, which says that they are compiled apart
#include <boost/beast/src.hpp>
