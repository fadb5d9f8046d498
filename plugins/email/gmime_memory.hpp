// Ownership of GMime's objects, and its start. GMime takes no locks and needs none while each mail stays on one thread.
#pragma once

#include <gmime/gmime.h>

#include <memory>
#include <string>
#include <string_view>

namespace jackfield::email {

struct Unref {
  void operator()(void* object) const { g_object_unref(object); }
};
template <class T>
using Owned = std::unique_ptr<T, Unref>;

struct FreeOptions {
  void operator()(GMimeParserOptions* options) const { g_mime_parser_options_free(options); }
  void operator()(GMimeFormatOptions* options) const { g_mime_format_options_free(options); }
};

inline void start_gmime() {
  static const bool started = (g_mime_init(), true);
  (void)started;
}

// The bytes that a stream in memory holds; a view into it.
inline std::string_view bytes_of(GMimeStream* memory) {
  const GByteArray* array = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(memory));
  return {reinterpret_cast<const char*>(array->data), array->len};
}

inline std::string_view view_of(const char* text) { return text ? std::string_view(text) : std::string_view(); }

}  // namespace jackfield::email
