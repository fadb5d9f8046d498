"""Real mail servers on loopback, as processes of the test's own: Postfix, and Dovecot with what it asks about tokens."""
import email
import email.policy
import http.server
import imaplib
import pwd
import socketserver

from harness import *

MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
tlsmgr unix - - n 1000? 1 tlsmgr
flush unix n - n 1000? 0 flush
postlog unix-dgram n - n - 1 postlogd
"""

MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/spool
data_directory = {folder}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
maillog_file = {folder}/mail.log
maillog_file_prefixes = /
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = relay.example.net
mydestination =
mynetworks = 127.0.0.0/8
alias_maps =
local_transport = error:no local mail
smtpd_relay_restrictions = permit_mynetworks, reject
virtual_mailbox_base = {folder}/boxes
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
minimal_backoff_time = 2s
maximal_backoff_time = 4s
queue_run_delay = 2s
lmtp_tls_security_level = none
{more}
"""

TO_LMTP = """
transport_maps = inline:{{ {{ support@example.com = lmtp:inet:127.0.0.1:{lmtp} }} }}
virtual_mailbox_domains = example.org
virtual_mailbox_maps = static:ana/
"""

# Mailboxes of two domains are Dovecot's; one address beyond them is dead, and a policy server may put recipients off.
TO_DOVECOT = """
virtual_mailbox_domains = example.com example.org
virtual_transport = lmtp:inet:127.0.0.1:{lmtp}
virtual_mailbox_maps = static:any
transport_maps = inline:{{ {{ gone@example.net = error:5.1.1 nobody of that name }} }}
smtpd_recipient_restrictions = check_policy_service inet:127.0.0.1:{greylist}, permit_mynetworks, reject
"""


class Postfix:
    """more: lines of main.cf; the port stays the same."""

    def __init__(self, folder, more):
        self.port = free_port()
        self.folder = os.path.join(folder, "postfix")
        nobody = pwd.getpwnam("nobody")
        for name in ("etc", "spool", "data", "boxes"):
            os.makedirs(os.path.join(self.folder, name))
        os.chmod(folder, 0o755)
        shutil.chown(os.path.join(self.folder, "data"), "postfix")
        os.chown(os.path.join(self.folder, "boxes"), nobody.pw_uid, nobody.pw_gid)
        values = {"folder": self.folder, "port": self.port, "uid": nobody.pw_uid, "gid": nobody.pw_gid, "more": more}
        for name, text in (("main.cf", MAIN), ("master.cf", MASTER)):
            with open(os.path.join(self.folder, "etc", name), "w") as f:
                f.write(text.format(**values).lstrip())
        self._postfix("check")
        self._postfix("start")
        until("postfix listens", lambda: listens(self.port))

    def _postfix(self, verb):
        done = subprocess.run(["postfix", "-c", os.path.join(self.folder, "etc"), verb], capture_output=True, text=True, timeout=PATIENCE)
        assert verb == "stop" or done.returncode == 0, done.stdout + done.stderr + self.log()

    def log(self):
        return read_text(os.path.join(self.folder, "mail.log"))

    def mails(self, box="ana"):
        return read_mails(os.path.join(self.folder, "boxes", box, "new"))

    def send(self, sender, to, data):
        with smtplib.SMTP("127.0.0.1", self.port, timeout=PATIENCE) as client:
            client.sendmail(sender, [to], data.encode())

    def stop(self):
        self._postfix("stop")


DOVECOT = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/dovecot.log
instance_name = {folder}
protocols = imap lmtp
listen = 127.0.0.1
ssl = {ssl}
ssl_cert = <{folder}/cert.pem
ssl_key = <{folder}/key.pem
disable_plaintext_auth = no
auth_mechanisms = {mechanisms}
mail_location = maildir:{folder}/boxes/%n
mail_uid = {uid}
mail_gid = {gid}
first_valid_uid = 1
mail_max_userip_connections = 100
maildir_stat_dirs = yes
protocol lmtp {{
  lmtp_save_to_detail_mailbox = no
}}
recipient_delimiter = +
namespace inbox {{
  inbox = yes
  separator = /
  mailbox "Sent Mail" {{
    auto = create
    special_use = \\Sent
  }}
}}
service imap-login {{
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
  }}
}}
service lmtp {{
  inet_listener lmtp {{
    address = 127.0.0.1
    port = {lmtp}
  }}
}}
passdb {{
  driver = passwd-file
  mechanisms = plain login
  args = scheme=PLAIN {folder}/users
}}
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {folder}/oauth2.conf
}}
userdb {{
  driver = static
  args = allow_all_users=yes
}}
"""

OAUTH2 = """
introspection_mode = auth
introspection_url = http://127.0.0.1:{tokens}/introspect
username_attribute = email
active_attribute = active
active_value = true
"""


class Dovecot:
    """A mailbox server on ports that stay the same over restarts."""

    PASSWORD = "e2e-mail-password"

    def __init__(self, folder, tokens_port=9, mechanisms="plain login xoauth2 oauthbearer", ssl="yes"):
        self.folder = os.path.join(folder, "dovecot")
        self.ports = {name: free_port() for name in ("imap", "imaps", "lmtp")}
        nobody = pwd.getpwnam("nobody")
        os.makedirs(self.folder)
        os.chmod(folder, 0o755)
        os.makedirs(os.path.join(self.folder, "boxes"))
        os.chown(os.path.join(self.folder, "boxes"), nobody.pw_uid, nobody.pw_gid)
        self.owner = (nobody.pw_uid, nobody.pw_gid)
        make_certificate(self.folder)
        values = {**self.ports, "folder": self.folder, "uid": nobody.pw_uid, "gid": nobody.pw_gid, "mechanisms": mechanisms, "ssl": ssl,
                  "tokens": tokens_port}
        write_text(os.path.join(self.folder, "dovecot.conf"), DOVECOT.format(**values))
        write_text(os.path.join(self.folder, "oauth2.conf"), OAUTH2.format(**values))
        write_text(os.path.join(self.folder, "users"), f"support@example.com:{self.PASSWORD}::::::\nana@example.org:{self.PASSWORD}::::::\n")
        self.process = None
        self.start()

    def start(self):
        self.process = Process(["dovecot", "-F", "-c", os.path.join(self.folder, "dovecot.conf")])
        until("dovecot listens", lambda: listens(self.ports["imap"]) and listens(self.ports["lmtp"]))

    def stop(self):
        if self.process:
            self.process.stop()
            self.process = None

    def log(self):
        return read_text(os.path.join(self.folder, "dovecot.log"))

    def put(self, mails, box="support", place="new"):
        """Mails as files, as a delivery agent leaves them: for many at once."""
        at = os.path.join(self.folder, "boxes", box)
        for name in ("new", "cur", "tmp"):
            os.makedirs(os.path.join(at, name), exist_ok=True)
        for number, mail in enumerate(mails):
            write_text(os.path.join(at, place, f"{int(time.time())}.{number:06}.{secrets.token_hex(4)}" + (":2,S" if place == "cur" else "")), mail)
        for path, folders, files in os.walk(at):
            for name in [path] + [os.path.join(path, f) for f in files]:
                os.chown(name, *self.owner)

    def deliver(self, mail, to="support@example.com", sender="ana@example.org"):
        with smtplib.LMTP("127.0.0.1", self.ports["lmtp"]) as client:
            client.sendmail(sender, [to], mail.encode())

    def look(self, user="support@example.com", folder="INBOX"):
        client = imaplib.IMAP4("127.0.0.1", self.ports["imap"], timeout=PATIENCE)
        client.login(user, self.PASSWORD)
        client.select('"' + folder + '"')
        return client

    def flags(self, folder="INBOX"):
        client = self.look(folder=folder)
        _, found = client.search(None, "ALL")
        seen = client.search(None, "SEEN")[1][0].split()
        client.logout()
        return len(found[0].split()), len(seen)

    def mails(self, user, folder="INBOX"):
        client = self.look(user, folder)
        out = [email.message_from_bytes(client.fetch(n, "(BODY.PEEK[])")[1][0][1], policy=email.policy.default)
               for n in client.search(None, "ALL")[1][0].split()]
        client.logout()
        return out

    def doveadm(self, *arguments):
        return subprocess.run(["doveadm", "-c", os.path.join(self.folder, "dovecot.conf"), *arguments], check=True, capture_output=True, text=True,
                              timeout=PATIENCE).stdout


class TokenServer:
    """Gives access tokens away, and tells Dovecot which are good."""

    def __init__(self):
        self.asked = []  # the forms
        self.good = {}   # token -> user
        self.refresh = "refresh-0"
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                form = dict(p.split("=", 1) for p in self.rfile.read(int(self.headers["Content-Length"])).decode().split("&") if "=" in p)
                outer.answer(self, form)

            def do_GET(self):
                outer.answer(self, {"token": self.headers.get("Authorization", "").removeprefix("Bearer ")})

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def answer(self, request, form):
        status, body = 200, {}
        if "grant_type" not in form:
            user = self.good.get(form.get("token"))
            body = {"active": user is not None, **({"email": user} if user else {})}
        else:
            self.asked.append(form)
            if form["grant_type"] == "refresh_token" and form.get("refresh_token") != self.refresh:
                status, body = 400, {"error": "invalid_grant", "error_description": "that refresh token is dead"}
            else:
                token = f"access-{len(self.asked)}"
                self.good[token] = "support@example.com"
                body = {"access_token": token, "expires_in": 3600, "token_type": "Bearer"}
                if form["grant_type"] == "refresh_token":
                    self.refresh = f"refresh-{len(self.asked)}"
                    body["refresh_token"] = self.refresh
        data = json.dumps(body).encode()
        request.send_response(status)
        request.send_header("Content-Type", "application/json")
        request.send_header("Content-Length", str(len(data)))
        request.end_headers()
        request.wfile.write(data)

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


class Greylist:
    """A policy server for Postfix that puts recipients off until it is told to let them through."""

    def __init__(self, *recipients):
        self.recipients = set(recipients)
        self.put_off = 0
        outer = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                asked = {}
                for line in self.rfile:
                    name, _, value = line.decode().strip().partition("=")
                    if name:
                        asked[name] = value
                        continue
                    off = asked.get("recipient") in outer.recipients
                    outer.put_off += off
                    self.wfile.write(b"action=451 4.7.1 Greylisted, try again in 1 seconds\n\n" if off else b"action=DUNNO\n\n")
                    asked = {}

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address = daemon_threads = True

        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


class CuttingProxy:
    """Passes bytes on, and cuts a connection off when the server has said so many of them."""

    def __init__(self, to_port):
        self.to_port = to_port
        self.cut_after = None  # bytes of the server; None: never
        self.cuts = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self.to_port))
            threading.Thread(target=self._pass, args=(client, server, False), daemon=True).start()
            threading.Thread(target=self._pass, args=(server, client, True), daemon=True).start()

    def _pass(self, source, target, cuts):
        passed = 0
        try:
            while data := source.recv(65536):
                if cuts and self.cut_after is not None and passed + len(data) > self.cut_after:
                    target.sendall(data[:self.cut_after - passed])
                    self.cuts += 1
                    break
                passed += len(data)
                target.sendall(data)
        except OSError:
            pass
        for end in (source, target):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        source.close()  # the other direction closes the other

    def stop(self):
        self.listener.close()


def listens(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    except OSError:
        return False


def read_text(path):
    try:
        with open(path) as f:
            return f.read()
    except OSError:
        return ""


def write_text(path, text):
    with open(path, "w", newline="") as f:
        f.write(text)


def read_mails(folder):
    out = []
    for name in sorted(os.listdir(folder)) if os.path.isdir(folder) else []:
        with open(os.path.join(folder, name), "rb") as f:
            out.append(email.message_from_binary_file(f, policy=email.policy.default))
    return out


def make_certificate(folder):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                    "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", os.path.join(folder, "key.pem"), "-out",
                    os.path.join(folder, "cert.pem")], check=True, capture_output=True, timeout=PATIENCE)
