// What this connector declares of itself (sdk/schema/README.md, manifest.json).
#pragma once

namespace jackfield::sms {

inline constexpr unsigned kMostOpenSends = 64;  // max_in_flight below; a provider with a window of its own sets another

inline constexpr const char* kManifest = R"json({
  "id": "sms",
  "version": "0.1.0",
  "name": "SMS",
  "description": "Text messages by a Twilio-compatible API, a Vonage-compatible API or SMPP 3.4",
  "channel": {
    "scheme": "tel", "scope": "global", "attests": ["tel"], "class": "message", "direction": "both",
    "visibility": ["private"], "default_scope": "contact",
    "webhooks": [{"method": "GET", "path": "/webhook", "max_bytes": 1024},
                 {"method": "POST", "path": "/webhook", "max_bytes": 1048576}],
    "parts_in": ["text", "media", "unsupported"],
    "parts_out": ["text", "media"],
    "converts": ["choices", "location", "contact"],
    "media": [
      {"kind": "image", "types": ["image/jpeg", "image/png", "image/gif"], "max_bytes": 5242880},
      {"kind": "file", "types": ["*/*"], "max_bytes": 512000}],
    "text": {"limit": 255, "unit": "segments"},
    "max_in_flight": 64, "send_timeout_ms": 30000, "deadline_seconds": 86400,
    "idempotent_sends": false
  },
  "settings": {
    "type": "object",
    "properties": {
      "provider": {"type": "string", "enum": ["twilio", "vonage", "smpp"], "description": "How phones are reached"},
      "region": {"type": "string", "pattern": "^[A-Z]{2}$", "examples": ["FR"], "description": "Country of numbers that are written without one"},
      "max_segments": {"type": "integer", "minimum": 1, "maximum": 255, "default": 10, "description": "A text that needs more short messages is refused"},
      "transliterate": {"type": "boolean", "default": false, "description": "Replace curly quotes, dashes and the like where that keeps a text in the GSM alphabet, which holds twice as much"},
      "reassemble_within": {"type": "string", "pattern": "^[0-9]+(ms|s|m|h|d)$", "default": "1h", "description": "How long the missing parts of a long message are waited for"},
      "opt_out": {
        "type": "object",
        "description": "Words by which people refuse messages, want them again, or ask for help",
        "properties": {
          "languages": {"type": "array", "items": {"type": "string"}, "default": ["en"], "description": "Whose usual words count: en, fr, de, es, it, pt, nl, pl, sv, da, ru"},
          "stop": {"type": "array", "items": {"type": "string"}, "description": "More words that refuse"},
          "start": {"type": "array", "items": {"type": "string"}, "description": "More words that want messages again"},
          "help": {"type": "array", "items": {"type": "string"}, "description": "More words that ask for help"}
        }
      }
    },
    "required": ["provider"],
    "oneOf": [
      {
        "properties": {
          "provider": {"type": "string", "const": "twilio", "description": "A Twilio-compatible HTTP API"},
          "account_sid": {"type": "string", "minLength": 1, "description": "The account's id, AC…"},
          "auth_token": {"type": "string", "secret": true, "minLength": 1, "description": "The account's Auth Token, which signs the webhooks; a list while it is being replaced, the new one first"},
          "api_key_sid": {"type": "string", "minLength": 1, "description": "Id of an API key, SK…, to sign in with instead of the Auth Token"},
          "api_key_secret": {"type": "string", "secret": true, "minLength": 1, "description": "The API key's secret"},
          "from": {"type": "string", "minLength": 1, "description": "Number, short code or name that messages come from, or the id of a Messaging Service, MG…"},
          "api_url": {"type": "string", "pattern": "^https?://", "default": "https://api.twilio.com", "description": "Base of the API"}
        },
        "required": ["account_sid", "auth_token", "from"]
      },
      {
        "properties": {
          "provider": {"type": "string", "const": "vonage", "description": "A Vonage-compatible HTTP API"},
          "api_key": {"type": "string", "minLength": 1, "description": "The account's key"},
          "api_secret": {"type": "string", "secret": true, "minLength": 1, "description": "The account's secret"},
          "signature_secret": {"type": "string", "secret": true, "minLength": 1, "description": "The account's signature secret, which signs the webhooks; a list while it is being replaced"},
          "from": {"type": "string", "minLength": 1, "description": "Number or name that messages come from"},
          "api_url": {"type": "string", "pattern": "^https?://", "default": "https://api.nexmo.com", "description": "Base of the API"}
        },
        "required": ["api_key", "api_secret", "signature_secret", "from"]
      }
    ],
    "additionalProperties": false
  }
})json";

}  // namespace jackfield::sms
