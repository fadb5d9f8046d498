#include "host/link.hpp"

namespace jackfield::host {

Status status_of(const Error& error) {
  switch (error.code) {
    case Errc::invalid: return Status::invalid;
    case Errc::not_found: return Status::not_found;
    case Errc::conflict: return Status::conflict;
    case Errc::denied: return Status::denied;
    case Errc::too_large: return Status::invalid;
    case Errc::busy: return Status::busy;
    case Errc::unavailable:  // the store or the network is not there: not the same as "too much at once"
    case Errc::corrupt:
    case Errc::internal: return Status::internal;
  }
  return Status::internal;
}

std::string_view name_of(Status status) {
  switch (status) {
    case Status::ok: return "OK";
    case Status::busy: return "BUSY";
    case Status::invalid: return "INVALID";
    case Status::config: return "CONFIG";
    case Status::not_found: return "NOT_FOUND";
    case Status::unsupported: return "UNSUPPORTED";
    case Status::state: return "STATE";
    case Status::timeout: return "TIMEOUT";
    case Status::denied: return "DENIED";
    case Status::internal: return "INTERNAL";
    case Status::conflict: return "CONFLICT";
  }
  return "an unknown status";
}

std::string_view name_of(ChannelState state) {
  switch (state) {
    case ChannelState::starting: return "starting";
    case ChannelState::ready: return "ready";
    case ChannelState::degraded: return "degraded";
    case ChannelState::failed: return "failed";
  }
  return "failed";
}

}  // namespace jackfield::host
