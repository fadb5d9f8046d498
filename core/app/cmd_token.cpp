// jackfield token: a new token and its hash, or the hash of one that there is.
#include <unistd.h>

#include <iostream>

#include "api/token_secret.hpp"
#include "app/verbs.hpp"
#include "base/random.hpp"

namespace jackfield::app {
namespace {

constexpr std::size_t strong_token = 32;

int print_new() {
  SystemRandom random;
  const std::string token = api::new_token(random);
  std::cout << "token: " << token << "\ntoken_hash: \"" << api::shown_hash(token) << "\"\n";
  std::cerr << "The token is for whoever uses it and is not shown again; the hash is for server.tokens.\n";
  return exit_fine;
}

}  // namespace

int cmd_token(bool hash) {
  if (!hash) return print_new();
  if (isatty(STDIN_FILENO) != 0) std::cerr << "The token, and Enter: ";
  std::string token;
  std::getline(std::cin, token);
  if (token.ends_with('\r')) token.pop_back();
  if (const auto why = api::why_no_token(token); !why.empty()) {
    std::cerr << "jackfield: this token " << why << '\n';
    return exit_wrong;
  }
  if (token.size() < strong_token)
    std::cerr << "jackfield: a short token can be found from its hash by trying; `jackfield token` makes a good one\n";
  std::cout << "token_hash: \"" << api::shown_hash(token) << "\"\n";
  return exit_fine;
}

}  // namespace jackfield::app
