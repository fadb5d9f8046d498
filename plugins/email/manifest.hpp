// What the connector declares of itself (schema manifest.json).
#pragma once

namespace jackfield::email {

inline constexpr const char* manifest = R"json({
  "id": "email", "version": "0.1.0", "name": "Email", "needs": ["network"],
  "description": "Takes mail over SMTP or LMTP, sends it through an SMTP server.",
  "channel": {
    "scheme": "mailto", "scope": "global", "attests": [], "class": "message", "direction": "both",
    "visibility": ["private"], "default_scope": "thread",
    "webhooks": [],
    "parts_in": ["text", "media"], "parts_out": ["text", "media"],
    "media": [{"kind": "any", "types": ["*/*"], "max_bytes": 26214400}],
    "max_in_flight": 4, "send_timeout_ms": 120000, "deadline_seconds": 172800, "idempotent_sends": false
  },
  "settings": {
    "type": "object", "additionalProperties": false, "required": ["from"],
    "properties": {
      "from": {"type": "string", "description": "Who replies come from, as Support <support@example.com>"},
      "recipients": {
        "type": "array", "items": {"type": "string"},
        "description": "Addresses mail is taken for, plus-tags apart; *@example.com for all of a domain. Default: the address of from"
      },
      "max_size": {
        "type": "integer", "minimum": 1024, "maximum": 104857600, "default": 26214400,
        "description": "Most bytes of one mail, received or sent"
      },
      "listen": {
        "type": "object", "additionalProperties": false, "required": ["address"],
        "description": "Receive mail here",
        "properties": {
          "address": {"type": "string", "description": "Where to listen, as 127.0.0.1:2525 or [::1]:2525"},
          "protocol": {"type": "string", "enum": ["lmtp", "smtp"], "default": "lmtp",
                       "description": "lmtp behind a mail server, smtp for any client"},
          "certificate": {"type": "string", "description": "PEM file; with it STARTTLS is offered"},
          "key": {"type": "string", "description": "PEM file"},
          "networks": {"type": "array", "items": {"type": "string"}, "default": ["127.0.0.0/8", "::1"],
                       "description": "Who may connect, as 10.0.0.0/8"},
          "max_connections": {"type": "integer", "minimum": 1, "maximum": 4096, "default": 256,
                              "description": "More are closed at once"}
        }
      },
      "smtp": {
        "type": "object", "additionalProperties": false, "required": ["url"],
        "description": "Send mail through this server",
        "properties": {
          "url": {"type": "string", "description": "smtp://HOST:PORT or smtps://HOST:PORT"},
          "user": {"type": "string", "description": "Name to log in with"},
          "password": {"type": "string", "secret": true, "description": "Password to log in with"},
          "tls": {"type": "string", "enum": ["required", "opportunistic", "none"], "default": "required",
                  "description": "required: TLS with a verified certificate; opportunistic: when the server offers it, unverified"}
        }
      }
    }
  }
})json";

}  // namespace jackfield::email
