// npm's smtp-server with faults on demand: node smtp_faults.js FOLDER_OF_MODULES KEY CERT SIZE. Tells its port, then one JSON line an event;
// faults come as JSON lines on its input: {"rcpt": 450, "data": 552, "cut": "after-data" | "amid-data", "token": "…"}.
'use strict';
const [modules, key, cert, size] = process.argv.slice(2);
const { SMTPServer } = require(modules + '/smtp-server');
const fs = require('fs');
let faults = {};
const tell = (event) => process.stdout.write(JSON.stringify(event) + '\n');
const failure = (code, text) => Object.assign(new Error(text), { responseCode: code });

const server = new SMTPServer({
  key: fs.readFileSync(key),
  cert: fs.readFileSync(cert),
  authMethods: ['XOAUTH2', 'PLAIN'],
  authOptional: true,
  size: Number(size),
  onConnect(session, done) {
    tell({ what: 'connect' });
    done();
  },
  onAuth(auth, session, done) {
    const good = auth.method === 'XOAUTH2' ? auth.accessToken === faults.token : auth.password === faults.password;
    tell({ what: 'auth', method: auth.method, good, secure: session.secure });
    if (good) return done(null, { user: auth.username });
    if (auth.method === 'XOAUTH2') return done(null, { data: { status: '401', schemes: 'bearer', scope: 'mail' } });
    done(failure(535, '5.7.8 wrong'));
  },
  onMailFrom(address, session, done) {
    if (faults.mail) return done(failure(faults.mail, 'not now'));
    done();
  },
  onRcptTo(address, session, done) {
    if (faults.rcpt) return done(failure(faults.rcpt, '4.7.1 greylisted, try again in 1 seconds'));
    done();
  },
  onData(stream, session, done) {
    let text = '';
    if (faults.cut === 'amid-data') return stream.once('data', () => { tell({ what: 'cut' }); cut(); });
    stream.on('data', (bytes) => { text += bytes; });
    stream.on('end', () => {
      tell({ what: 'mail', text: text.slice(0, 1000), size: text.length, from: session.envelope.mailFrom.address, user: session.user });
      if (faults.cut === 'after-data') return cut();
      done(faults.data ? failure(faults.data, 'no') : null, 'taken');
    });
  },
});
function cut() {
  for (const connection of server.connections) connection._socket.destroy();
}
server.on('error', (error) => tell({ what: 'error', text: error.message }));
server.listen(0, '127.0.0.1', () => tell({ what: 'port', port: server.server.address().port }));
require('readline').createInterface({ input: process.stdin }).on('line', (line) => {
  faults = JSON.parse(line);
  tell({ what: 'faults' });
});
