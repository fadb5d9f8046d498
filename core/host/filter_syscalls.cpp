// seccomp: a list of what a connector has no business with. What is on it fails with EPERM, so that a connector which
// tries goes on or reports it, and is not killed for a library's probing.
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <vector>

#include "host/confinement.hpp"

namespace jackfield::host {

#if defined(__x86_64__) || defined(__aarch64__)
namespace {

#if defined(__x86_64__)
constexpr __u32 kArch = AUDIT_ARCH_X86_64;
constexpr __u32 kOtherAbi = 0x40000000;  // x32 calls, by other numbers
#else
constexpr __u32 kArch = AUDIT_ARCH_AARCH64;
constexpr __u32 kOtherAbi = 0;
#endif

constexpr __u32 kRefuse = SECCOMP_RET_ERRNO | EPERM;

constexpr int kNever[] = {
    // other processes
    SYS_ptrace, SYS_process_vm_readv, SYS_process_vm_writev, SYS_kcmp, SYS_pidfd_open, SYS_pidfd_getfd,
    SYS_pidfd_send_signal, SYS_rt_sigqueueinfo, SYS_rt_tgsigqueueinfo, SYS_tkill, SYS_execve, SYS_execveat, SYS_setsid,
    SYS_setpgid,
#if defined(SYS_fork)
    SYS_fork, SYS_vfork,
#endif
    // the system
    SYS_mount, SYS_umount2, SYS_pivot_root, SYS_chroot, SYS_swapon, SYS_swapoff, SYS_reboot, SYS_sethostname,
    SYS_setdomainname, SYS_settimeofday, SYS_clock_settime, SYS_adjtimex, SYS_clock_adjtime, SYS_acct, SYS_quotactl,
    SYS_kexec_load, SYS_kexec_file_load, SYS_init_module, SYS_finit_module, SYS_delete_module, SYS_syslog,
    SYS_setns, SYS_unshare, SYS_fsopen, SYS_fsmount, SYS_open_tree, SYS_move_mount,
#if defined(SYS_iopl)
    SYS_iopl, SYS_ioperm,
#endif
    // ways around, and great surfaces
    SYS_bpf, SYS_perf_event_open, SYS_userfaultfd, SYS_io_uring_setup, SYS_io_uring_enter, SYS_io_uring_register,
    SYS_add_key, SYS_request_key, SYS_keyctl, SYS_open_by_handle_at, SYS_fanotify_init};

class Program {
 public:
  void add(__u16 code, __u32 value, __u8 yes = 0, __u8 no = 0) { all_.push_back({code, yes, no, value}); }
  void load(std::size_t offset) { add(BPF_LD | BPF_W | BPF_ABS, static_cast<__u32>(offset)); }
  void load_argument(int which) { load(offsetof(seccomp_data, args) + 8 * static_cast<std::size_t>(which)); }
  void answer(__u32 how) { add(BPF_RET | BPF_K, how); }
  void answer_if(__u32 value, __u32 how) {
    add(BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1);
    answer(how);
  }
  // What `rules` adds is done for that call only, and must end with an answer.
  template <class F>
  void for_call(int number, F rules) {
    Program inner;
    rules(inner);
    load(offsetof(seccomp_data, nr));
    add(BPF_JMP | BPF_JEQ | BPF_K, static_cast<__u32>(number), 0, static_cast<__u8>(inner.all_.size()));
    all_.insert(all_.end(), inner.all_.begin(), inner.all_.end());
  }
  bool install() {
    sock_fprog program{static_cast<unsigned short>(all_.size()), all_.data()};
    return ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
  }

 private:
  std::vector<sock_filter> all_;
};

void refuse_signals_to_others(Program& program) {
  const auto own = static_cast<__u32>(::getpid());
  for (const int call : {SYS_kill, SYS_tgkill})
    program.for_call(call, [own](Program& p) {
      p.load_argument(0);
      p.answer_if(own, SECCOMP_RET_ALLOW);
      p.answer(kRefuse);
    });
  program.for_call(SYS_prlimit64, [own](Program& p) {
    p.load_argument(0);
    p.answer_if(0, SECCOMP_RET_ALLOW);
    p.answer_if(own, SECCOMP_RET_ALLOW);
    p.answer(kRefuse);
  });
  program.for_call(SYS_fcntl, [](Program& p) {
    p.load_argument(1);
    p.answer_if(F_SETOWN, kRefuse);
    p.answer_if(15 /* F_SETOWN_EX */, kRefuse);
    p.answer(SECCOMP_RET_ALLOW);
  });
}

// Threads but no processes. The arguments of clone3 cannot be seen; without it libraries take clone.
void refuse_processes(Program& program) {
  program.for_call(SYS_clone3, [](Program& p) { p.answer(SECCOMP_RET_ERRNO | ENOSYS); });
  program.for_call(SYS_clone, [](Program& p) {
    p.load_argument(0);
    p.add(BPF_JMP | BPF_JSET | BPF_K, CLONE_THREAD, 0, 1);
    p.answer(SECCOMP_RET_ALLOW);
    p.answer(kRefuse);
  });
}

void refuse_sockets(Program& program, bool network) {
  program.for_call(SYS_socket, [network](Program& p) {
    p.load_argument(0);
    if (network)
      for (const int family : {AF_INET, AF_INET6, AF_NETLINK})
        p.answer_if(static_cast<__u32>(family), SECCOMP_RET_ALLOW);
    p.answer(kRefuse);
  });
}

}  // namespace

bool filter_syscalls(bool network) {
  Program program;
  program.load(offsetof(seccomp_data, arch));
  program.add(BPF_JMP | BPF_JEQ | BPF_K, kArch, 1, 0);
  program.answer(SECCOMP_RET_KILL_PROCESS);
  program.load(offsetof(seccomp_data, nr));
  if (kOtherAbi != 0) {
    program.add(BPF_JMP | BPF_JGE | BPF_K, kOtherAbi, 0, 1);
    program.answer(kRefuse);
  }
  for (const int call : kNever) program.answer_if(static_cast<__u32>(call), kRefuse);
  refuse_signals_to_others(program);
  refuse_processes(program);
  refuse_sockets(program, network);
  program.answer(SECCOMP_RET_ALLOW);
  return program.install();
}

#else

bool filter_syscalls(bool) { return false; }

#endif

}  // namespace jackfield::host
