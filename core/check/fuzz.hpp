// Bytes that nobody expects: the same for the same seed.
#pragma once

#include <cstddef>
#include <random>
#include <string>
#include <string_view>

namespace jackfield::check {

// Up to `most` bytes of any value.
std::string random_text(std::mt19937_64& chance, std::size_t most);
// The text with one to eight changes: bytes flipped, parts cut out, doubled or moved, odd pieces put in, its end lost.
std::string mutated(std::mt19937_64& chance, std::string_view text);

}  // namespace jackfield::check
