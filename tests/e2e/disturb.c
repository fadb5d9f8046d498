// Preloaded into the daemon by test_hostile.py: a disk whose syncs take long, a clock that jumps, name servers that do
// not answer. What to do stands in the file JACKFIELD_DISTURB, which the test writes while the daemon runs: two
// int64: milliseconds a sync takes longer, milliseconds the wall clock is off. Names below hangs.test never resolve.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const volatile int64_t* wanted;

__attribute__((constructor)) static void begin(void) {
  const char* path = getenv("JACKFIELD_DISTURB");
  const int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
  if (fd < 0) return;
  void* at = mmap(NULL, 2 * sizeof(int64_t), PROT_READ, MAP_SHARED, fd, 0);
  if (at != MAP_FAILED) wanted = at;
  close(fd);
}

static void sync_slowly(void) {
  const int64_t ms = wanted ? wanted[0] : 0;
  if (ms > 0) usleep((useconds_t)(ms * 1000));
}

int fsync(int fd) {
  static int (*real)(int);
  if (!real) real = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
  sync_slowly();
  return real(fd);
}

int fdatasync(int fd) {
  static int (*real)(int);
  if (!real) real = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
  sync_slowly();
  return real(fd);
}

int clock_gettime(clockid_t clock, struct timespec* out) {
  static int (*real)(clockid_t, struct timespec*);
  if (!real) real = (int (*)(clockid_t, struct timespec*))dlsym(RTLD_NEXT, "clock_gettime");
  const int failed = real(clock, out);
  if (failed == 0 && clock == CLOCK_REALTIME && wanted) {
    out->tv_sec += wanted[1] / 1000;
    out->tv_nsec += wanted[1] % 1000 * 1000000;
    if (out->tv_nsec >= 1000000000) out->tv_nsec -= 1000000000, ++out->tv_sec;
    if (out->tv_nsec < 0) out->tv_nsec += 1000000000, --out->tv_sec;
  }
  return failed;
}

int getaddrinfo(const char* name, const char* service, const struct addrinfo* hints, struct addrinfo** found) {
  static int (*real)(const char*, const char*, const struct addrinfo*, struct addrinfo**);
  if (!real)
    real = (int (*)(const char*, const char*, const struct addrinfo*, struct addrinfo**))dlsym(RTLD_NEXT, "getaddrinfo");
  const size_t length = name ? strlen(name) : 0;
  if (length >= 10 && strcmp(name + length - 10, "hangs.test") == 0) sleep(3600);
  return real(name, service, hints, found);
}
