//! jackfield.h in Rust: what this connector uses of it, written by hand. The sizes at the end hold it to the header.
//! Tables of functions are whole, as their layout is the boundary; functions that are not called have no signature.
#![allow(dead_code)]

use std::os::raw::{c_char, c_void};

pub const ABI_MINOR: u32 = 1;

pub const OK: i32 = 0;
pub const BUSY: i32 = 1;
pub const INTERNAL: i32 = 9;

pub const ACCEPTED: u32 = 0;
pub const RETRY: u32 = 1;
pub const UNKNOWN: u32 = 3;

pub const ERROR_NONE: u32 = 0;
pub const ERROR_UNAVAILABLE: u32 = 8;

pub const HTTP_MAYBE: u32 = 1;
pub const HTTP_ANSWERED: u32 = 2;

pub const STATE_READY: u32 = 1;

/// Borrowed until the call returns.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Str {
    pub data: *const u8,
    pub len: usize,
}

impl Str {
    pub const EMPTY: Str = Str { data: std::ptr::null(), len: 0 };

    pub fn of(text: &str) -> Str {
        Str { data: text.as_ptr(), len: text.len() }
    }

    /// # Safety
    /// As the header says: valid until the call that brought it returns.
    pub unsafe fn bytes<'a>(self) -> &'a [u8] {
        if self.len == 0 {
            return &[];
        }
        std::slice::from_raw_parts(self.data, self.len)
    }
}

pub type Sink = Option<unsafe extern "C" fn(*mut c_void, Str)>;
type Unused = Option<unsafe extern "C" fn()>;

#[repr(C)]
pub struct Error {
    pub size: u32,
    pub status: i32,
    pub code: [c_char; 64],
    pub message: [c_char; 448],
}

#[repr(C)]
pub struct Send {
    pub size: u32,
    pub attempt: u32,
    pub token: u64,
    pub timeout_ms: u64,
    pub idempotency_key: Str,
    pub message: Str,
}

#[repr(C)]
pub struct SendResult {
    pub size: u32,
    pub outcome: u32,
    pub error_class: u32,
    pub retry_scope: u32,
    pub retry_after_ms: u64,
    pub provider_ids: Str,
    pub code: Str,
    pub detail: Str,
}

#[repr(C)]
pub struct Delivery {
    pub size: u32,
    pub reserved: u32,
    pub delivery: u64,
    pub webhook: u64,
    pub events: Str,
    pub kv_writes: Str,
}

#[repr(C)]
pub struct Webhook {
    pub size: u32,
    pub reserved: u32,
    pub request: u64,
    pub method: Str,
    pub path: Str,
    pub query: Str,
    pub headers: Str,
    pub body: Str,
    pub remote: Str,
    pub url: Str,
}

#[repr(C)]
pub struct WebhookReply {
    pub size: u32,
    pub http_status: u32,
    pub content_type: Str,
    pub body: Str,
}

#[repr(C)]
pub struct HttpRequest {
    pub size: u32,
    pub flags: u32,
    pub method: Str,
    pub url: Str,
    pub headers: Str,
    pub body: Str,
    pub timeout_ms: u64,
    pub max_bytes: u64,
    pub body_blob: Str,
    pub form: Str,
}

#[repr(C)]
pub struct HttpResponse {
    pub size: u32,
    pub progress: u32,
    pub http_status: u32,
    pub status: i32,
    pub headers: Str,
    pub body: Str,
    pub blob: Str,
    pub error: Str,
}

#[repr(C)]
pub struct HostApi {
    pub size: u32,
    pub abi_minor: u32,
    pub host: *mut c_void,
    pub get_extension: Unused,
    pub log: Unused,
    pub now_ms: Unused,
    pub random: Unused,
    pub deliver: unsafe extern "C" fn(*mut c_void, *const Delivery) -> i32,
    pub webhook_reply: unsafe extern "C" fn(*mut c_void, u64, *const WebhookReply) -> i32,
    pub send_done: unsafe extern "C" fn(*mut c_void, u64, *const SendResult) -> i32,
    pub send_note: Unused,
    pub set_state: unsafe extern "C" fn(*mut c_void, u32, Str),
    pub set_capacity: Unused,
    pub secret: Unused,
    pub kv_get: Unused,
    pub kv_cas: Unused,
    pub timer_set: Unused,
    pub timer_cancel: Unused,
    pub http: unsafe extern "C" fn(*mut c_void, u64, *const HttpRequest) -> i32,
    pub metric: Unused,
}

#[repr(C)]
pub struct ConnectorApi {
    pub size: u32,
    pub reserved: u32,
    pub start: unsafe extern "C" fn(*mut c_void, *mut Error) -> i32,
    pub send: unsafe extern "C" fn(*mut c_void, *const Send) -> i32,
    pub cancel: unsafe extern "C" fn(*mut c_void, u64),
    pub on_delivered: unsafe extern "C" fn(*mut c_void, u64, i32),
    pub on_timer: unsafe extern "C" fn(*mut c_void, u64, Str),
    pub on_http: unsafe extern "C" fn(*mut c_void, u64, *const HttpResponse),
    pub on_complete: unsafe extern "C" fn(*mut c_void, u64, i32, Str),
    pub on_webhook: unsafe extern "C" fn(*mut c_void, *const Webhook),
    pub drain: unsafe extern "C" fn(*mut c_void, i64),
    pub stop: unsafe extern "C" fn(*mut c_void),
    pub destroy: unsafe extern "C" fn(*mut c_void),
    pub get_extension: Option<unsafe extern "C" fn(*mut c_void, Str) -> *const c_void>,
}

#[repr(C)]
pub struct Create {
    pub size: u32,
    pub reserved: u32,
    pub channel: Str,
    pub settings: Str,
}

#[repr(C)]
pub struct Module {
    pub size: u32,
    pub abi_minor: u32,
    pub min_host_minor: u32,
    pub flags: u32,
    pub manifest: *const u8,
    pub validate: Option<unsafe extern "C" fn(Str, Sink, *mut c_void) -> i32>,
    pub create: unsafe extern "C" fn(
        *const HostApi,
        *const Create,
        *mut *const ConnectorApi,
        *mut *mut c_void,
        *mut Error,
    ) -> i32,
}

/// The manifest is a static text, and the rest are numbers and functions.
unsafe impl Sync for Module {}

pub fn size_of<T>() -> u32 {
    std::mem::size_of::<T>() as u32
}

// As in tests/abi/gate.
const fn same(a: usize, b: usize) {
    assert!(a == b);
}
#[cfg(target_pointer_width = "64")]
const _: () = {
    use std::mem::size_of;
    same(size_of::<Error>(), 520);
    same(size_of::<Send>(), 56);
    same(size_of::<SendResult>(), 72);
    same(size_of::<Delivery>(), 56);
    same(size_of::<Webhook>(), 128);
    same(size_of::<WebhookReply>(), 40);
    same(size_of::<HttpRequest>(), 120);
    same(size_of::<HttpResponse>(), 80);
    same(size_of::<HostApi>(), 152);
    same(size_of::<ConnectorApi>(), 104);
    same(size_of::<Create>(), 40);
    same(size_of::<Module>(), 40);
};
