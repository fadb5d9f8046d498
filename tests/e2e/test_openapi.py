"""docs/openapi.json against what the daemon really answers: every operation is driven to every status that the document
names for it, and every answer is held against the schema of its status."""
import re
import unittest

import jsonschema

from strangers import *

DOCUMENT = json.load(open(os.path.join(os.path.dirname(__file__), "../../docs/openapi.json")))
NONE = "0000000000000"  # the id of nothing
NOT_DRIVEN = {("getReadiness", "503"),  # needs a disk that is full: test_trouble.py
              ("restartChannel", "202"),  # needs a connector that crashed: test_isolation.py
              ("downloadSigned", "200"), ("downloadSigned", "403"),  # need a public address: test_whatsapp.py, api_test.cpp
              ("replayDeadLetter", "200")}  # needs a connector that decodes tomorrow what it cannot today


def operations():
    for path, methods in DOCUMENT["paths"].items():
        for method, operation in methods.items():
            yield operation["operationId"], method.upper(), path, operation


OPERATIONS = {name: (method, path, operation) for name, method, path, operation in operations()}


def resolved(part):
    while "$ref" in part:
        part = jsonschema.RefResolver("", DOCUMENT).resolve(part["$ref"])[1]
    return part


class Openapi(JackfieldTest):
    def drive(self, name, want, arguments=(), query="", body=None, token=TOKEN, headers=None):
        """Calls the operation; the answer must have that status and keep what the document says of it."""
        method, path, operation = OPERATIONS[name]
        for argument in arguments:
            path = re.sub(r"\{[a-z]+\}", argument, path, count=1)
        sent = {"Content-Type": "application/json", **(headers or {})}
        data = json.dumps(body) if isinstance(body, dict) else body
        status, got, answer = Api(self.daemon_.ports["http"], token).raw(method, path + query, data, sent)
        where = f"{name} {method} {path}{query}: {status} {answer[:500]}"
        self.assertEqual(status, want, where)
        response = resolved(operation["responses"].get(str(status), {}))
        self.assertIn("description", response, f"{where}: a status that the document does not name")
        content = response.get("content", {})
        if not content:
            self.assertEqual(answer, b"", where)
        else:
            media = got["content-type"].split(";")[0]
            found = content.get(media, content.get("*/*", content.get("application/octet-stream")))
            self.assertIsNotNone(found, f"{where}: {media} is not among {list(content)}")
            if media.endswith("json") and media != "application/octet-stream":
                answer = json.loads(answer)
                schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **found["schema"]}
                try:
                    jsonschema.Draft202012Validator(schema, resolver=jsonschema.RefResolver("", DOCUMENT)).validate(answer)
                except jsonschema.ValidationError as wrong:
                    raise AssertionError(f"{where}: {wrong.message} at {list(wrong.absolute_path)}") from None
        self.driven.add((name, str(status)))
        return answer

    def refused(self, name, status, *arguments, **more):
        problem = self.drive(name, status, *arguments, **more)
        self.assertEqual(problem["status"], status)

    def test_every_operation_answers_every_status_as_the_document_says(self):
        self.driven = set()
        self.daemon_ = daemon = self.daemon(config=STRANGERS, receiver=free_port())
        graph = self.graph(daemon)
        self.assertEqual(daemon.text("wamid.1", "33600001", "Bonjour"), 200)  # the queue general, where ana sees nothing
        conversation = self.one_conversation(daemon, "whatsapp-eu")
        c, contact = [conversation["id"]], [conversation["contact"]["id"]]
        self.without_a_token()
        self.of_nothing()

        for name in ("getHealth", "getReadiness"):
            self.drive(name, 200, token=None)
        for name in ("getMetrics", "getOpenapi", "listChannels", "listConversations", "listMessages", "listDeadLetters",
                     "listContacts", "listQueues", "getReport", "listEvents", "listWebhooks"):
            self.drive(name, 200)
        self.drive("getReport", 200, query="?by=day,queue,channel,agent")
        self.assertIn(b"wait_open_p90_seconds", self.drive("getReport", 200, query="?format=csv&by=queue"))
        self.refused("getReport", 400, query="?from=yesterday")
        self.refused("getReport", 403, query="?queue=general", token=AGENT)
        self.drive("getChannel", 200, ["whatsapp-eu"])
        if "restartChannel" in OPERATIONS:
            self.refused("restartChannel", 409, ["whatsapp-eu"])
            self.refused("restartChannel", 403, ["whatsapp-eu"], token=INTEGRATION)
        for name in ("getConversation", "listConversationMessages", "listConversationChannels", "getDecision"):
            self.drive(name, 200, c)
            self.refused(name, 403, c, token=AGENT)
        for name in ("listConversations", "listMessages", "listDeadLetters", "listContacts", "listEvents", "followEvents", "listWebhooks"):
            self.refused(name, 400, query="?colour=red")
        self.refused("listConversationMessages", 400, c, query="?limit=0")

        self.drive("changeConversation", 200, c, body={"priority": "high", "tags": ["vip"]})
        self.refused("changeConversation", 400, c, body={"priority": "highest"})
        self.refused("changeConversation", 403, c, body={"priority": "low"}, token=AGENT)

        key = {"Idempotency-Key": "one"}
        message = self.drive("reply", 202, c, body={"text": "Bonjour !"}, headers=key)["id"]
        self.refused("reply", 409, c, body={"text": "Bonsoir !"}, headers=key)
        self.refused("reply", 400, c, body={"txt": "Bonjour !"})
        self.refused("reply", 403, c, body={"text": "Bonjour !"}, token=AGENT)
        self.drive("reply", 200, c, query="?dry_run=true", body={"text": "Bonjour !"})
        self.drive("startConversation", 200, query="?dry_run=true", body={"channel": "whatsapp-eu", "to": "33600009", "text": "Hello"})
        for name in ("markRead", "showTyping"):
            self.drive(name, 204, c, body={"channel": "whatsapp-eu"})
            self.refused(name, 409, c, body={"channel": "support-mail"})
            self.refused(name, 400, c, body={"chanel": "whatsapp-eu"})
            self.refused(name, 403, c, token=AGENT)
        self.drive("getMessage", 200, [message])
        self.refused("getMessage", 403, [message], token=AGENT)
        self.refused("retryMessage", 409, [message])
        self.refused("retryMessage", 403, [message], token=AGENT)
        self.refused("resolveMessage", 409, [message], body={"as": "sent"})
        self.refused("resolveMessage", 400, [message], body={"as": "maybe"})
        self.refused("resolveMessage", 403, [message], body={"as": "sent"}, token=AGENT)
        self.drive("startConversation", 202, body={"channel": "support-mail", "to": "mailto:bob@example.org", "text": "Hello", "subject": "Hello"})
        self.refused("startConversation", 400, body={"channel": "no-such", "to": "mailto:bob@example.org", "text": "Hello"})
        self.agents(c)
        self.contacts(contact)
        self.dead_letters(c, graph)
        self.files()
        self.events()
        self.webhooks()
        self.callbacks(c)
        self.tokens()
        self.public_availability()
        self.identity(contact)  # last: it erases

        documented = {(name, status) for name, (_, _, operation) in OPERATIONS.items() for status in operation["responses"] if status != "default"}
        self.assertEqual(documented - self.driven - NOT_DRIVEN, set(), "in the document, but never seen")

    def without_a_token(self):
        for name, (_, path, operation) in OPERATIONS.items():
            if operation.get("security") != []:
                self.refused(name, 401, [NONE] * path.count("{"), token=None)

    def of_nothing(self):
        bodies = {"reply": {"text": "x"}, "changeConversation": {"priority": "low"}, "resolveMessage": {"as": "sent"},
                  "changeContact": {"name": "x"}, "mergeContact": {"from": NONE}, "splitContact": {"addresses": ["tel:+1"]}, "setPresence": {"presence": "online"}, "acceptConversation": {"agent": "x"},
                  "declineConversation": {"agent": "x"}, "reportCall": {"outcome": "reached"}, "releaseConversation": {"agent": "x"}, "changeWebhook": {"enabled": True}, "resendEvent": {"event": "0000000000000001"}}
        for name, (_, path, _) in OPERATIONS.items():
            if "{" in path and name != "putAgent":  # which makes it
                self.refused(name, 404, [NONE], body=bodies.get(name))

    def agents(self, c):
        self.drive("listAgents", 200)
        self.refused("listAgents", 400, query="?colour=red")
        self.drive("putAgent", 200, ["ben"], body={"name": "Ben", "skills": ["fr"], "capacity": {"message": 1}})
        self.drive("getAgent", 200, ["ben"])
        self.refused("putAgent", 400, ["ben"], body={"capacity": {"mail": 1}})
        self.refused("putAgent", 403, ["ben"], body={}, token=AGENT)
        self.refused("putAgent", 404, ["b%20n"], body={})
        self.refused("putAgent", 409, ["cleo"], body={})
        self.refused("removeAgent", 403, ["ben"], token=AGENT)
        self.refused("removeAgent", 409, ["cleo"])
        self.drive("setPresence", 200, ["ben"], body={"presence": "online"})
        self.refused("setPresence", 400, ["ben"], body={"presence": "there"})
        self.refused("setPresence", 403, ["ben"], body={"presence": "online"}, token=AGENT)
        self.assertEqual(self.drive("getConversation", 200, c)["offered_to"], "ben")
        for name in ("acceptConversation", "declineConversation", "releaseConversation"):
            self.refused(name, 400, c)  # for whom?
            self.refused(name, 403, c, token=AGENT)
            self.refused(name, 409, c, body={"agent": "cleo"})
        self.drive("declineConversation", 200, c, body={"agent": "ben"})
        self.drive("acceptConversation", 200, c, body={"agent": "ben"})
        self.drive("releaseConversation", 200, c, body={"agent": "ben"})
        self.drive("removeAgent", 204, ["ben"])

    def callbacks(self, c):
        key, other = {"Idempotency-Key": "callback"}, {"number": "+33600000042", "from": "2030-01-01T10:00:00Z"}
        made = self.drive("requestCallback", 201, body={"number": "+33600000041"}, headers=key)  # it is open always: due now
        self.refused("requestCallback", 409, body={"number": "+33600000042"}, headers=key)
        self.refused("requestCallback", 400, body=other)  # too far ahead
        self.refused("requestCallback", 404, body={"contact": NONE})
        self.refused("requestCallback", 403, body={"conversation": c[0], "number": "+33600000043"}, token=AGENT)
        one = [made["id"]]
        self.drive("listCallbacks", 200, query="?state=due")
        self.refused("listCallbacks", 400, query="?colour=red")
        self.drive("listCallbackSlots", 200, query="?limit=2")
        self.refused("listCallbackSlots", 400, query="?queue=nowhere")
        self.refused("listCallbackSlots", 403, query="?queue=general", token=AGENT)
        self.drive("getCallback", 200, one)
        for name, body in (("getCallback", None), ("changeCallback", {"note": "x"}), ("reportCall", {"outcome": "reached"}), ("cancelCallback", None)):
            self.refused(name, 403, one, body=body, token=AGENT)
        self.drive("changeCallback", 200, one, body={"note": "about the invoice"})
        self.refused("changeCallback", 400, one, body={"number": "nobody"})
        self.refused("reportCall", 400, one, body={"outcome": "asleep"})
        self.drive("reportCall", 200, one, body={"outcome": "no_answer"})
        self.drive("reportCall", 200, one, body={"outcome": "reached"})
        self.refused("reportCall", 409, one, body={"outcome": "reached"})
        self.refused("changeCallback", 409, one, body={"note": "x"})
        self.refused("cancelCallback", 409, one)
        self.drive("cancelCallback", 204, [self.drive("requestCallback", 201, body={"number": "+33600000044"})["id"]])

    def tokens(self):
        key = {"Idempotency-Key": "a-token"}
        made = self.drive("createToken", 201, body={"name": "reports", "role": "integration"}, headers=key)
        self.assertIsNone(self.drive("createToken", 201, body={"name": "reports", "role": "integration"}, headers=key)["token"])
        self.refused("createToken", 409, body={"name": "other", "role": "integration"}, headers=key)
        self.refused("createToken", 400, body={"name": "other", "role": "root"})
        self.drive("listTokens", 200, token=TOKEN)
        self.refused("listTokens", 400, query="?colour=red")
        self.drive("listQueues", 200, token=made["token"])
        for name in ("listTokens", "createToken", "removeToken"):
            self.refused(name, 403, [made["id"]] if name == "removeToken" else (), token=INTEGRATION)
        self.drive("removeToken", 204, [made["id"]])
        self.refused("listQueues", 401, token=made["token"])

    def public_availability(self):
        page = self.drive("getPublicAvailability", 200, token=None)
        self.assertEqual([c["name"] for c in page["channels"]], ["whatsapp-eu", "E-mail"])
        self.drive("getPublicAvailabilityOfChannel", 200, ["support-mail"], token=None)
        until("429", lambda: Api(self.daemon_.ports["http"], None).raw("GET", "/public/availability")[0] == 429)
        self.refused("getPublicAvailability", 429, token=None)
        self.refused("getPublicAvailabilityOfChannel", 429, ["support-mail"], token=None)

    def contacts(self, contact):
        for name in ("getContact", "listContactChannels"):
            self.drive(name, 200, contact)
            self.refused(name, 403, contact, token=AGENT)
        self.refused("listContacts", 403, token=AGENT)
        self.drive("createContact", 201, body={"name": "Bob", "addresses": ["mailto:robert@example.org"]})
        self.refused("createContact", 409, body={"name": "Bob", "addresses": ["mailto:robert@example.org"]})
        self.refused("createContact", 400, body={"name": 7})
        self.refused("createContact", 403, body={"name": "x"}, token=AGENT)
        self.drive("changeContact", 200, contact, body={"name": "Ana"})
        self.refused("changeContact", 400, contact, body={"nam": "Ana"})
        self.refused("changeContact", 403, contact, body={"name": "Ana"}, token=AGENT)

    def identity(self, contact):
        key = {"Idempotency-Key": "identity"}
        csv = {"Content-Type": "text/csv", **key}
        self.drive("importContacts", 200, body="name,addresses\nEve,tel:+33600077;mailto:eve@example.org\nNobody,\n", headers=csv)
        self.refused("importContacts", 409, body="name,addresses\n", headers=csv)
        self.refused("importContacts", 400, body="colour,addresses\n", headers={"Content-Type": "text/csv"})
        self.refused("importContacts", 403, body="", token=AGENT)
        eve = [self.daemon_.api.items("/v1/contacts?address=tel:%2B33600077")[0]["id"]]
        split = self.drive("splitContact", 201, eve, body={"addresses": ["mailto:eve@example.org"]}, headers={"Idempotency-Key": "split"})
        self.refused("splitContact", 409, eve, body={"addresses": ["tel:+33600077"]}, headers={"Idempotency-Key": "split"})
        self.refused("splitContact", 400, eve, body={"addresses": []})
        self.refused("splitContact", 403, eve, body={"addresses": ["tel:+33600077"]}, token=AGENT)
        self.refused("undoMerge", 400, [split["id"]], body={"why": "so"})
        self.refused("undoMerge", 403, [split["id"]], token=AGENT)
        self.drive("undoMerge", 200, [split["id"]])
        self.refused("undoMerge", 409, [split["id"]])
        self.drive("mergeContact", 201, contact, body={"from": eve[0]})
        self.refused("mergeContact", 409, contact, body={"from": eve[0]})
        self.refused("mergeContact", 400, contact, body={})
        self.refused("mergeContact", 403, contact, body={"from": eve[0]}, token=AGENT)
        self.drive("exportContact", 200, contact)
        self.refused("exportContact", 400, contact, query="?limit=0")
        self.refused("exportContact", 403, contact, token=AGENT)
        self.refused("eraseContact", 403, contact, token=AGENT)
        self.drive("eraseContact", 204, eve)  # who lives on in the other: both

    def dead_letters(self, c, graph):
        """A reply that the provider refuses is a failed message and a dead letter."""
        graph.stop()
        self.daemon_.webhook(whatsapp_body([("wamid.2", "33600001", "Encore")]))
        self.refusing = Refusing(self.daemon_.ports["graph"])
        self.addCleanup(self.refusing.close)
        failed = self.drive("reply", 202, c, body={"text": "Non"})["id"]
        self.daemon_.until_status(failed, "failed")
        letter = until("a dead letter", lambda: self.daemon_.api.items("/v1/dead-letters"))[0]["id"]
        self.drive("getDeadLetter", 200, [letter])
        self.refused("getDeadLetter", 403, [letter], token=AGENT)
        self.refused("listDeadLetters", 403, token=AGENT)
        self.refused("replayDeadLetter", 403, [letter], token=AGENT)
        self.drive("retryMessage", 202, [failed])
        self.refusing.cut = True
        unknown = self.drive("reply", 202, c, body={"text": "Peut-être"})["id"]
        self.daemon_.until_status(unknown, "unknown")
        self.drive("resolveMessage", 200, [unknown], body={"as": "sent"})

    def files(self):
        status, _, answer = self.daemon_.api.raw("POST", "/v1/media?name=a.txt", b"hello", {"Content-Type": "text/plain"})
        self.assertEqual(status, 201, answer)
        made = self.drive("upload", 201, query="?name=a.txt", body="hello", headers={"Content-Type": "text/plain"})
        self.drive("download", 200, [made["id"]])
        self.refused("download", 403, [made["id"]], token=AGENT)

    def events(self):
        source = EventSource(self.daemon_.ports["http"], "/v1/events?after=0")
        self.addCleanup(source.close)
        event = source.next()
        page = OPERATIONS["listEvents"][2]["responses"]["200"]["content"]
        self.assertIn("text/event-stream", page)
        schema = {"$ref": "#/components/schemas/Event"}
        jsonschema.Draft202012Validator(schema, resolver=jsonschema.RefResolver("", DOCUMENT)).validate(event)
        for name in ("listEvents", "followEvents"):
            self.refused(name, 410, query="?after=0000000999999999", headers=UPGRADE if name == "followEvents" else {})
        self.refused("followEvents", 426)
        stream = WebSocket(self.daemon_.ports["http"], "/v1/stream")
        self.addCleanup(stream.close)
        self.assertEqual(stream.status, 101)
        self.driven.add(("followEvents", "101"))
        self.drive("createTicket", 201)
        self.refused("createTicket", 400, body={"for": "me"})

    def webhooks(self):
        new = {"name": "mine", "url": "https://crm.example.com/hook", "types": ["contact.erased"]}
        hook = [self.drive("createWebhook", 201, body=new)["id"]]
        self.refused("createWebhook", 400, body={**new, "url": "http://crm.example.com/hook"})
        fixed = [h["id"] for h in self.daemon_.api.get("/v1/webhooks")["items"] if h["source"] == "configuration"]
        self.drive("getWebhook", 200, hook)
        self.drive("listWebhookDeadLetters", 200, hook)
        self.refused("listWebhookDeadLetters", 400, hook, query="?limit=0")
        self.drive("resendEvent", 202, hook, body={"event": "0000000000000001"})
        self.refused("resendEvent", 400, hook, body={"event": "one"})
        self.drive("changeWebhook", 200, hook, body={"enabled": False})
        self.refused("changeWebhook", 400, hook, body={"enabled": 0})
        self.refused("changeWebhook", 409, fixed, body={"name": "other"})
        self.refused("resendEvent", 409, hook, body={"event": "0000000000000001"})
        self.refused("removeWebhook", 409, fixed)
        for name in ("listWebhooks", "createWebhook", "getWebhook", "changeWebhook", "removeWebhook", "listWebhookDeadLetters", "resendEvent"):
            self.refused(name, 403, hook if "{" in OPERATIONS[name][1] else (), token=INTEGRATION)
        self.drive("removeWebhook", 204, hook)


UPGRADE = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA=="}


class Refusing:
    """A provider that takes nothing: it answers 400, or ends the connection where an answer should be."""

    def __init__(self, port):
        self.cut = False
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                self.close_connection = True
                if outer.cut:
                    return
                body = b'{"error": {"message": "no", "type": "OAuthException", "code": 100}}'
                self.send_response(400)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


if __name__ == "__main__":
    unittest.main()
