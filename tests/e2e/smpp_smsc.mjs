// An SMSC made of the npm package smpp. Says what happens as one JSON object a line; does what it is told, a line each:
// "throttle N", "drop N" (takes N submits without an answer, then cuts), "deliver TEXT".
import {createRequire} from "node:module";
import readline from "node:readline";

const smpp = createRequire(process.argv[2] + "/")("smpp");
const say = (what) => process.stdout.write(JSON.stringify(what) + "\n");
let throttle = 0, drop = 0, id = 1_600_000_000;
const bound = new Set();

function onSubmit(session, pdu) {
  const text = pdu.short_message.message;
  if (throttle > 0) {
    throttle--;
    say({throttled: text});
    return session.send(pdu.response({command_status: smpp.ESME_RTHROTTLED}));
  }
  if (drop > 0) {
    say({taken: text, answered: false});
    if (--drop === 0) session.destroy();
    return;
  }
  const mine = (id++).toString(16);
  say({taken: text, answered: true, udh: pdu.short_message.udh ? pdu.short_message.udh.length : 0});
  session.send(pdu.response({message_id: mine}));
  const stamp = "2611211000";
  session.deliver_sm({
    source_addr: pdu.destination_addr, destination_addr: pdu.source_addr, esm_class: 4, data_coding: 0,
    short_message: `id:${parseInt(mine, 16)} sub:001 dlvrd:001 submit date:${stamp} done date:${stamp} stat:DELIVRD err:000 text:`,
  });
}

const server = smpp.createServer((session) => {
  session.on("error", () => {});
  session.on("close", () => { bound.delete(session); say({closed: true}); });
  session.on("bind_transceiver", (pdu) => {
    session.send(pdu.response({system_id: "NPM"}));
    bound.add(session);
    say({bound: pdu.system_id, password: pdu.password});
  });
  session.on("submit_sm", (pdu) => onSubmit(session, pdu));
  session.on("enquire_link", (pdu) => session.send(pdu.response()));
  session.on("unbind", (pdu) => { session.send(pdu.response()); session.close(); say({unbound: true}); });
});
server.listen(0, "127.0.0.1", () => say({listening: server.address().port}));

readline.createInterface({input: process.stdin}).on("line", (line) => {
  const [verb, ...rest] = line.split(" ");
  if (verb === "throttle") throttle = Number(rest[0]);
  if (verb === "drop") drop = Number(rest[0]);
  if (verb === "deliver") for (const session of bound)
    session.deliver_sm({source_addr_ton: 1, source_addr_npi: 1, source_addr: "447700900001", destination_addr: "15550001", data_coding: 0,
                        short_message: rest.join(" ")}, (pdu) => say({answered: pdu.command_status}));
});
