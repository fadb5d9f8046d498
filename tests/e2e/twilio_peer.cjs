// Twilio's own library (npm twilio 6.2.0, MIT: its file lib/webhooks/webhooks.js is beside this one) as a judge of
// signatures. Reads a JSON array of requests from stdin, each {"token", "url", "form"} or {"token", "url", "body"}, with
// "signature" to be checked; writes an array of the signatures that it would make, and whether it takes the given one.
const twilio = require("./peers/twilio-6.2.0/webhooks.js");

let text = "";
process.stdin.on("data", (chunk) => (text += chunk));
process.stdin.on("end", () => {
  const answers = JSON.parse(text).map((request) => {
    const { token, form, body, signature } = request;
    if (body !== undefined) {
      const url = request.url + "?bodySHA256=" + twilio.getExpectedBodyHash(body);
      const made = twilio.getExpectedTwilioSignature(token, url, {});
      return { url, signature: made, valid: twilio.validateRequestWithBody(token, made, url, body) };
    }
    const made = twilio.getExpectedTwilioSignature(token, request.url, form);
    return { url: request.url, signature: made, valid: signature ? twilio.validateRequest(token, signature, request.url, form) : null };
  });
  process.stdout.write(JSON.stringify(answers));
});
