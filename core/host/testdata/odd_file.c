/* One file, compiled once for each way of being wrong. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "jackfield/jackfield.h"

#ifdef CRASHES
__attribute__((constructor)) static void crash(void) { abort(); }
#endif
#ifdef EXITS
__attribute__((constructor)) static void leave(void) { _exit(3); }
#endif
#ifdef HANGS
__attribute__((constructor)) static void hang(void) {
  for (;;) pause();
}
#endif
#ifdef PRINTS
__attribute__((constructor)) static void print(void) {
  for (int i = 0; i < 10000; ++i) puts("{\"noise\": \"on standard output\"}");
}
#endif

static const jf_connector_api short_table = {16, 0};

static jf_status create(const jf_host_api* host, const jf_create* args, const jf_connector_api** api, void** self,
                        jf_error* error) {
  (void)host, (void)args, (void)error;
  *api = &short_table;
  *self = NULL;
  return JF_OK;
}

static const jf_module module = {
#ifdef TRUNCATED
    12,
#else
    sizeof(jf_module),
#endif
#ifdef OTHER_MINOR
    JF_ABI_MINOR + 1,
#else
    JF_ABI_MINOR,
#endif
    0,
    0,
#ifdef BAD_MANIFEST
    "{\"id\": \"bad\", \"version\": \"1\", \"channel\": {\"webhooks\": 7}}",
#else
    "{\"id\": \"odd\", \"version\": \"1\", \"channel\": {\"scheme\": \"odd\"}}",
#endif
    NULL,
    create};

#if defined(OTHER_MAJOR)
JF_EXPORT const jf_module* jackfield_plugin_v1(void);
JF_EXPORT const jf_module* jackfield_plugin_v1(void) { return &module; }
#elif defined(NO_PLUGIN)
JF_EXPORT const jf_module* something_else(void);
JF_EXPORT const jf_module* something_else(void) { return &module; }
#else
JF_EXPORT const jf_module* jackfield_plugin_v0(void) { return &module; }
#endif
