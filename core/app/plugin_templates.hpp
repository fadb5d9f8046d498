// The files of sdk/template, compiled in; made by CMake (sdk/template/embed.cmake).
#pragma once

#include <span>
#include <string_view>

namespace jackfield::app {

struct TemplateFile {
  std::string_view folder;  // "common", or the language: "cpp", "c"
  std::string_view path;    // in the project, "testdata/send.json"
  std::string_view text;    // speaks of "new-connector" and "NewConnector" where the name is to stand
};

std::span<const TemplateFile> plugin_templates();

}  // namespace jackfield::app
