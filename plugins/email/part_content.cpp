#include "part_content.hpp"

#include "gmime_memory.hpp"

namespace jackfield::email {
namespace {

// Where the bytes lie in the mail; nothing when they are kept in another way.
std::string_view encoded_bytes(GMimeStream* stream) {
  if (!stream || !GMIME_IS_STREAM_MEM(stream)) return {};
  const std::string_view all = bytes_of(stream);
  const auto begin = static_cast<std::size_t>(stream->bound_start);
  const auto end = stream->bound_end < 0 ? all.size() : static_cast<std::size_t>(stream->bound_end);
  return begin <= end && end <= all.size() ? all.substr(begin, end - begin) : std::string_view();
}

std::string decode(std::string_view bytes, GMimeContentEncoding encoding) {
  GMimeEncoding state;
  g_mime_encoding_init_decode(&state, encoding);
  std::string out(g_mime_encoding_outlen(&state, bytes.size()), '\0');
  out.resize(g_mime_encoding_step(&state, bytes.data(), bytes.size(), out.data()));
  return out;
}

std::string write_out(GMimeDataWrapper* content) {
  const Owned<GMimeStream> memory(g_mime_stream_mem_new());
  g_mime_data_wrapper_write_to_stream(content, memory.get());
  return std::string(bytes_of(memory.get()));
}

}  // namespace

// GMime's own way makes half a dozen objects for each part; the common encodings need none of them.
std::string decoded_content(GMimePart* part) {
  GMimeDataWrapper* content = g_mime_part_get_content(part);
  if (!content) return {};
  const std::string_view bytes = encoded_bytes(g_mime_data_wrapper_get_stream(content));
  switch (const auto encoding = g_mime_data_wrapper_get_encoding(content)) {
    case GMIME_CONTENT_ENCODING_DEFAULT:
    case GMIME_CONTENT_ENCODING_7BIT:
    case GMIME_CONTENT_ENCODING_8BIT:
    case GMIME_CONTENT_ENCODING_BINARY: return bytes.empty() ? write_out(content) : std::string(bytes);
    case GMIME_CONTENT_ENCODING_BASE64:
    case GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE: return bytes.empty() ? write_out(content) : decode(bytes, encoding);
    default: return write_out(content);
  }
}

}  // namespace jackfield::email
