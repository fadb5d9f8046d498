"""A renewed certificate is taken at SIGHUP, a broken one is not; and what `check` says of certificates, addresses and words."""
import ssl
import unittest

from harness import *

TLS = CONFIG.replace("server:\n", "server:\n  tls: {{certificate: {folder}/cert.pem, key: {folder}/key.pem}}\n", 1).replace(
    "protocol: {protocol}", "protocol: {protocol}, certificate: {folder}/cert.pem, key: {folder}/key.pem", 1)


def make_certificate(folder, name="localhost", days=30):
    """Self-signed; the files of before are replaced as renewals do it."""
    done = subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", str(days),
                           "-subj", "/CN=" + name, "-keyout", folder + "/key.new", "-out", folder + "/cert.new"], capture_output=True)
    assert done.returncode == 0, done.stderr
    os.rename(folder + "/key.new", folder + "/key.pem")
    os.rename(folder + "/cert.new", folder + "/cert.pem")


def content(path):
    with open(path) as f:
        return f.read()


class Renewal(JackfieldTest):
    def setUp(self):
        super().setUp()
        make_certificate(self.folder)
        self.d = Jackfield(self.folder, config=TLS)
        self.d.process = Process([BINARY, "run", "-c", self.d.config], cwd=self.folder)
        self.addCleanup(self._end, self.d)
        self.d.process.wait_line("listening on https://")
        self.d.process.wait_line(r"support-mail.*ready")

    def connect(self):
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return context.wrap_socket(socket.create_connection(("127.0.0.1", self.d.ports["http"]), timeout=PATIENCE))

    def shown(self):
        with self.connect() as client:
            return ssl.DER_cert_to_PEM_cert(client.getpeercert(binary_form=True))

    def shown_to_mail(self):
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with smtplib.SMTP("127.0.0.1", self.d.ports["smtp_in"], timeout=PATIENCE) as client:
            client.starttls(context=context)
            return ssl.DER_cert_to_PEM_cert(client.sock.getpeercert(binary_form=True))

    def hang_up(self, answer):
        seen = len([line for line in self.d.process.lines if re.search(answer, line)])
        self.d.process.child.send_signal(signal.SIGHUP)
        until(answer, lambda: len([line for line in self.d.process.lines if line and re.search(answer, line)]) > seen)

    def ask(self, client):
        client.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        return client.recv(65536).split(b"\r\n")[0]

    def test_who_comes_meets_the_new_one_and_who_is_there_stays(self):
        before = content(self.folder + "/cert.pem")
        self.assertEqual(self.shown(), before)
        with self.connect() as open_one:
            self.assertEqual(self.ask(open_one), b"HTTP/1.1 200 OK")
            make_certificate(self.folder)
            self.hang_up("the configuration was reloaded")
            until("the new certificate", lambda: self.shown() == content(self.folder + "/cert.pem"))
            self.assertNotEqual(self.shown(), before)
            until("the mail listener has it too", lambda: self.shown_to_mail() == content(self.folder + "/cert.pem"))
            self.assertEqual(self.ask(open_one), b"HTTP/1.1 200 OK")

    def test_a_broken_one_leaves_the_old_one_in_force_and_says_why(self):
        before = self.shown()
        with open(self.folder + "/cert.pem", "w") as f:
            f.write("nonsense")
        self.hang_up("the certificate of the API stays as it was: certificate .*/cert.pem: ")
        self.hang_up("the configuration was reloaded")
        self.assertEqual(self.shown(), before)
        self.assertEqual(self.shown_to_mail(), before)
        make_certificate(self.folder)
        self.hang_up("the certificate of the API was renewed")
        self.assertEqual(self.shown(), content(self.folder + "/cert.pem"))


class Check(JackfieldTest):
    def check(self, config):
        path = os.path.join(self.folder, "c.yaml")
        with open(path, "w") as f:
            f.write(config)
        done = subprocess.run([BINARY, "check", "-c", path], cwd=self.folder, capture_output=True, text=True, timeout=60)
        return done.returncode, done.stderr

    def with_tls(self):
        return self.check("server:\n  tokens: []\n  tls: {certificate: cert.pem, key: key.pem}\n")

    def test_certificates_are_looked_at(self):
        code, said = self.with_tls()
        self.assertEqual(code, 2)
        self.assertRegex(said, r"c\.yaml:3:22: error: certificate cert\.pem: no such file")
        make_certificate(self.folder)
        self.assertEqual(self.with_tls(), (0, ""))
        os.rename(self.folder + "/key.pem", self.folder + "/old.pem")
        make_certificate(self.folder, days=3)
        code, said = self.with_tls()
        self.assertEqual(code, 0)
        self.assertRegex(said, r"c\.yaml:3:22: warning: certificate cert\.pem: it expires soon, on \d{4}-")
        os.rename(self.folder + "/old.pem", self.folder + "/key.pem")
        code, said = self.with_tls()
        self.assertEqual(code, 2)
        self.assertRegex(said, r"c\.yaml:3:37: error: key key\.pem: does not belong to the certificate")
        expired = subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "-1",
                                  "-subj", "/CN=x", "-keyout", "key.pem", "-out", "cert.pem"], cwd=self.folder, capture_output=True)
        if expired.returncode == 0:
            self.assertRegex(self.with_tls()[1], r"error: certificate cert\.pem: it expired on ")

    def test_an_address_that_two_would_listen_on_is_told(self):
        mail = "    plugin: email\n    settings:\n      from: a@example.com\n      listen: {{address: \"{}\"}}\n      smtp: {{url: \"smtp://127.0.0.1:25\", tls: none}}\n"
        config = "server: {tokens: [], listen: 127.0.0.1:8080}\nchannels:\n"
        code, said = self.check(config + "  one:\n" + mail.format("127.0.0.1:2525") + "  two:\n" + mail.format("0.0.0.0:2525"))
        self.assertEqual(code, 2)
        self.assertRegex(said, r"c\.yaml:13:\d+: error: the channel one listens on 127\.0\.0\.1:2525 already")
        code, said = self.check(config + "  one:\n" + mail.format("127.0.0.1:8080"))
        self.assertRegex(said, r"c\.yaml:7:\d+: error: server listens on 127\.0\.0\.1:8080 already")
        code, said = self.check(config + "  one:\n" + mail.format("127.0.0.1:2525") + "  two:\n" + mail.format("127.0.0.2:2525"))
        self.assertEqual((code, said), (0, ""))


class Words(unittest.TestCase):
    def said(self, *arguments):
        done = subprocess.run([BINARY, *arguments], capture_output=True, text=True, timeout=60)
        return done.returncode, done.stderr

    def test_a_misspelt_command_gets_a_suggestion(self):
        for arguments, meant in ((("chekc", "-c", "x"), "check"), (("simulate", "watsapp"), "whatsapp"), (("plugin", "chek"), "check"), (("tokn",), "token")):
            code, said = self.said(*arguments)
            self.assertEqual(code, 2)
            self.assertIn(f'(did you mean "{meant}"?)', said)
        code, said = self.said("frobnicate")
        self.assertEqual(code, 2)
        self.assertIn('there is no command "frobnicate" of jackfield: it is run, check', said)
        self.assertNotIn("did you mean", said)
        self.assertNotIn("scan-plugin", said)


if __name__ == "__main__":
    unittest.main()
