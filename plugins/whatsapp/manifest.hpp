// What this connector declares of itself (sdk/schema/README.md, manifest.json).
#pragma once

namespace jackfield::whatsapp {

inline constexpr unsigned kMostOpenSends = 64;  // max_in_flight below

inline constexpr const char* kManifest = R"json({
  "id": "whatsapp",
  "version": "0.1.0",
  "name": "WhatsApp Cloud API",
  "description": "WhatsApp Business Platform by Meta's Graph API",
  "channel": {
    "scheme": "whatsapp", "scope": "global", "attests": ["tel"], "class": "message", "direction": "both",
    "visibility": ["private"], "default_scope": "contact", "account_setting": "phone_number_id",
    "webhooks": [{"method": "GET", "path": "/webhook", "max_bytes": 1024},
                 {"method": "POST", "path": "/webhook", "max_bytes": 4194304}],
    "parts_in": ["text", "media", "location", "contact", "choice", "reaction", "system", "unsupported"],
    "parts_out": ["text", "media", "location", "contact", "choices", "reaction", "template"],
    "media": [
      {"kind": "image", "types": ["image/jpeg", "image/png"], "max_bytes": 5242880},
      {"kind": "sticker", "types": ["image/webp"], "max_bytes": 512000},
      {"kind": "audio", "types": ["audio/aac", "audio/amr", "audio/mp4", "audio/mpeg", "audio/ogg"], "max_bytes": 16777216},
      {"kind": "video", "types": ["video/mp4", "video/3gpp"], "max_bytes": 16777216},
      {"kind": "document", "types": ["*/*"], "max_bytes": 104857600}],
    "text": {"limit": 4096, "unit": "characters"},
    "reply_window": {"seconds": 86400, "outside": ["template", "reaction"]},
    "rate": {"per_second": 80, "burst": 80},
    "max_in_flight": 64, "send_timeout_ms": 30000, "deadline_seconds": 86400,
    "idempotent_sends": false
  },
  "settings": {
    "type": "object",
    "properties": {
      "phone_number_id": {"type": "string", "minLength": 1, "description": "Id of the business's phone number (not the number itself)"},
      "access_token": {"type": "string", "secret": true, "minLength": 1, "description": "System user's token with whatsapp_business_messaging"},
      "app_secret": {"type": "string", "secret": true, "minLength": 1, "description": "Secret of the Meta app, which signs the webhooks; a list while it is being replaced"},
      "verify_token": {"type": "string", "secret": true, "minLength": 1, "description": "The word chosen when the webhook was registered; a list while it is being replaced"},
      "api_url": {"type": "string", "pattern": "^https?://", "default": "https://graph.facebook.com", "description": "Base of the Graph API"},
      "api_version": {"type": "string", "pattern": "^v[0-9]+\\.[0-9]+$", "default": "v26.0", "description": "Version of the Graph API"},
      "portfolio_id": {"type": "string", "description": "Id of the business portfolio, where several business accounts of one share customers' business-scoped ids"},
      "send_media": {"type": "string", "enum": ["upload", "link"], "default": "upload", "description": "How files leave: uploaded, or fetched by Meta from server.public_url"},
      "preview_urls": {"type": "boolean", "default": false, "description": "Let WhatsApp show what the first link of a text leads to"},
      "appsecret_proof": {"type": "boolean", "default": false, "description": "Prove the app with every call, for apps that have Require app secret on"}
    },
    "required": ["phone_number_id", "access_token", "app_secret", "verify_token"],
    "additionalProperties": false
  }
})json";

}  // namespace jackfield::whatsapp
