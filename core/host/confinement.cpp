#include "host/confinement.hpp"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

namespace jackfield::host {
namespace {

constexpr rlim_t kMemory = 1024ul * 1024 * 1024;         // written to
constexpr rlim_t kAddresses = 16ul * 1024 * 1024 * 1024;  // mapped at all
constexpr rlim_t kDescriptors = 256;
constexpr rlim_t kThreads = 4096;  // counted over all processes of the user, so it can only stop a bomb
constexpr rlim_t kFileBytes = 64ul * 1024 * 1024;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;  // maps terabytes
#else
constexpr bool kSanitized = false;
#endif

void limit(__rlimit_resource what, rlim_t most) {
  rlimit now{};
  if (::getrlimit(what, &now) != 0) return;
  if (now.rlim_max != RLIM_INFINITY && most > now.rlim_max) most = now.rlim_max;
  const rlimit wanted{most, most};
  ::setrlimit(what, &wanted);
}

void limit_resources() {
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_NOFILE, kDescriptors);
  limit(RLIMIT_NPROC, kThreads);
  limit(RLIMIT_FSIZE, kFileBytes);
  if (kSanitized) return;
  limit(RLIMIT_DATA, kMemory);
  limit(RLIMIT_AS, kAddresses);
}

}  // namespace

std::string confine(const Confinement& how) {
  // The signal comes when the thread that started this one ends: an io thread, which lives as long as the host.
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != how.parent) ::_exit(0);
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  limit_resources();
  std::string missing;
  if (!restrict_files(how.own_folder)) missing = "Landlock";
  if (!filter_syscalls(how.network)) missing += missing.empty() ? "seccomp" : ", seccomp";
  return missing;
}

}  // namespace jackfield::host
