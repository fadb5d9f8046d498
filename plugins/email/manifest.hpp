// What the connector declares of itself (schema manifest.json).
#pragma once

namespace jackfield::email {

inline constexpr const char* manifest = R"json({
  "id": "email", "version": "0.1.0", "name": "Email",
  "description": "Takes mail from IMAP mailboxes or over SMTP or LMTP, sends it through an SMTP server.",
  "channel": {
    "scheme": "mailto", "scope": "global", "attests": [], "class": "message", "direction": "both",
    "visibility": ["private"], "default_scope": "thread",
    "webhooks": [],
    "parts_in": ["text", "media"], "parts_out": ["text", "media", "template"], "converts": ["choices", "location", "contact"],
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
        "type": ["string", "integer"], "default": "25MiB", "examples": ["25MiB", 26214400],
        "description": "Largest mail, received or sent, as 25MiB"
      },
      "imap": {
        "type": "object", "additionalProperties": false, "required": ["url", "user"],
        "description": "Take mail from a mailbox",
        "properties": {
          "url": {"type": "string", "description": "imaps://HOST:PORT (TLS from the start) or imap://HOST:PORT (STARTTLS)"},
          "user": {"type": "string", "description": "Name to log in with"},
          "password": {"type": "string", "secret": true, "description": "Password to log in with"},
          "oauth": {
            "type": "object", "additionalProperties": false,
            "description": "Log in with an access token (XOAUTH2, OAUTHBEARER) in place of a password",
            "properties": {
              "token_url": {"type": "string", "description": "Where tokens are to be had, as https://oauth2.googleapis.com/token"},
              "client_id": {"type": "string", "description": "The application's id"},
              "client_secret": {"type": "string", "secret": true, "description": "The application's secret"},
              "refresh_token": {"type": "string", "secret": true,
                                "description": "Of a person who signed in; without it the application's own credentials are used"},
              "scope": {"type": "string", "description": "What the token is for, as https://mail.google.com/"},
              "command": {"type": "array", "items": {"type": "string"}, "minItems": 1,
                          "description": "In place of token_url: program and arguments that print a token, or JSON with access_token and expires_in"}
            }
          },
          "tls": {"type": "string", "enum": ["required", "opportunistic", "none"], "default": "required",
                  "description": "required: TLS with a verified certificate; opportunistic: when the server offers it, unverified"},
          "folder": {"type": ["string", "array"], "items": {"type": "string"}, "default": "INBOX",
                     "description": "The folder that mails are taken from, or a list of folders"},
          "after": {"type": "string", "enum": ["seen", "move", "delete", "keep"], "default": "seen",
                    "description": "What becomes of a mail that has been taken: marked as read, moved to move_to, deleted, or left as it is"},
          "move_to": {"type": "string", "default": "Jackfield", "description": "The folder for after: move; made when it is not there"},
          "existing": {"type": "string", "enum": ["unread", "all", "none"], "default": "unread",
                       "description": "Which of the mails that are there at the very first start are taken"},
          "poll": {"type": "string", "default": "60s", "description": "How often to look where the server has no IDLE"},
          "sent": {"type": "string", "description": "The folder that gets a copy of each mail sent; auto: the one the server marks as such. Default: none"}
        }
      },
      "authserv_id": {
        "type": "string",
        "description": "Name by which your receiving server signs Authentication-Results; mails that it does not vouch for are kept apart"
      },
      "signature": {"type": "string", "description": "Stands below each mail; {{author}} is who wrote it"},
      "templates": {
        "type": "object", "description": "Mails to be sent by name; {{1}} and {{name}} stand for parameters",
        "additionalProperties": {
          "type": "object", "additionalProperties": false, "required": ["text"],
          "properties": {"subject": {"type": "string"}, "text": {"type": "string"}}
        }
      },
      "plus_addresses": {
        "type": "boolean", "default": true,
        "description": "Ask for answers at support+TOKEN@example.com, which proves what they answer; your server must deliver plus-tags"
      },
      "subject_mark": {"type": "boolean", "default": false, "description": "End subjects with [#ID]"},
      "automatic_a_day": {
        "type": "integer", "minimum": 0, "maximum": 1000, "default": 5,
        "description": "Most automatic mails to one address in 24 hours"
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
                              "description": "More are closed at once"},
          "connections_each": {"type": "integer", "minimum": 1, "maximum": 4096, "default": 64,
                               "description": "Of one address at once; more are told to come later"},
          "connections_a_minute": {"type": "integer", "minimum": 0, "default": 0,
                                   "description": "New ones of one address; more are told to come later. 0: no limit"},
          "tls": {"type": "string", "enum": ["offered", "required", "implicit"], "default": "offered",
                  "description": "offered: STARTTLS where there is a certificate; required: no mail before it; implicit: TLS from the first byte"}
        }
      },
      "smtp": {
        "type": "object", "additionalProperties": false, "required": ["url"],
        "description": "Send mail through this server",
        "properties": {
          "url": {"type": "string", "description": "smtp://HOST:PORT or smtps://HOST:PORT"},
          "user": {"type": "string", "description": "Name to log in with"},
          "password": {"type": "string", "secret": true, "description": "Password to log in with"},
          "oauth": {
            "type": "object", "additionalProperties": false,
            "description": "Log in with an access token (XOAUTH2, OAUTHBEARER) in place of a password",
            "properties": {
              "token_url": {"type": "string", "description": "Where tokens are to be had, as https://oauth2.googleapis.com/token"},
              "client_id": {"type": "string", "description": "The application's id"},
              "client_secret": {"type": "string", "secret": true, "description": "The application's secret"},
              "refresh_token": {"type": "string", "secret": true,
                                "description": "Of a person who signed in; without it the application's own credentials are used"},
              "scope": {"type": "string", "description": "What the token is for, as https://mail.google.com/"},
              "command": {"type": "array", "items": {"type": "string"}, "minItems": 1,
                          "description": "In place of token_url: program and arguments that print a token, or JSON with access_token and expires_in"}
            }
          },
          "tls": {"type": "string", "enum": ["required", "opportunistic", "none"], "default": "required",
                  "description": "required: TLS with a verified certificate; opportunistic: when the server offers it, unverified"}
        }
      }
    }
  }
})json";

}  // namespace jackfield::email
