#include "app/blobs.hpp"

#include <algorithm>

namespace jackfield::app {
namespace {

bool is_id(std::string_view id) {
  const auto is_hex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  return id.size() == 64 && std::all_of(id.begin(), id.end(), is_hex);
}

Error no_blob() { return fail(Errc::not_found, "there is no such blob"); }

}  // namespace

Result<std::string> Blobs::put(std::string_view bytes) { return media_.put(bytes); }

Result<std::string> Blobs::read(std::string_view id, std::uint64_t offset, std::uint64_t most) {
  if (!is_id(id)) return no_blob();
  return media_.read(id, offset, most);
}

Result<std::int64_t> Blobs::size(std::string_view id) {
  if (!is_id(id)) return no_blob();
  return media_.size(id);
}

std::string Blobs::path(std::string_view id) { return is_id(id) ? media_.path(id) : std::string{}; }

}  // namespace jackfield::app
