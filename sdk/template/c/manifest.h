/* What the connector says of itself: what it can carry, which routes it wants, and the JSON Schema of its settings. */
#ifndef MANIFEST_H
#define MANIFEST_H

#define MAX_OPEN 16 /* max_in_flight below */

static const char manifest[] =
    "{\"id\": \"new-connector\", \"version\": \"0.1.0\", \"name\": \"NewConnector\","
    " \"description\": \"Text messages over JSON webhooks and a JSON API.\","
    " \"channel\": {"
    "  \"scheme\": \"new-connector\", \"scope\": \"account\", \"direction\": \"both\", \"visibility\": [\"private\"],"
    "  \"webhooks\": [{\"method\": \"POST\", \"path\": \"/webhook\"}],"
    "  \"parts_in\": [\"text\"], \"parts_out\": [\"text\"], \"max_in_flight\": 16, \"idempotent_sends\": true},"
    " \"settings\": {\"type\": \"object\", \"properties\": {"
    "  \"api_url\": {\"type\": \"string\", \"pattern\": \"^https?://\", \"maxLength\": 255,"
    "   \"description\": \"Where the provider takes messages.\"},"
    "  \"api_token\": {\"type\": \"string\", \"minLength\": 1, \"maxLength\": 255, \"secret\": true,"
    "   \"description\": \"What we show the provider.\"},"
    "  \"webhook_token\": {\"type\": \"string\", \"minLength\": 16, \"secret\": true,"
    "   \"description\": \"What the provider shows us.\"}},"
    "  \"required\": [\"api_url\", \"api_token\", \"webhook_token\"], \"additionalProperties\": false}}";

#endif
