//! The echo connector in Rust: a webhook becomes a message, a send becomes a request to `api_url`.
//!
//! `boundary` has the C header; here every function of the table is a thunk that catches panics, as none may leave the
//! library, and hands on to `Echo`, which is plain Rust. The host calls one instance from one thread at a time.

mod boundary;
mod json;

use boundary::*;
use std::collections::HashMap;
use std::os::raw::c_void;
use std::panic::{catch_unwind, AssertUnwindSafe};

const MANIFEST: &str = concat!(include_str!("manifest.json"), "\0");

struct OpenSend {
    token: u64,
    id: String,
}

struct Echo {
    host: &'static HostApi, // valid until destroy has returned
    api_url: String,        // still escaped
    open: HashMap<u64, OpenSend>,
    next_op: u64,
}

impl Echo {
    fn on_webhook(&mut self, request: u64, body: &[u8]) {
        let status = match event_from(body) {
            None => 400,
            Some(event) => match self.deliver(request, &event) {
                OK => 200, // leaves once the event is on disk
                BUSY => 503,
                _ => 500,
            },
        };
        self.reply(request, status);
    }

    fn send(&mut self, token: u64, key: &str, message: &str) -> i32 {
        let id = format!("echo-{}", key);
        if self.api_url.is_empty() {
            self.done(token, ACCEPTED, &id, "");
            return OK;
        }
        let url = format!("{}/messages", self.api_url);
        let request = HttpRequest {
            size: size_of::<HttpRequest>(),
            flags: 0,
            method: Str::of("POST"),
            url: Str::of(&url),
            headers: Str::EMPTY,
            body: Str::of(message),
            timeout_ms: 0,
            max_bytes: 0,
            body_blob: Str::EMPTY,
            form: Str::EMPTY,
        };
        self.next_op += 1;
        if unsafe { (self.host.http)(self.host.host, self.next_op, &request) } != OK {
            return BUSY;
        }
        self.open.insert(self.next_op, OpenSend { token, id });
        OK
    }

    fn on_http(&mut self, op: u64, answer: &HttpResponse) {
        let send = match self.open.remove(&op) {
            Some(send) => send,
            None => return,
        };
        match answer.progress {
            HTTP_ANSWERED if answer.http_status / 100 == 2 => self.done(send.token, ACCEPTED, &send.id, ""),
            HTTP_ANSWERED => self.done(send.token, RETRY, "", "the provider said no"),
            HTTP_MAYBE => self.done(send.token, UNKNOWN, "", "no answer"),
            _ => self.done(send.token, RETRY, "", "no answer"),
        }
    }

    /// Whoever waits for an answer gets the cautious one.
    fn stop(&mut self) {
        let open: Vec<u64> = self.open.drain().map(|(_, send)| send.token).collect();
        for token in open {
            self.done(token, UNKNOWN, "", "stopped");
        }
    }

    // --- calls of the host

    fn deliver(&self, request: u64, event: &str) -> i32 {
        let delivery = Delivery {
            size: size_of::<Delivery>(),
            reserved: 0,
            delivery: 0,
            webhook: request,
            events: Str::of(event),
            kv_writes: Str::EMPTY,
        };
        unsafe { (self.host.deliver)(self.host.host, &delivery) }
    }

    fn reply(&self, request: u64, http_status: u32) {
        let reply =
            WebhookReply { size: size_of::<WebhookReply>(), http_status, content_type: Str::EMPTY, body: Str::EMPTY };
        unsafe { (self.host.webhook_reply)(self.host.host, request, &reply) };
    }

    fn done(&self, token: u64, outcome: u32, id: &str, detail: &str) {
        let ids = if outcome == ACCEPTED { format!("[{}]", json::quoted(id)) } else { String::new() };
        let result = SendResult {
            size: size_of::<SendResult>(),
            outcome,
            error_class: if outcome == ACCEPTED { ERROR_NONE } else { ERROR_UNAVAILABLE },
            retry_scope: 0,
            retry_after_ms: 0,
            provider_ids: Str::of(&ids),
            code: Str::EMPTY,
            detail: Str::of(detail),
        };
        unsafe { (self.host.send_done)(self.host.host, token, &result) };
    }
}

fn event_from(body: &[u8]) -> Option<String> {
    let body = std::str::from_utf8(body).ok()?;
    Some(format!(
        "{{\"type\":\"message\",\"id\":\"{}\",\"from\":{{\"address\":\"echo:{}\"}},\
         \"parts\":[{{\"type\":\"text\",\"text\":\"{}\"}}]}}",
        json::member(body, "id")?,
        json::member(body, "from")?,
        json::member(body, "text")?
    ))
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap_or("")
}

// --- the boundary: thunks, each with the instance behind `me`

/// What `work` returns, or `otherwise` when it panicked.
fn guarded<T>(me: *mut c_void, otherwise: T, work: impl FnOnce(&mut Echo) -> T) -> T {
    catch_unwind(AssertUnwindSafe(|| work(unsafe { &mut *(me as *mut Echo) }))).unwrap_or(otherwise)
}

unsafe extern "C" fn start(me: *mut c_void, _error: *mut Error) -> i32 {
    guarded(me, INTERNAL, |echo| {
        (echo.host.set_state)(echo.host.host, STATE_READY, Str::EMPTY);
        OK
    })
}

// A panic counts as refused before anything was sent: the request is the last thing that send does.
unsafe extern "C" fn send(me: *mut c_void, send: *const Send) -> i32 {
    let send = &*send;
    guarded(me, INTERNAL, |echo| echo.send(send.token, text(send.idempotency_key.bytes()), text(send.message.bytes())))
}

unsafe extern "C" fn on_http(me: *mut c_void, op: u64, answer: *const HttpResponse) {
    guarded(me, (), |echo| echo.on_http(op, &*answer))
}

unsafe extern "C" fn on_webhook(me: *mut c_void, request: *const Webhook) {
    let request = &*request;
    guarded(me, (), |echo| echo.on_webhook(request.request, request.body.bytes()))
}

unsafe extern "C" fn stop(me: *mut c_void) {
    guarded(me, (), Echo::stop)
}

unsafe extern "C" fn destroy(me: *mut c_void) {
    drop(Box::from_raw(me as *mut Echo));
}

unsafe extern "C" fn cancel(_me: *mut c_void, _token: u64) {}
unsafe extern "C" fn on_delivered(_me: *mut c_void, _delivery: u64, _status: i32) {}
unsafe extern "C" fn on_timer(_me: *mut c_void, _timer: u64, _payload: Str) {}
unsafe extern "C" fn on_complete(_me: *mut c_void, _op: u64, _status: i32, _value: Str) {}
unsafe extern "C" fn drain(_me: *mut c_void, _deadline_ms: i64) {}

static TABLE: ConnectorApi = ConnectorApi {
    size: std::mem::size_of::<ConnectorApi>() as u32,
    reserved: 0,
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
    get_extension: None,
};

unsafe extern "C" fn create(
    host: *const HostApi,
    args: *const Create,
    api: *mut *const ConnectorApi,
    me: *mut *mut c_void,
    _error: *mut Error,
) -> i32 {
    let settings = text((*args).settings.bytes());
    let made = catch_unwind(|| {
        let api_url = json::member(settings, "api_url").unwrap_or("").to_string();
        Box::new(Echo { host: &*host, api_url, open: HashMap::new(), next_op: 0 })
    });
    let echo = match made {
        Ok(echo) => echo,
        Err(_) => return INTERNAL,
    };
    *api = &TABLE;
    *me = Box::into_raw(echo) as *mut c_void;
    OK
}

static MODULE: Module = Module {
    size: std::mem::size_of::<Module>() as u32,
    abi_minor: ABI_MINOR,
    min_host_minor: ABI_MINOR,
    flags: 0,
    manifest: MANIFEST.as_ptr(),
    validate: None,
    create,
};

#[no_mangle]
pub extern "C" fn jackfield_plugin_v0() -> *const Module {
    &MODULE
}
