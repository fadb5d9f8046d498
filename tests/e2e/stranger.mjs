// A desktop that somebody wrote in JavaScript with nothing but openapi.json: node stranger.mjs CLIENT URL TOKEN
const [, , module, url, token] = process.argv;
const { Client, Problem } = await import(module);
const client = new Client(url, token);
const out = {};

const page = await client.listConversations({ state: "open", limit: 10 });
const conversation = page.items[0];
out.customer = conversation.contact.addresses[0].address;
const messages = await client.listConversationMessages(conversation.id);
out.asked = messages.items.map((message) => message.text);

const options = { "Idempotency-Key": "stranger-1" };
const reply = await client.reply(conversation.id, { text: "Bonjour !" }, options);
out.same = reply.id === (await client.reply(conversation.id, { text: "Bonjour !" }, options)).id;

const changed = await client.changeConversation(conversation.id, { tags: ["vip"], priority: "high" });
out.tags = changed.tags;

try {
  await client.getMessage("nothing");
} catch (problem) {
  out.problem = problem instanceof Problem ? [problem.status, problem.problem.code] : String(problem);
}

const hook = await client.createWebhook({ name: "desk", url: "https://desk.example.com/events" });
await client.removeWebhook(hook.id);
out.secret = hook.secret.startsWith("whsec_");

const events = await client.listEvents({ after: "0", limit: 500 });
out.types = [...new Set(events.items.map((event) => event.type))];
console.log(JSON.stringify(out));
