#include "check/exports.hpp"

#include <elf.h>

#include <cstring>
#include <fstream>
#include <iterator>

namespace jackfield::check {
namespace {

// Copies out of the file's bytes; false beyond their end.
template <class T>
bool read_at(const std::string& bytes, std::uint64_t at, T& out) {
  if (at > bytes.size() || bytes.size() - at < sizeof(T)) return false;
  std::memcpy(&out, bytes.data() + at, sizeof(T));
  return true;
}

bool is_exported(const Elf64_Sym& symbol) {
  const auto binding = ELF64_ST_BIND(symbol.st_info);
  return symbol.st_shndx != SHN_UNDEF && symbol.st_shndx != SHN_ABS && binding != STB_LOCAL;
}

std::vector<std::string> names(const std::string& bytes, const Elf64_Shdr& symbols, const Elf64_Shdr& strings) {
  std::vector<std::string> out;
  Elf64_Sym symbol;
  for (std::uint64_t at = 0; at + sizeof symbol <= symbols.sh_size; at += sizeof symbol) {
    if (!read_at(bytes, symbols.sh_offset + at, symbol) || !is_exported(symbol)) continue;
    const auto name = strings.sh_offset + symbol.st_name;
    if (name < bytes.size()) out.emplace_back(bytes.c_str() + name);
  }
  return out;
}

}  // namespace

Result<std::vector<std::string>> exported_symbols(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(in), {}};
  Elf64_Ehdr head;
  if (!read_at(bytes, 0, head) || std::memcmp(head.e_ident, ELFMAG, SELFMAG) != 0 ||
      head.e_ident[EI_CLASS] != ELFCLASS64)
    return fail(Errc::invalid, "it is not a 64-bit ELF file");
  for (unsigned i = 0; i < head.e_shnum; ++i) {
    Elf64_Shdr section, strings;
    if (!read_at(bytes, head.e_shoff + i * sizeof section, section) || section.sh_type != SHT_DYNSYM) continue;
    if (!read_at(bytes, head.e_shoff + section.sh_link * sizeof strings, strings)) break;
    return names(bytes, section, strings);
  }
  return fail(Errc::invalid, "it has no table of dynamic symbols");
}

}  // namespace jackfield::check
