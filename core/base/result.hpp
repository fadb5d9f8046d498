// Result<T>: a value or an Error. What can fail for reasons outside the code returns one; exceptions are
// for broken invariants and are caught once, at the edge of each thread.
#pragma once

#include <boost/system/result.hpp>
#include <string>
#include <string_view>
#include <utility>

namespace jackfield {

// A closed list: each says who can mend it and whether trying again helps.
enum class Errc {
  invalid,      // the caller's input is wrong
  not_found,
  conflict,     // the state does not allow it now
  denied,       // not for this caller
  too_large,
  busy,         // a bound is reached: come back
  unavailable,  // store, network or connector is not there: come back
  corrupt,      // stored bytes do not make sense
  internal,     // a bug
};

std::string_view name_of(Errc code);

struct Error {
  Errc code = Errc::internal;
  std::string message;  // for people; never holds a secret

  // May the same call succeed later without anybody changing anything?
  bool transient() const { return code == Errc::busy || code == Errc::unavailable; }
};

[[noreturn]] void throw_exception_from_error(const Error& error, const boost::source_location& where);

template <class T>
using Result = boost::system::result<T, Error>;

inline Error fail(Errc code, std::string message) { return Error{code, std::move(message)}; }

}  // namespace jackfield
