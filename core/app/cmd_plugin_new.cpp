// jackfield plugin new: a project of a connector that builds and passes its tests, to be changed into one's own.
#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "app/plugin_templates.hpp"
#include "app/verbs.hpp"

namespace jackfield::app {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t longest_name = 32;
// What CMake does not take as the name of a target.
constexpr std::array<std::string_view, 6> taken_names = {"all", "clean", "help", "install", "package", "test"};

bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Why that cannot be the name of a connector; empty when it can.
std::string name_problem(std::string_view name) {
  const auto fits = [](char c) { return is_lower(c) || is_digit(c) || c == '-'; };
  if (name.empty() || !is_lower(name.front()) || name.back() == '-' || !std::all_of(name.begin(), name.end(), fits))
    return "a name is made of a-z, 0-9 and -, and begins with a letter";
  if (name.size() > longest_name) return "a name has at most " + std::to_string(longest_name) + " characters";
  if (std::find(taken_names.begin(), taken_names.end(), name) != taken_names.end())
    return "CMake keeps that name for itself";
  return {};
}

// "acme-sms" becomes "AcmeSms".
std::string class_name(std::string_view name) {
  std::string out;
  bool starts_word = true;
  for (const char c : name) {
    if (c != '-') out += starts_word && is_lower(c) ? static_cast<char>(c - 'a' + 'A') : c;
    starts_word = c == '-';
  }
  return out;
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
}

std::string filled_in(std::string_view text, std::string_view name) {
  std::string out(text);
  replace_all(out, "NewConnector", class_name(name));
  replace_all(out, "new-connector", name);
  return out;
}

// A dot file would act on this tree too, so the templates call it without its dot.
fs::path path_in_project(std::string_view path) { return path == "gitignore" ? ".gitignore" : path; }

bool write_file(const fs::path& file, const std::string& text) {
  std::error_code error;
  fs::create_directories(file.parent_path(), error);
  std::ofstream out(file, std::ios::binary);
  out << text;
  out.close();
  if (out) return true;
  std::cerr << "jackfield: cannot write " << file.string() << '\n';
  return false;
}

void tell_next_steps(const fs::path& folder) {
  const auto shown = folder.lexically_normal().string();
  std::cout << "made " << shown << ". Next:\n  cmake -S " << shown << " -B " << shown << "/build\n  cmake --build "
            << shown << "/build\n  ctest --test-dir " << shown << "/build --output-on-failure\n";
}

int refuse(const std::string& why) {
  std::cerr << "jackfield: " << why << '\n';
  return exit_wrong;
}

}  // namespace

int cmd_plugin_new(const std::string& name, const std::string& language, const std::string& folder) {
  if (const auto problem = name_problem(name); !problem.empty()) return refuse('"' + name + "\": " + problem);
  const fs::path project = folder.empty() ? fs::path(name) : fs::path(folder);
  std::error_code error;
  if (fs::exists(fs::symlink_status(project, error)))
    return refuse(project.string() + " is there already; name another with --folder");
  for (const auto& file : plugin_templates()) {
    if (file.folder != "common" && file.folder != language) continue;
    if (!write_file(project / path_in_project(file.path), filled_in(file.text, name))) return exit_failed;
  }
  tell_next_steps(project);
  return exit_fine;
}

}  // namespace jackfield::app
