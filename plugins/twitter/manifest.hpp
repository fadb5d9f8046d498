// What this connector declares of itself (sdk/schema/README.md, manifest.json).
#pragma once

namespace jackfield::twitter {

inline constexpr unsigned kMostOpenSends = 16;  // max_in_flight below

inline constexpr const char* kManifest = R"json({
  "id": "twitter",
  "version": "0.1.0",
  "name": "X (Twitter)",
  "description": "Direct messages and public replies by the X API v2 and its X Activity API",
  "channel": {
    "scheme": "twitter", "scope": "global", "class": "message", "direction": "both",
    "visibility": ["private", "public"], "default_scope": "contact", "account_setting": "user_id",
    "webhooks": [{"method": "GET", "path": "/webhook", "max_bytes": 1024},
                 {"method": "POST", "path": "/webhook", "max_bytes": 4194304}],
    "parts_in": ["text", "media", "choice", "unsupported"],
    "parts_out": ["text", "media", "template"],
    "converts": ["choices", "location", "contact"],
    "media": [
      {"kind": "image", "types": ["image/jpeg", "image/png", "image/webp"], "max_bytes": 5242880},
      {"kind": "gif", "types": ["image/gif"], "max_bytes": 15728640},
      {"kind": "video", "types": ["video/mp4", "video/quicktime"], "max_bytes": 536870912}],
    "text": {"limit": 280, "unit": "weighted characters"},
    "max_in_flight": 16, "send_timeout_ms": 120000, "deadline_seconds": 86400,
    "idempotent_sends": false
  },
  "settings": {
    "type": "object",
    "properties": {
      "consumer_key": {"type": "string", "secret": true, "minLength": 1, "description": "The app's API key"},
      "consumer_secret": {"type": "string", "secret": true, "minLength": 1, "description": "The app's API secret key: signs webhooks and challenges, also with OAuth 2.0; a list while it is being replaced"},
      "access_token": {"type": "string", "secret": true, "minLength": 1, "description": "OAuth 1.0a token of the account; or oauth2 instead"},
      "access_token_secret": {"type": "string", "secret": true, "minLength": 1, "description": "Its secret"},
      "oauth2": {
        "type": "object",
        "description": "OAuth 2.0 instead of the OAuth 1.0a token: `{client_id, client_secret, refresh_token}`, the second only of a confidential client, the third the first refresh token (scope offline.access), whose successors Jackfield keeps",
        "properties": {
          "client_id": {"type": "string", "minLength": 1, "description": "The app's OAuth 2.0 client id"},
          "client_secret": {"type": "string", "secret": true, "description": "Its secret, of a confidential client"},
          "refresh_token": {"type": "string", "secret": true, "minLength": 1, "description": "The first refresh token (scope offline.access); later ones are kept by Jackfield"}
        },
        "required": ["client_id", "refresh_token"],
        "additionalProperties": false
      },
      "bearer_token": {"type": "string", "secret": true, "minLength": 1, "description": "App-only token; without it one is asked for with consumer_key and consumer_secret"},
      "user_id": {"type": "string", "pattern": "^[0-9]{1,19}$", "description": "Numeric id of the account"},
      "receive": {"type": "string", "enum": ["webhook", "stream"], "default": "webhook", "description": "How events come: webhook needs a public HTTPS address, stream none"},
      "webhook_url": {"type": "string", "pattern": "^https?://", "maxLength": 200, "description": "Public URL of this channel's webhook, which is registered and kept registered; without it one that was registered by hand is looked for"},
      "stream_connections": {"type": "integer", "minimum": 1, "maximum": 2, "default": 2, "description": "Connections to the activity stream: with two, one cut loses no time"},
      "tier": {"type": "string", "enum": ["self-serve", "enterprise"], "default": "self-serve", "description": "Self-serve accounts may only reply to posts that mention or quote them"},
      "post_limit": {"type": "integer", "minimum": 1, "maximum": 25000, "default": 280, "description": "Weighted length of a public post; premium accounts may write up to 25000"},
      "recovery_pages": {"type": "integer", "minimum": 0, "maximum": 15, "default": 3, "description": "After downtime, how many pages of 100 direct messages and of 100 mentions are read at most (X charges for what is read); 0: none"},
      "api_url": {"type": "string", "pattern": "^https?://", "default": "https://api.x.com", "description": "Base of the X API"}
    },
    "required": ["consumer_key", "consumer_secret", "user_id"],
    "additionalProperties": false
  }
})json";

}  // namespace jackfield::twitter
