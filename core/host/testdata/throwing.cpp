// A C++ connector that lets exceptions out of its callbacks: of on_webhook, of send, and of start when told so.
#include <cstring>
#include <stdexcept>
#include <string>

#include "jackfield/jackfield.h"

namespace {

bool start_throws = false;

jf_status start(void*, jf_error*) {
  if (start_throws) throw std::runtime_error("start fell over");
  return JF_OK;
}
jf_status send(void*, const jf_send*) { throw std::runtime_error("send fell over"); }
void cancel(void*, std::uint64_t) {}
void on_delivered(void*, std::uint64_t, jf_status) {}
void on_timer(void*, std::uint64_t, jf_str) {}
void on_http(void*, std::uint64_t, const jf_http_response*) {}
void on_complete(void*, std::uint64_t, jf_status, jf_str) {}
void on_webhook(void*, const jf_webhook*) { throw 42; }
void drain(void*, std::int64_t) { throw std::runtime_error("drain fell over"); }
void stop(void*) { throw std::runtime_error("stop fell over"); }
void destroy(void*) {}

const jf_connector_api kApi = {sizeof(jf_connector_api),
                               0,
                               start,
                               send,
                               cancel,
                               on_delivered,
                               on_timer,
                               on_http,
                               on_complete,
                               on_webhook,
                               drain,
                               stop,
                               destroy,
                               nullptr};

jf_status create(const jf_host_api*, const jf_create* args, const jf_connector_api** api, void** self, jf_error*) {
  start_throws = std::string(args->settings.data, args->settings.len).find("start") != std::string::npos;
  *api = &kApi;
  *self = nullptr;
  return JF_OK;
}

const jf_module kModule = {
    sizeof(jf_module), JF_ABI_MINOR, 0, 0, R"({"id": "throwing", "version": "1", "channel": {"scheme": "t",
  "webhooks": [{"method": "POST", "path": "/webhook"}]},
  "settings": {"type": "object", "properties": {"where": {"type": "string"}}}})",
    nullptr,           create};

}  // namespace

extern "C" JF_EXPORT const jf_module* jackfield_plugin_v0(void) { return &kModule; }
