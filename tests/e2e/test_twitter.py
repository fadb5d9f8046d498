"""X (Twitter), against its simulator: webhooks and the activity stream, files both ways, limits, doubles, disorder, restarts."""
import unittest

from harness import *

KEYS = {"consumer_key": "e2e-consumer-key-01", "consumer_secret": "e2e-consumer-secret-01", "access_token": "e2e-x-access-token-01",
        "access_token_secret": "e2e-x-access-token-secret-01"}

TWITTER = """
server:
  listen: 127.0.0.1:{http}
  tokens:
    - {{name: admin, role: admin, token: {token}}}
store: {{url: "sqlite:{folder}/jackfield.db", media: "{folder}/media"}}
channels:
  x:
    plugin: twitter
{isolation}
    settings:
      user_id: "111"
      consumer_key: e2e-consumer-key-01
      consumer_secret: e2e-consumer-secret-01
      api_url: http://127.0.0.1:{graph}
{receive}
{auth}
queues: {{general: {{}}, social: {{}}}}
routing:
  - {{name: public, when: {{visibility: public}}, to: social}}
  - {{name: rest, to: general}}
"""
OAUTH1 = "      access_token: e2e-x-access-token-01\n      access_token_secret: e2e-x-access-token-secret-01"
OAUTH2 = "      oauth2: {client_id: e2e-client, refresh_token: e2e-refresh-token-01}"


class XDaemon(Jackfield):
    def __init__(self, folder, receive="webhook", auth=OAUTH1, isolation="none"):
        port = free_port()
        how = f"      webhook_url: http://127.0.0.1:{port}/channels/x/webhook" if receive == "webhook" else "      receive: stream"
        super().__init__(folder, TWITTER, http=port, receive=how, auth=auth, isolation=f"    isolation: {isolation}")

    def start(self, wait_ready=True):
        self.process = Process([BINARY, "run", "-c", self.config], cwd=self.folder)
        self.process.wait_line(r"http://")
        if wait_ready:
            self.until_state("ready")
        return self

    def state(self):
        return self.api.get("/v1/channels/x")

    def until_state(self, state):
        return until(f"the channel is {state}", lambda: self.state()["state"] == state)

    def messages(self, **wanted):
        return [m for m in reversed(self.api.items("/v1/messages")) if all(m[k] == v for k, v in wanted.items())]

    def reply(self, conversation, **body):
        status, message = self.api.call("POST", f"/v1/conversations/{conversation}/messages", body)
        assert status == 202, (status, message)
        return message["id"]


class X:
    """The simulator's control calls."""

    def __init__(self, port):
        self.port = port

    def call(self, what, **body):
        status, answer = Api(self.port, None).call("POST", "/_control/" + what, body)
        assert status == 200, (status, answer)
        return answer

    def dm(self, text, sender="222", **more):
        return self.call("dm", **{"from": sender, "name": "Ana", "text": text}, **more)

    def post(self, text, sender="222", **more):
        return self.call("post", **{"from": sender, "name": "Ana", "text": text}, **more)

    def state(self):
        return Api(self.port, None).get("/_control/state")

    def sent(self):
        return Api(self.port, None).get("/_control/sent")["items"]

    def media(self, data, media_type):
        return json.loads(Api(self.port, None).raw("POST", "/_control/media", data, {"Content-Type": media_type})[2])["id"]


class XTest(JackfieldTest):
    def x(self, **how):
        """The simulator, and a daemon that is ready."""
        made = XDaemon(self.folder, **how)
        self.simulator = self.simulate("twitter", "--listen", f"127.0.0.1:{made.ports['graph']}", "--user-id", "111", "--client-id", "e2e-client",
                                       "--refresh-token", "e2e-refresh-token-01", *[a for k, v in KEYS.items() for a in ("--" + k.replace("_", "-"), v)])
        made.start()
        self.addCleanup(self._end, made)
        return made, X(made.ports["graph"])

    def conversation(self, daemon, queue="general"):
        return until("a conversation", lambda: [c for c in daemon.api.items("/v1/conversations") if c["queue"] == queue])[0]["id"]


class ByWebhook(XTest):
    def test_a_direct_conversation_with_files_both_ways(self):
        daemon, x = self.x()
        file = x.media(b"JPEG of a cup", "image/jpeg")
        x.dm("it came like this", media=file)
        conversation = self.conversation(daemon)
        message = until("the file is fetched", lambda: [m for m in daemon.messages(direction="in") if m["parts"][-1]["state"] == "ready"])[0]
        self.assertEqual((message["text"], message["visibility"]), ("it came like this", "private"))
        self.assertEqual(daemon.api.raw("GET", "/v1/media/" + message["parts"][-1]["id"])[2], b"JPEG of a cup")
        status, _, answer = daemon.api.raw("POST", "/v1/media", b"\x89PNG" + b"x" * 3_000_000, {"Content-Type": "image/png"})
        self.assertEqual(status, 201, answer)
        sent = daemon.reply(conversation, parts=[{"type": "text", "text": "Like this one?"}, {"type": "media", "id": json.loads(answer)["id"]}])
        until("it is sent", lambda: daemon.api.get("/v1/messages/" + sent)["status"] in ("accepted", "sent"))
        body = x.sent()[0]["body"]
        self.assertEqual((body["text"], len(body["attachments"])), ("Like this one?", 1))

    def test_a_public_complaint_goes_on_privately_and_nothing_private_is_said_in_public(self):
        daemon, x = self.x()
        first = x.post("@acme my parcel is lost", also="reply")["id"]  # two events, one post
        one = self.conversation(daemon, "social")
        daemon.reply(one, text="Please write to us here:", template={"name": "move_to_private"})
        x.dm("and this is my address")
        until("both are there", lambda: len(daemon.messages(direction="in")) == 2)
        whole = daemon.api.items("/v1/conversations")
        self.assertEqual([(c["id"], c["queue"], c["visibility"]) for c in whole], [(one, "social", "both")])
        daemon.reply(one, text="Thank you, Ana")
        until("both are sent", lambda: len(x.sent()) == 2)
        kinds = {sent["kind"]: sent["body"] for sent in x.sent()}
        self.assertEqual(kinds["dm"], {"text": "Thank you, Ana"})
        self.assertEqual(kinds["post"]["direct_message_deep_link"], "https://x.com/messages/compose?recipient_id=111")
        self.assertNotIn("Thank you", json.dumps(kinds["post"]))
        x.post("@acme still waiting", kind="reply", in_reply_to=first, conversation_id=first)
        until("it is there", lambda: len(daemon.messages(direction="in")) == 3)
        path = f"/v1/conversations/{one}/messages"
        status, refused = daemon.api.call("POST", path, {"text": "We have your address"})
        self.assertEqual(status, 409, refused)
        self.assertIn("visibility", refused["detail"])
        daemon.reply(one, text="We wrote to you", visibility="public")
        until("three are sent", lambda: len(x.sent()) == 3)
        self.assertEqual([(s["kind"], s["body"]["text"]) for s in x.sent() if s["kind"] == "post"][-1], ("post", "We wrote to you"))

    def test_an_author_who_did_not_ask_is_not_answered_and_the_rule_is_told(self):
        daemon, x = self.x()
        x.post("hm", kind="reply", in_reply_to="900", summons=False)
        sent = daemon.reply(self.conversation(daemon, "social"), text="Can we help?")
        daemon.until_status(sent, "failed")
        self.assertIn("mentioned or quoted", daemon.api.get("/v1/messages/" + sent)["errors"][0]["detail"])
        self.assertEqual(x.sent(), [])

    def test_a_dry_run_tells_the_weighted_length_and_why_a_long_reply_may_not_leave(self):
        daemon, x = self.x()
        x.post("@acme hello")
        path = f"/v1/conversations/{self.conversation(daemon, 'social')}/messages?dry_run=true"
        status, shown = daemon.api.call("POST", path, {"text": "漢" * 141})
        self.assertEqual((status, shown["sendable"], shown["connector"]["weighted_length"]), (200, False, 282))
        status, shown = daemon.api.call("POST", path, {"text": "👨‍👩‍👧‍👦 https://example.com/a/long/path/that/counts/twenty-three"})
        self.assertEqual((status, shown["sendable"], shown["connector"]["weighted_length"]), (200, True, 26))

    def test_a_reader_and_a_typist_are_told(self):
        daemon, x = self.x()
        x.dm("hello")
        sent = daemon.reply(self.conversation(daemon), text="Hello")
        until("it is out", lambda: x.sent())
        daemon.until_status(sent, "sent")
        x.call("event", type="dm.read", payload={"direct_message_mark_read_events": [{"created_timestamp": str(int(time.time() * 1000)), "sender_id": "222",
               "target": {"recipient_id": "111"}, "last_read_event_id": x.sent()[0]["id"]}]})
        daemon.until_status(sent, "read")

    def test_doubles_and_disorder_store_each_message_once(self):
        daemon, x = self.x()
        x.call("faults", events="twice")
        for i in range(5):
            x.dm(f"twice {i}")
        x.call("faults", events="reversed")
        for i in range(4):
            x.dm(f"reversed {i}")
        x.call("faults", events="once")
        until("all are there", lambda: len(daemon.messages()) == 9)
        until("all were posted", lambda: len(x.state()["posts"]) >= 14)
        self.assertEqual(len(daemon.messages()), 9)

    def test_an_edit_changes_the_post_and_a_deletion_of_the_edit_purges_it(self):
        daemon, x = self.x()
        first = x.post("@acme my parcle is lost")["id"]
        second = x.post("@acme my parcel is lost", edit_of=first)["id"]
        message = until("it is edited", lambda: [m for m in daemon.messages() if m["text"] == "@acme my parcel is lost"])[0]
        self.assertEqual(message["provider_ids"], [first])
        x.call("event", type="post.delete", payload={"id": second, "author_id": "222"})
        until("it is purged", lambda: daemon.api.get("/v1/messages/" + message["id"])["text"] != "@acme my parcel is lost")
        self.assertNotIn("parcel", json.dumps(daemon.api.get("/v1/messages/" + message["id"])))

    def test_a_storm_of_429_stops_direct_messages_and_not_posts_and_nothing_is_doubled(self):
        daemon, x = self.x()
        x.call("faults", limits={"dm": [2, 2]})  # two in two seconds
        for i in range(5):
            x.dm("hello", sender=str(300 + i))
        x.post("@acme hello", sender="400")
        until("six conversations", lambda: len(daemon.api.items("/v1/conversations")) == 6)
        for conversation in daemon.api.items("/v1/conversations"):
            daemon.reply(conversation["id"], text="Hello to you in " + conversation["id"])
        until("the post is out first or soon", lambda: [s for s in x.sent() if s["kind"] == "post"])
        until("all are out", lambda: len(x.sent()) == 6, 60)
        self.assertEqual(len({s["to"] for s in x.sent()}), 6)

    def test_without_credits_the_channel_says_so_and_holds_the_message(self):
        daemon, x = self.x()
        x.dm("hello")
        x.call("faults", next=[{"path": "/2/dm_conversations", "status": 402, "detail": "your account has no credits"}])
        sent = daemon.reply(self.conversation(daemon), text="Hello")
        daemon.until_state("degraded")
        self.assertIn("credits are used up", daemon.state()["detail"])
        self.assertEqual(daemon.api.get("/v1/messages/" + sent)["status"], "queued")

    def test_a_message_whose_answer_was_cut_off_is_found_by_its_echo(self):
        daemon, x = self.x()
        x.dm("hello")
        x.call("faults", next=[{"path": "/2/dm_conversations/with", "drop": True, "taken": True}])
        sent = daemon.reply(self.conversation(daemon), text="Only once")
        until("it is sent", lambda: daemon.api.get("/v1/messages/" + sent)["status"] in ("accepted", "sent"))
        self.assertEqual(len(x.sent()), 1)
        self.assertEqual(len(daemon.messages(direction="out")), 1)

    def test_killed_in_the_middle_of_a_send_it_learns_what_became_of_it(self):
        daemon, x = self.x()
        x.dm("hello")
        conversation = self.conversation(daemon)
        x.call("faults", echo=False, next=[{"path": "/2/dm_conversations/with", "delay_ms": 5000, "drop": True, "taken": True}])
        sent = daemon.reply(conversation, text="Only once")
        until("X has it", lambda: x.sent())
        daemon.stop(signal.SIGKILL)
        daemon.start()
        daemon.until_status(sent, "sent")
        self.assertEqual(len(x.sent()), 1)
        self.assertEqual(len(daemon.messages(direction="out")), 1)

    def test_killed_in_the_middle_of_a_fetch_it_fetches_again(self):
        daemon, x = self.x()
        x.call("faults", next=[{"path": "/2/dm_conversations/media", "delay_ms": 20000, "drop": True}])
        x.dm("look", media=x.media(b"JPEG", "image/jpeg"))
        until("it is asked for", lambda: not self.simulator.wait_line(r"GET /2/dm_conversations/media") is None)
        daemon.stop(signal.SIGKILL)
        daemon.start()
        until("the file is there", lambda: [m for m in daemon.messages() if m["parts"][-1]["state"] == "ready"], 200)  # the host leases a fetch for two minutes

    def test_what_was_missed_while_it_was_down_is_posted_again(self):
        daemon, x = self.x()
        x.dm("before")
        self.conversation(daemon)
        daemon.stop()
        self.assertEqual(x.dm("meanwhile")["status"], 0)
        daemon.start()
        until("it is there", lambda: [m for m in daemon.messages() if m["text"] == "meanwhile"])
        self.assertEqual(sorted(m["text"] for m in daemon.messages()), ["before", "meanwhile"])

    def test_what_an_agent_writes_in_the_app_is_mirrored_and_what_jackfield_sends_is_not_doubled(self):
        daemon, x = self.x()
        x.dm("hello")
        daemon.reply(self.conversation(daemon), text="from the desk")
        until("it is out", lambda: x.sent())
        x.call("event", type="dm.sent", payload={"direct_message_events": [{"type": "message_create", "id": "2080765901528535096", "created_timestamp": str(int(time.time() * 1000)),
               "message_create": {"target": {"recipient_id": "222"}, "sender_id": "111", "message_data": {"text": "from the app"}}}]})
        until("both are there", lambda: len(daemon.messages(direction="out")) == 2)
        self.assertEqual(sorted(m["text"] for m in daemon.messages(direction="out")), ["from the app", "from the desk"])

    def test_forged_webhooks_are_refused_and_the_challenge_is_answered(self):
        daemon, x = self.x()
        self.assertEqual(x.call("raw", body='{"data":{}}', signature="sha256=AAAA")["status"], 401)
        self.assertTrue(x.state()["webhooks"][0]["valid"])
        x.call("event", type="oauth.revoke", payload={"user_id": "111", "app_id": "5"})
        until("the channel says so", lambda: any("rights back" in line for line in daemon.process.lines if line))

    def test_refresh_tokens_rotate_and_outlive_restarts(self):
        daemon, x = self.x(auth=OAUTH2)
        x.dm("hello")
        conversation = self.conversation(daemon)
        for i in range(3):
            daemon.reply(conversation, text=f"reply {i}")
            until("it is out", lambda: len(x.sent()) == i + 1)
            x.call("expire")
            daemon.stop()
            daemon.start()
        self.assertGreaterEqual(x.state()["refreshes"], 3)

    def test_it_does_the_same_in_a_process_of_its_own(self):
        daemon, x = self.x(isolation="process")
        x.dm("hello")
        sent = daemon.reply(self.conversation(daemon), text="Hello")
        until("it is sent", lambda: daemon.api.get("/v1/messages/" + sent)["status"] in ("accepted", "sent"))


class ByStream(XTest):
    def test_events_come_once_over_two_connections_and_after_a_cut(self):
        daemon, x = self.x(receive="stream")
        until("two connections", lambda: x.state()["streams"] == 2)
        x.dm("one")
        until("it is there", lambda: len(daemon.messages()) == 1)
        x.call("cut")
        x.dm("two")  # while nobody listens
        until("it is there after all", lambda: len(daemon.messages()) == 2)
        until("two connections again", lambda: x.state()["streams"] == 2)
        x.post("@acme three")
        until("it is there", lambda: len(daemon.messages()) == 3)
        self.assertEqual(sorted(m["text"] for m in daemon.messages()), ["@acme three", "one", "two"])

    def test_what_came_while_it_was_down_is_brought_along(self):
        daemon, x = self.x(receive="stream")
        x.dm("before")
        until("it is there", lambda: len(daemon.messages()) == 1)
        daemon.stop(signal.SIGKILL)
        x.dm("meanwhile")
        daemon.start()
        until("it is there", lambda: len(daemon.messages()) == 2)

    def test_in_a_process_of_its_own(self):
        daemon, x = self.x(receive="stream", isolation="process")
        until("connected", lambda: x.state()["streams"] == 2)
        x.dm("hello")
        sent = daemon.reply(self.conversation(daemon), text="Hello")
        until("it is sent", lambda: daemon.api.get("/v1/messages/" + sent)["status"] in ("accepted", "sent"))


class Example(JackfieldTest):
    def test_the_example_of_the_page_runs(self):
        with open(os.path.join(os.path.dirname(__file__), "../../examples/twitter.yaml")) as f:
            text = f.read()
        http_port, x_port = free_port(), free_port()
        path = os.path.join(self.folder, "twitter.yaml")
        with open(path, "w") as f:
            f.write(text.replace("8080", str(http_port)).replace("9010", str(x_port)))
        self.simulate("twitter", "--listen", f"127.0.0.1:{x_port}")
        daemon = Process([BINARY, "run", "-c", path], cwd=self.folder)
        self.addCleanup(lambda: daemon.child.poll() is None and daemon.stop(signal.SIGKILL))
        daemon.wait_line(r"twitter.*ready")
        X(x_port).dm("hello")
        api = Api(http_port, "demo-admin-token-0001")
        until("it is there", lambda: [m for m in api.items("/v1/messages") if m["text"] == "hello"])


if __name__ == "__main__":
    unittest.main()
