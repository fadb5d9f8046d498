/* The asserts' macros, for C11 and for C++20: an offset, a size and a type of every field. */
#include <jackfield/extensions.h>

#ifdef __cplusplus
#include <string_view>
#include <type_traits>
#define JF_SAME_TYPE(expression, ...) std::is_same_v<std::remove_reference_t<decltype(expression)>, __VA_ARGS__>
#define JF_ASSERT(what, text) static_assert(what, text)
#define JF_ALIGNMENT(type) alignof(type)
#else
#define JF_SAME_TYPE(expression, ...) _Generic((expression), __VA_ARGS__ : 1, default : 0)
#define JF_ASSERT(what, text) _Static_assert(what, text)
#define JF_ALIGNMENT(type) _Alignof(type)
#endif

#define JF_STRUCT(name, size, alignment) \
  JF_ASSERT(sizeof(name) == size && JF_ALIGNMENT(name) == alignment, "size of " #name)
#define JF_FIELD(name, field, offset, size, ...)                                                                 \
  JF_ASSERT(offsetof(name, field) == offset && sizeof(((name*)0)->field) == size, "place of " #name "." #field); \
  JF_ASSERT(JF_SAME_TYPE(((name*)0)->field, __VA_ARGS__), "type of " #name "." #field)
#define JF_ARRAY(name, field, offset, element, length)                                                \
  JF_ASSERT(offsetof(name, field) == offset && sizeof(((name*)0)->field) == sizeof(element) * length, \
            "place of " #name "." #field);                                                            \
  JF_ASSERT(JF_SAME_TYPE(((name*)0)->field[0], element), "type of " #name "." #field)
#define JF_TYPE(name, ...) JF_ASSERT(JF_SAME_TYPE(*(name*)0, __VA_ARGS__), "type " #name)
#define JF_FUNCTION(name, ...) JF_ASSERT(JF_SAME_TYPE(&name, __VA_ARGS__), "function " #name)
#define JF_NUMBER(name, value) JF_ASSERT((name) == value, "value of " #name)
#ifdef __cplusplus
#define JF_TEXT(name, value) JF_ASSERT(std::string_view(name) == value, "text of " #name)
#else
#define JF_TEXT(name, value) JF_ASSERT(sizeof(name) == sizeof(value), "length of " #name)
#endif
