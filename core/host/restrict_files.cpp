// Landlock: the connector's process reads what programs need to run, to resolve names and to check certificates, and
// writes nothing. The host's configuration, store and media are out of its reach.
#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "host/confinement.hpp"

namespace jackfield::host {
namespace {

constexpr __u64 kReadFile = LANDLOCK_ACCESS_FS_READ_FILE;
constexpr __u64 kRead = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
// All of the first version; later versions know more, which stays as it is.
constexpr __u64 kAll = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1;

constexpr const char* kFolders[] = {"/usr",     "/lib", "/lib64",     "/etc/ssl", "/etc/ca-certificates",
                                    "/etc/pki", "/run/systemd/resolve", "/proc/self"};
constexpr const char* kFiles[] = {"/etc/resolv.conf", "/etc/hosts",    "/etc/nsswitch.conf", "/etc/host.conf",
                                  "/etc/gai.conf",    "/etc/services", "/etc/protocols",     "/etc/localtime",
                                  "/etc/ld.so.cache", "/dev/urandom",  "/dev/random",        "/dev/null",
                                  "/dev/zero"};

bool allow(int rules, const char* path, __u64 access) {
  const int fd = ::open(path, O_PATH | O_CLOEXEC);
  if (fd < 0) return true;  // what is not there need not be allowed
  struct stat info {};
  if (::fstat(fd, &info) == 0 && !S_ISDIR(info.st_mode)) access &= ~static_cast<__u64>(LANDLOCK_ACCESS_FS_READ_DIR);
  landlock_path_beneath_attr rule{};
  rule.allowed_access = access;
  rule.parent_fd = fd;
  const bool added = ::syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0;
  ::close(fd);
  return added;
}

}  // namespace

bool restrict_files(const std::string& own_folder) {
  landlock_ruleset_attr attributes{};
  attributes.handled_access_fs = kAll;
  const auto rules =
      static_cast<int>(::syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes.handled_access_fs, 0));
  if (rules < 0) return false;
  bool fine = allow(rules, own_folder.c_str(), kRead);
  for (const char* path : kFolders) fine = fine && allow(rules, path, kRead);
  for (const char* path : kFiles) fine = fine && allow(rules, path, kReadFile);
  fine = fine && allow(rules, "/dev/null", kReadFile | LANDLOCK_ACCESS_FS_WRITE_FILE);
  fine = fine && ::syscall(SYS_landlock_restrict_self, rules, 0) == 0;
  ::close(rules);
  return fine;
}

}  // namespace jackfield::host
