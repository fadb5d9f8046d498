// The settings of a connector as a table for its page in the documentation, from the schema in its manifest; and the
// test that the page has it.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace jackfield::testkit {

// Markdown: a row for each setting, in the schema's order.
std::string settings_table(std::string_view manifest);

// The page holds the table between "<!-- settings: from the manifest -->" and "<!-- end of settings -->". Empty: it
// does, else what is wrong. With JACKFIELD_UPDATE=1 in the environment the page is written anew.
std::string check_settings_page(const std::filesystem::path& page, std::string_view manifest);

}  // namespace jackfield::testkit
