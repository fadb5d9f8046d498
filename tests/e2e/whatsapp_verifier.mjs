// The npm package whatsapp-api-js as the receiver of the simulator's webhooks: node whatsapp_verifier.mjs FOLDER APP_SECRET.
// Says {"listening": port}, then of each webhook {"verified": true|false, "from", "text"} as the package understands it.
import http from "node:http";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [folder, appSecret] = process.argv.slice(2);
const file = createRequire(folder + "/package.json").resolve("whatsapp-api-js");
const { WhatsAppAPI } = await import(pathToFileURL(file));
const api = new WhatsAppAPI({ token: "unused", appSecret, v: "v26.0" });
const say = (what) => console.log(JSON.stringify(what));

let heard = {};
api.on.message = ({ from, bsuid, name, message }) => {
  heard = { from: from ?? null, user_id: bsuid ?? null, name: name ?? null, type: message.type, text: message.text?.body ?? null };
};
api.on.status = ({ status, id }) => {
  heard = { status, id };
};

const server = http.createServer((request, response) => {
  const pieces = [];
  request.on("data", (piece) => pieces.push(piece));
  request.on("end", async () => {
    const raw = Buffer.concat(pieces).toString("utf8");
    heard = {};
    let verified = true;
    try {
      await api.post(JSON.parse(raw), raw, request.headers["x-hub-signature-256"]);
    } catch (error) {
      verified = false;
      heard = { error: error.constructor.name };
    }
    say({ verified, ...heard });
    response.writeHead(verified ? 200 : 401).end();
  });
});
server.listen(0, "127.0.0.1", () => say({ listening: server.address().port }));
