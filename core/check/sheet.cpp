#include "check/sheet.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

namespace jackfield::check {

Sheet* map_sheet(const std::string& file, bool make) {
  const int fd = ::open(file.c_str(), O_RDWR | O_CLOEXEC | (make ? O_CREAT | O_EXCL : 0), 0600);
  if (fd < 0) return nullptr;
  // a fresh file is all zeros, which is an empty sheet
  const bool sized = !make || ::ftruncate(fd, sizeof(Sheet)) == 0;
  void* at = sized ? ::mmap(nullptr, sizeof(Sheet), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) : MAP_FAILED;
  ::close(fd);
  return at == MAP_FAILED ? nullptr : static_cast<Sheet*>(at);
}

}  // namespace jackfield::check
