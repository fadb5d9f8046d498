// What the echo connector says of itself.
#pragma once

inline constexpr char kManifest[] = R"({
  "id": "echo",
  "version": "0.1.0",
  "name": "Echo",
  "description": "Receives and sends over plain JSON; an example.",
  "channel": {
    "scheme": "echo", "scope": "account", "direction": "both", "visibility": ["private"],
    "webhooks": [{"method": "POST", "path": "/webhook"}],
    "parts_in": ["text"], "parts_out": ["text"], "max_in_flight": 16, "idempotent_sends": true
  },
  "settings": {
    "type": "object",
    "properties": {
      "api_url": {"type": "string", "default": "", "description": "Where messages are posted to; empty: nowhere."}
    },
    "additionalProperties": false
  }
})";
