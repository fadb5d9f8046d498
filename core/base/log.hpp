// The log: one line an entry, to stderr, through spdlog. Any thread. Values registered as secrets are
// masked in every line, whoever wrote it.
#pragma once

#include <string>
#include <string_view>

namespace jackfield::log {

enum class Level { debug, info, warn, error, off };

void set_level(Level level);
bool enabled(Level level);

// Part says who speaks: "store", "host", "channel/support-mail".
void write(Level level, std::string_view part, std::string_view text);
inline void debug(std::string_view part, std::string_view text) { write(Level::debug, part, text); }
inline void info(std::string_view part, std::string_view text) { write(Level::info, part, text); }
inline void warn(std::string_view part, std::string_view text) { write(Level::warn, part, text); }
inline void error(std::string_view part, std::string_view text) { write(Level::error, part, text); }

// Shown as *** from now on, in the log and by masked(). Values under 6 characters are not masked: they
// would blot out ordinary words.
void add_secret(std::string_view value);
std::string masked(std::string_view text);

}  // namespace jackfield::log
