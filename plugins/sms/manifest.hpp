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
      },
      {
        "properties": {
          "provider": {"type": "string", "const": "smpp", "description": "A carrier's SMSC over SMPP 3.4"},
          "host": {"type": "string", "minLength": 1, "description": "The SMSC's name or address"},
          "port": {"type": "integer", "minimum": 1, "maximum": 65535, "default": 2775, "description": "The SMSC's port"},
          "tls": {"type": "boolean", "default": true, "description": "TLS from the first byte; without it the password and all texts go in the open"},
          "tls_verify": {"type": "boolean", "default": true, "description": "Whether the SMSC's certificate is verified"},
          "system_id": {"type": "string", "minLength": 1, "maxLength": 15, "description": "Name to bind with"},
          "password": {"type": "string", "secret": true, "description": "Password to bind with, 8 characters at most"},
          "system_type": {"type": "string", "maxLength": 12, "default": "", "description": "Where the carrier asks for one"},
          "bind": {"type": "string", "enum": ["transceiver", "transmitter_receiver"], "default": "transceiver", "description": "One connection for both ways, or one for each"},
          "binds": {"type": "integer", "minimum": 1, "maximum": 16, "default": 1, "description": "How many such connections, or pairs of them"},
          "source": {
            "type": "object", "required": ["address"],
            "description": "Who messages come from; left out: the carrier puts it in",
            "properties": {
              "address": {"type": "string", "minLength": 1, "maxLength": 21, "description": "+447700900000, a short code, or a name of up to 11 characters"},
              "ton": {"type": "integer", "minimum": 0, "maximum": 7, "description": "Type of number; left out: as the address looks"},
              "npi": {"type": "integer", "minimum": 0, "maximum": 18, "description": "Numbering plan; left out: as the address looks"}
            }
          },
          "window": {"type": "integer", "minimum": 1, "maximum": 1000, "default": 10, "description": "Messages that may be out without an answer, on each connection"},
          "enquire_link": {"type": "string", "pattern": "^[0-9]+(s|m|h)$", "default": "30s", "description": "After so long a silence the SMSC is asked whether it lives"},
          "response_timeout": {"type": "string", "pattern": "^[0-9]+(s|m|h)$", "default": "25s", "description": "A message without an answer by then is unknown"},
          "dlr": {"type": "string", "enum": ["final", "none", "failure", "all"], "default": "final", "description": "Which receipts are asked for: of the final state, none, of failures only, or of states on the way as well"},
          "charset": {"type": "string", "enum": ["gsm", "latin1", "ascii"], "default": "gsm", "description": "What the carrier means by data_coding 0"},
          "long_messages": {"type": "string", "enum": ["udh", "udh16", "sar", "message_payload"], "default": "udh", "description": "How long texts are sent: parts with a header of 8 or 16 bits, parts with SAR parameters, or whole"},
          "receipt_ids": {"type": "string", "enum": ["auto", "as_is", "resp_hex_receipt_dec", "resp_dec_receipt_hex"], "default": "auto", "description": "How receipts write the ids that answers gave; auto learns it"},
          "guess_receipts": {"type": "boolean", "default": false, "description": "Take a receipt's text for one also where the carrier does not mark it"},
          "service_type": {"type": "string", "maxLength": 5, "default": "", "description": "Where the carrier asks for one"}
        },
        "required": ["host", "system_id"]
      }
    ],
    "additionalProperties": false
  }
})json";

}  // namespace jackfield::sms
