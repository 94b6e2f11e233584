// A program that uses OpenAI's Node SDK as its documentation shows. It knows nothing of whom it talks to but
// OPENAI_BASE_URL and OPENAI_API_KEY. Prints the name of each operation that worked.

import assert from "node:assert/strict";
import { createRequire } from "node:module";

const { OpenAI } = createRequire(process.env.MODULES)("openai");

const model = "fake-1";
const PIXEL =
  "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
const weather = {
  type: "function",
  function: {
    name: "weather",
    description: "The weather of a city",
    parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
  },
};
const CALL_WEATHER = `Weather? [[fake: tool=weather arguments='{"city": "Paris"}']]`;

const client = new OpenAI({ maxRetries: 0 });
const chat = client.chat.completions;

const says = (content, role = "user") => ({ role, content });
const ask = (content, options = {}) => chat.create({ model, messages: [says(content)], ...options });

async function refusal(kind, content, options = {}, asker = client) {
  const asked = { model, messages: [says(content)], ...options };
  const error = await asker.chat.completions.create(asked).then(() => assert.fail(`no ${kind.name}`), (error) => error);
  assert.ok(error instanceof kind, String(error));
  return error;
}

async function textOf(stream) {
  let text = "";
  for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? "";
  return text;
}

const operations = {
  async listModels() {
    const ids = [];
    for await (const one of client.models.list()) ids.push(one.id);
    assert.ok(ids.includes(model));
  },
  async retrieveModel() {
    assert.equal((await client.models.retrieve(model)).object, "model");
  },
  async askPlainly() {
    const answer = await ask("Hello [[fake: tokens=3]]");
    assert.equal(answer.choices[0].message.content, "word1 word2 word3");
    assert.equal(answer.usage.completion_tokens, 3);
    assert.equal(answer.model, model);
    assert.ok(answer._request_id);
  },
  async stream() {
    assert.equal(await textOf(await ask("Hello [[fake: tokens=3]]", { stream: true })), "word1 word2 word3");
  },
  async streamWithUsage() {
    const options = { stream: true, stream_options: { include_usage: true } };
    const chunks = [];
    for await (const chunk of await ask("Hello [[fake: tokens=3]]", options)) chunks.push(chunk);
    assert.equal(chunks.at(-1).usage.completion_tokens, 3);
    assert.ok(chunks.slice(0, -1).every((chunk) => chunk.usage === null));
  },
  async stopEarly() {
    assert.equal((await ask("Hello [[fake: tokens=9]]", { stop: " word3" })).choices[0].message.content, "word1 word2");
  },
  async sample() {
    const options = { temperature: 0.1, top_p: 0.9, seed: 7, presence_penalty: 0.5, frequency_penalty: -0.5, n: 1 };
    assert.equal((await ask("Hello [[fake: tokens=1]]", options)).choices[0].message.content, "word1");
  },
  async limitTokens() {
    assert.equal((await ask("Hello [[fake: tokens=9]]", { max_tokens: 2 })).choices[0].finish_reason, "length");
  },
  async talkInTurns() {
    const first = await ask("Hello [[fake: tokens=1]]");
    const messages = [says("Hello"), first.choices[0].message, says("More [[fake: tokens=2]]")];
    assert.equal((await chat.create({ model, messages })).choices[0].message.content, "word1 word2");
  },
  async instruct() {
    for (const role of ["system", "developer"]) {
      const messages = [says("Be brief.", role), says("Hello [[fake: tokens=1]]")];
      assert.equal((await chat.create({ model, messages })).choices[0].message.content, "word1");
    }
  },
  async runTools() {
    const asked = [];
    const tool = { ...weather.function, parse: JSON.parse, function: ({ city }) => (asked.push(city), "18 degrees") };
    const runner = chat.runTools({ model, messages: [says(CALL_WEATHER)], tools: [{ type: "function", function: tool }] });
    assert.equal(await runner.finalContent(), "The tool says: 18 degrees");
    assert.deepEqual(asked, ["Paris"]);
  },
  async callToolsInAStream() {
    const stream = chat.stream({ model, messages: [says(CALL_WEATHER)], tools: [weather] });
    const [choice] = (await stream.finalChatCompletion()).choices;
    assert.equal(choice.finish_reason, "tool_calls");
    assert.equal(choice.message.tool_calls[0].function.arguments, '{"city": "Paris"}');
  },
  async writeJson() {
    const answer = await ask("Say something in JSON", { response_format: { type: "json_object" } });
    assert.deepEqual(JSON.parse(answer.choices[0].message.content), { said: "Say something in JSON" });
  },
  async followASchema() {
    const schema = { type: "object", properties: { rooms: { type: "integer" } }, required: ["rooms"] };
    const response_format = { type: "json_schema", json_schema: { name: "event", schema, strict: true } };
    const answer = await chat.parse({ model, messages: [says("Which event?")], response_format });
    assert.deepEqual(JSON.parse(answer.choices[0].message.content), { rooms: 1 });
  },
  async showAnImage() {
    const parts = [{ type: "text", text: "What? [[fake: tokens=1]]" }, { type: "image_url", image_url: { url: PIXEL } }];
    const answer = await chat.create({ model: "fake-sees", messages: [says(parts)] });
    assert.equal(answer.choices[0].message.content, "word1");
  },
  async lookAtProbabilities() {
    const answer = await ask("Hello [[fake: tokens=2]]", { logprobs: true, top_logprobs: 2 });
    assert.deepEqual(answer.choices[0].logprobs.content.map((entry) => entry.token), ["word1", " word2"]);
  },
  async leaveAStream() {
    const stream = await ask("Hello [[fake: tokens=2000 rate=100]]", { stream: true });
    for await (const _ of stream) break;
    stream.controller.abort();
  },
  async store() {
    const messages = [says("Keep this [[fake: tokens=1]]")];
    const { response } = await chat.create({ model, messages, store: true }).withResponse();
    assert.ok(response.headers.get("x-conversation-id"));
  },
  async meetAWrongKey() {
    const stranger = new OpenAI({ apiKey: "ck-wrong", maxRetries: 0 });
    const error = await refusal(OpenAI.AuthenticationError, "Hello", {}, stranger);
    assert.deepEqual([error.status, error.code], [401, "invalid_api_key"]);
  },
  async meetAnUnknownModel() {
    assert.equal((await refusal(OpenAI.NotFoundError, "Hello", { model: "gpt-nothing" })).code, "model_not_found");
  },
  async meetARateLimit() {
    const limited = new OpenAI({ apiKey: process.env.LIMITED_API_KEY, maxRetries: 0 });
    await limited.chat.completions.create({ model, messages: [says("Hello")] });
    const error = await refusal(OpenAI.RateLimitError, "Hello", {}, limited);
    assert.equal(error.code, "rate_limit_exceeded");
    assert.ok(Number(error.headers.get("retry-after")) > 0);
  },
  async meetTheEndOfTheContext() {
    const error = await refusal(OpenAI.BadRequestError, "Hello [[fake: context=0]]");
    assert.deepEqual([error.code, error.param], ["context_length_exceeded", "messages"]);
  },
  async meetTheContentPolicy() {
    assert.equal((await refusal(OpenAI.BadRequestError, "a badword")).code, "content_policy_violation");
  },
  async meetAWrongParameter() {
    assert.equal((await refusal(OpenAI.BadRequestError, "Hello", { temperature: 3 })).param, "temperature");
  },
  async meetABrokenStream() {
    const stream = await ask("Hello [[fake: tokens=9 cut_after=3]]", { stream: true });
    await assert.rejects(textOf(stream), (error) => error.code === "provider_unavailable");
  },
  async meetAProviderThatIsDown() {
    assert.equal((await refusal(OpenAI.InternalServerError, "Hello [[fake: 500]]")).status, 503);
  },
};

for (const [name, operation] of Object.entries(operations)) {
  await operation();
  console.log(name);
}
