// The media store as the host needs it.
#pragma once

#include "host/port.hpp"
#include "store/media_store.hpp"

namespace jackfield::app {

// An id is the SHA-256 of the bytes in hex; anything else is not_found, since ids come from connectors and an odd one
// must not name a file elsewhere. The store must outlive it.
class Blobs final : public host::BlobPort {
 public:
  explicit Blobs(store::MediaStore& media) : media_(media) {}
  Result<std::string> put(std::string_view bytes) override;
  Result<std::string> read(std::string_view id, std::uint64_t offset, std::uint64_t most) override;
  Result<std::int64_t> size(std::string_view id) override;
  std::string path(std::string_view id) override;  // empty for what is no id

 private:
  store::MediaStore& media_;
};

}  // namespace jackfield::app
