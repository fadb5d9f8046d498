#include "smtp_send.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <cctype>
#include <cstring>

#include "charset.hpp"

namespace jackfield::email {
namespace {

using Step = Dialogue::Step;

// What one transfer reads from and notes down.
struct Transfer {
  const SmtpJob& job;
  std::size_t sent = 0;
  Dialogue dialogue;
};

std::size_t read_body(char* out, std::size_t size, std::size_t count, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  const std::size_t bytes = std::min(size * count, transfer.job.bytes.size() - transfer.sent);
  std::memcpy(out, transfer.job.bytes.data() + transfer.sent, bytes);
  transfer.sent += bytes;
  transfer.dialogue.step = Step::body;
  transfer.dialogue.code = 0;
  transfer.dialogue.all_sent = transfer.sent == transfer.job.bytes.size();
  return bytes;
}

Step step_of(std::string_view command, Step now) {
  if (command.starts_with("MAIL")) return Step::mail;
  if (command.starts_with("RCPT")) return Step::rcpt;
  if (command.starts_with("DATA")) return Step::data;
  if (command.starts_with("AUTH")) return Step::auth;
  return now;
}

// Curl shows the dialogue; only verbs and answers are kept, never what is said (credentials).
int watch(CURL*, curl_infotype type, char* data, std::size_t size, void* user) {
  Dialogue& dialogue = static_cast<Transfer*>(user)->dialogue;
  const std::string_view text(data, size);
  dialogue.over = dialogue.over || (type == CURLINFO_HEADER_OUT && text.starts_with("QUIT"));
  if (dialogue.over) return 0;
  if (type == CURLINFO_HEADER_OUT && dialogue.step < Step::body) {
    const Step next = step_of(text, dialogue.step);
    if (next != dialogue.step) dialogue.answer.clear();
    dialogue.step = next;
    dialogue.code = 0;
  }
  if (type != CURLINFO_HEADER_IN || size < 3 ||
      !std::all_of(data, data + 3, [](char c) { return std::isdigit(static_cast<unsigned char>(c)); }))
    return 0;
  dialogue.code = (data[0] - '0') * 100 + (data[1] - '0') * 10 + (data[2] - '0');
  dialogue.answer = clean_line(text, 300);
  return 0;
}

int check_cancelled(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  const auto& transfer = *static_cast<Transfer*>(user);
  return transfer.job.cancelled && transfer.job.cancelled->load() ? 1 : 0;
}

struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using List = std::unique_ptr<curl_slist, FreeList>;

List recipients(const std::vector<std::string>& addresses) {
  curl_slist* list = nullptr;
  for (const std::string& address : addresses) list = curl_slist_append(list, ("<" + address + ">").c_str());
  return List(list);
}

std::string url_of(const SmtpServer& server) {
  const bool v6 = server.server.host.find(':') != std::string::npos;
  const std::string host = v6 ? "[" + server.server.host + "]" : server.server.host;
  return (server.server.encrypted ? "smtps://" : "smtp://") + host + ":" + std::to_string(server.server.port) + "/" +
         server.hello_name;
}

void set_server(CURL* curl, const SmtpServer& server) {
  curl_easy_setopt(curl, CURLOPT_URL, url_of(server).c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  curl_easy_setopt(curl, CURLOPT_PROXY, "");
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_QUICK_EXIT, 1L);  // a name that hangs is given up in time
  curl_easy_setopt(curl, CURLOPT_MAXAGE_CONN, 60L);
  if (!server.user.empty()) {
    curl_easy_setopt(curl, CURLOPT_USERNAME, server.user.c_str());
    curl_easy_setopt(curl, CURLOPT_PASSWORD, server.password.c_str());
  }
  curl_easy_setopt(curl, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2);
  if (server.tls == TlsPolicy::required) curl_easy_setopt(curl, CURLOPT_USE_SSL, CURLUSESSL_ALL);
  if (server.tls != TlsPolicy::opportunistic) return;
  curl_easy_setopt(curl, CURLOPT_USE_SSL, CURLUSESSL_TRY);  // else it would go in the clear: better than that
  curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 0L);
  curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 0L);
}

void set_mail(CURL* curl, Transfer& transfer, curl_slist* to) {
  curl_easy_setopt(curl, CURLOPT_MAIL_FROM, ("<" + transfer.job.from + ">").c_str());
  curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, to);
  curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
  curl_easy_setopt(curl, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(transfer.job.bytes.size()));
  curl_easy_setopt(curl, CURLOPT_READFUNCTION, &read_body);
  curl_easy_setopt(curl, CURLOPT_READDATA, &transfer);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(transfer.job.timeout_ms));
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS,
                   static_cast<long>(std::min<std::int64_t>(transfer.job.timeout_ms, 20000)));
  curl_easy_setopt(curl, CURLOPT_VERBOSE, 1L);
  curl_easy_setopt(curl, CURLOPT_DEBUGFUNCTION, &watch);
  curl_easy_setopt(curl, CURLOPT_DEBUGDATA, &transfer);
  curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, &check_cancelled);
  curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &transfer);
}

void note_end(Dialogue& dialogue, CURLcode code) {
  if (code == CURLE_OK) {
    dialogue.step = Step::end;
    return;
  }
  dialogue.trouble = curl_easy_strerror(code);
  dialogue.cancelled = code == CURLE_ABORTED_BY_CALLBACK;
  dialogue.login_denied = code == CURLE_LOGIN_DENIED;  // also when the two know no mechanism in common
}

SmtpResult result(SendOutcome outcome, SendFault fault, const Dialogue& dialogue, bool server_fault = false) {
  SmtpResult out{outcome, fault, dialogue.code > 0 ? std::to_string(dialogue.code) : "", dialogue.answer, server_fault};
  if (dialogue.code < 400 && dialogue.step != Step::end) out.detail = dialogue.trouble;
  return out;
}

// A 5xx: for good, but whose fault is it?
SmtpResult refused(const Dialogue& dialogue) {
  if (dialogue.step == Step::auth || dialogue.code == 530 || dialogue.code == 534 || dialogue.code == 535 ||
      dialogue.code == 538)
    return result(SendOutcome::rejected, SendFault::auth, dialogue, true);
  if (dialogue.step == Step::rcpt) return result(SendOutcome::rejected, SendFault::recipient, dialogue);
  return result(SendOutcome::rejected, SendFault::content, dialogue);
}

SmtpResult deferred(const Dialogue& dialogue) {
  const bool slow_down =
      dialogue.code == 421 && dialogue.answer.find(" 4.7.") != std::string::npos;  // 451 4.7.1 is greylisting
  const bool before_mail = dialogue.step < Step::mail;
  return result(SendOutcome::retry, slow_down ? SendFault::throttled : SendFault::unavailable, dialogue, before_mail);
}

void start_curl() {
  static const bool started = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  (void)started;
}

}  // namespace

SmtpResult judge(const Dialogue& dialogue) {
  if (dialogue.step == Step::end) return result(SendOutcome::accepted, SendFault::none, dialogue);
  if (dialogue.code >= 500 && dialogue.step >= Step::auth) return refused(dialogue);
  if (dialogue.code >= 400 && dialogue.step >= Step::auth) return deferred(dialogue);
  if (dialogue.all_sent) return result(SendOutcome::unknown, SendFault::unavailable, dialogue);
  if (dialogue.cancelled) return result(SendOutcome::cancelled, SendFault::none, dialogue);
  if (dialogue.login_denied) return result(SendOutcome::rejected, SendFault::auth, dialogue, true);
  return result(SendOutcome::retry, SendFault::unavailable, dialogue, dialogue.step < Step::mail);
}

SmtpSender::SmtpSender(SmtpServer server) : server_(std::move(server)) { start_curl(); }

SmtpSender::~SmtpSender() {
  for (void* handle : idle_) curl_easy_cleanup(handle);
}

void* SmtpSender::take_handle() {
  const std::lock_guard lock(mutex_);
  if (idle_.empty()) return curl_easy_init();
  void* handle = idle_.back();
  idle_.pop_back();
  return handle;
}

void SmtpSender::give_back(void* handle) {
  curl_easy_reset(handle);  // keeps its connection
  const std::lock_guard lock(mutex_);
  idle_.push_back(handle);
}

SmtpResult SmtpSender::send(const SmtpJob& job) {
  CURL* curl = take_handle();
  if (!curl) return {.detail = "out of memory"};
  Transfer transfer{job};
  const List to = recipients(job.to);
  set_server(curl, server_);
  set_mail(curl, transfer, to.get());
  note_end(transfer.dialogue, curl_easy_perform(curl));
  give_back(curl);
  return judge(transfer.dialogue);
}

}  // namespace jackfield::email
