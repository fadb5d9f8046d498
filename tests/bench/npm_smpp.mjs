// Yardstick: the npm package smpp as bare server and bare client, each in a process of its own, nothing durable, a window
// of 50. node npm_smpp.mjs FOLDER in|out SECONDS prints how many messages a second were answered; "in" is deliver_sm
// from server to client, "out" submit_sm from client to server.
import {fork} from "node:child_process";
import {createRequire} from "node:module";

const [folder, direction, seconds, port] = process.argv.slice(2);
const smpp = createRequire(folder + "/")("smpp");
const WINDOW = 50;
const text = "Bonjour Ana, votre colis est au relais de la rue des Lilas depuis ce matin. Bonne journee !";
const message = {source_addr_ton: 1, source_addr_npi: 1, source_addr: "447700900001", destination_addr_ton: 1, destination_addr_npi: 1,
                 destination_addr: "447700900002", data_coding: 0, short_message: text};

function run(send, done) {
  const begin = process.hrtime.bigint(), end = begin + BigInt(Math.round(seconds * 1e9));
  let answered = 0, open = WINDOW;
  const next = () => {
    if (process.hrtime.bigint() < end) return send(() => { answered++; next(); });
    if (--open === 0) done(answered / (Number(process.hrtime.bigint() - begin) / 1e9));
  };
  for (let i = 0; i < WINDOW; i++) next();
}

function finish(rate) {
  console.log("RATE " + rate.toFixed(1));
  process.exit(0);
}

if (port) {  // the client
  const session = smpp.connect({url: "smpp://127.0.0.1:" + port});
  session.on("connect", () => session.bind_transceiver({system_id: "bench", password: "bench"}, () => {
    if (direction === "out") run((answered) => session.submit_sm(message, answered), (rate) => { process.send(rate); });
  }));
  session.on("deliver_sm", (pdu) => session.send(pdu.response()));
} else {
  let id = 0;
  const server = smpp.createServer((session) => {
    session.on("error", () => {});
    session.on("submit_sm", (pdu) => session.send(pdu.response({message_id: String(++id)})));
    session.on("bind_transceiver", (pdu) => {
      session.send(pdu.response());
      if (direction === "in") run((answered) => session.deliver_sm(message, answered), finish);
    });
  });
  server.listen(0, "127.0.0.1", () => {
    const client = fork(new URL(import.meta.url), [folder, direction, seconds, server.address().port]);
    client.on("message", (rate) => { client.kill(); finish(rate); });
    process.on("exit", () => client.kill());
  });
}
