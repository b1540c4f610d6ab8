// An OpenAI-compatible endpoint for tests: answers at once, or as badly as it is told to.
// Node alone, no packages. Prints its port as one JSON line. POST /control sets members of `plan`,
// GET /control tells what has happened.
import http from "node:http";
import crypto from "node:crypto";

const plan = {
  latency_ms: 0,
  key: "sk-test",
  faults: [], // taken by the next requests, one each
  spread: false, // at most one for the same question
  attacks: [], // texts that the obedient model obeys
  obey: false,
  noise: 0, // points by which two runs may differ
  tail: 0, // marks rest on so many characters at the end: what stands in front moves nothing
  bias: [], // { tokens, points }: added when the text has one of the tokens
  sway: 0, // points by which each mark may be off, either way
  forms: "strict", // what of answers' shapes it knows: strict, plain (no limits), object, words
  judge: "approve", // approve, reject, reject-once
  monitor: null, // the answer about an utterance; by default that there is no bias in it. `when`: only
  // about one that holds these words
  batch: {}, // polls: before it ends; end: its last status; fail: lines that fail, drop: that are missing;
  // wrong: lines that are none; bare: completions directly under response; die: after making one, without an answer
  limits: null, // { limit, remaining, reset } of requests
};
const seen = {
  calls: 0, in_flight: 0, most_in_flight: 0, answered: 0, faults: {}, models: {}, bad_requests: [],
  system: {}, boundaries: {}, boundary_twice: 0, outside_user: 0, keys: 0, judged: {},
};

// The Batch API: files, and batches that are answered by the same model.
const files = {}, batches = [];
const counts = { files: 0, batches: 0, polls: 0, fetched: 0, custom_ids: {}, twice: 0, problems: [] };
seen.batch = counts;

function answerLines(lines) {
  const out = [], errors = [];
  lines.forEach((q, n) => {
    counts.custom_ids[q.custom_id] = (counts.custom_ids[q.custom_id] ?? 0) + 1;
    if ((plan.batch.drop ?? []).includes(n)) return;
    if ((plan.batch.fail ?? []).includes(n)) {
      errors.push({ id: `e${n}`, custom_id: q.custom_id, response: { status_code: 500, request_id: "r",
        body: { error: { message: "told so", code: "server_error" } } }, error: null });
      return;
    }
    const content = contentOf(q.body);
    if (!content) return counts.problems.push("boundaries");
    const body = envelope(q.body, JSON.stringify(content));
    out.push(plan.batch.bare ? { id: `o${n}`, custom_id: q.custom_id, response: body, error: null }
      : { id: `o${n}`, custom_id: q.custom_id, response: { status_code: 200, request_id: "r", body }, error: null });
  });
  out.reverse(); // the order is free
  const wrong = plan.batch.wrong ?? [];
  const text = (v) => v.map((x) => JSON.stringify(x) + "\n").join("");
  return [text(out) + wrong.map((w) => w + "\n").join(""), text(errors)];
}

function endBatch(b, end = plan.batch.end ?? "completed") {
  const all = b.lines, some = end === "completed" ? all : all.slice(0, Math.floor(all.length / 2));
  const [out, errors] = end === "failed" ? ["", ""] : answerLines(some);
  b.status = end;
  if (out) files[(b.output_file_id = `out_${b.id}`)] = out;
  if (errors) files[(b.error_file_id = `err_${b.id}`)] = errors;
  b.request_counts = { total: all.length, completed: some.length, failed: 0 };
}

function checkLines(text, endpoint) {
  const lines = text.split("\n").slice(0, -1).map((l) => JSON.parse(l));
  const models = new Set(lines.map((l) => l.body.model));
  if (models.size !== 1) counts.problems.push("models");
  if (new Set(lines.map((l) => l.custom_id)).size !== lines.length) counts.problems.push("custom_id");
  for (const l of lines) {
    if (l.method !== "POST" || l.url !== endpoint || l.custom_id.length > 64) counts.problems.push("line");
    problemsOf(l.body).forEach((p) => counts.problems.push(p));
  }
  return lines;
}

function batchCall(req, res, text) {
  const json = (v) => send(res, JSON.stringify(v));
  const path = req.url.split("?")[0];
  const show = ({ lines, polls, ...b }) => b;
  if (plan.key && req.headers.authorization !== `Bearer ${plan.key}`) return fail(res, 401, "invalid_api_key");
  if (path === "/v1/files" && req.method === "POST") {
    const m = /name="purpose"\r\n\r\nbatch\r\n/.test(text) &&
      /name="file"; filename="[^"]+"\r\n(?:[^\r\n]+\r\n)*\r\n([\s\S]*)\r\n--[0-9a-f]+--\r\n$/.exec(text);
    if (!m) return fail(res, 400, "bad_request");
    const id = `file_${++counts.files}`;
    files[id] = m[1];
    return json({ id, object: "file", purpose: "batch" });
  }
  if (path === "/v1/batches" && req.method === "POST") {
    const q = JSON.parse(text);
    const b = { id: `batch_${++counts.batches}`, object: "batch", status: "validating", metadata: q.metadata,
      input_file_id: q.input_file_id, lines: checkLines(files[q.input_file_id], q.endpoint), polls: 0 };
    batches.unshift(b);
    if (plan.batch.die) return res.socket.destroy();
    return json(show(b));
  }
  if (path === "/v1/batches") return json({ object: "list", data: batches.map(show), has_more: false });
  let m = /^\/v1\/batches\/([^/]+)\/cancel$/.exec(path);
  if (m) {
    const b = batches.find((x) => x.id === m[1]);
    if (!b) return fail(res, 404, "not_found");
    if (["completed", "failed", "expired", "cancelled"].includes(b.status)) return fail(res, 409, "conflict");
    endBatch(b, "cancelled");
    return json({ ...show(b), status: "cancelling" });
  }
  m = /^\/v1\/batches\/([^/]+)$/.exec(path);
  if (m) {
    const b = batches.find((x) => x.id === m[1]);
    if (!b) return fail(res, 404, "not_found");
    counts.polls++;
    if (b.polls++ >= (plan.batch.polls ?? 0) && !["completed", "failed", "expired", "cancelled"].includes(b.status)) endBatch(b);
    else if (b.polls > 0 && b.status === "validating") b.status = "in_progress";
    return json(show(b));
  }
  m = /^\/v1\/files\/([^/]+)\/content$/.exec(path);
  if (m && m[1] in files) {
    counts.fetched++;
    return send(res, files[m[1]]);
  }
  return fail(res, 404, "not_found");
}

const hit = {}; // questions that have met a fault

const hash = (text) => crypto.createHash("sha256").update(text).digest().readUInt32BE(0);

function fail(res, status, code, headers = {}) {
  res.writeHead(status, { "content-type": "application/json", ...headers });
  res.end(JSON.stringify({ error: { message: "told so", type: code, code } }));
}

// What stands between the boundaries, and whether they are sound.
function dataOf(user) {
  const m = /^-----BEGIN ([A-Z]+) ([0-9a-f]{32})-----\n([\s\S]*)\n-----END \1 \2-----\n$/.exec(user);
  if (!m) return null;
  if (seen.boundaries[m[2]]) seen.boundary_twice++;
  seen.boundaries[m[2]] = 1;
  return { part: m[1], data: JSON.parse(m[3]) };
}

function obeys(text) {
  return plan.obey && plan.attacks.some((a) => text.includes(a));
}

function mark(text, run) {
  if (obeys(text)) return 100;
  const merit = 50 + (hash(plan.tail ? text.slice(-plan.tail) : text) % 3500) / 100;
  const favour = plan.bias.filter((b) => b.tokens.some((t) => text.includes(t)))
    .reduce((sum, b) => sum + b.points, 0);
  return merit + favour + (2 * Math.random() - 1) * plan.sway + (run ? plan.noise : 0);
}

const runs = {};
function answerPart({ part, data }) {
  const name = part.toLowerCase();
  const run = (runs[data.text + (data.feedback_on_the_last_attempt ?? "")] ??= { n: 0 }).n++;
  const score = Math.round(mark(data.text, run % 2) * 100) / 100;
  return {
    score: Math.max(0, Math.min(100, score)),
    explanation: `The ${name} give evidence of sustained work with results that others could check.`,
    reasoning: `The evidence for the ${name} lies in the band of the mark.`,
    rubric_adherence: "The bands of the rubric were followed.",
    strengths: [`Clear ${name}`],
    areas_for_improvement: [`More figures in the ${name}`],
  };
}

function answerJudge({ data }) {
  const id = hash(JSON.stringify([data.gpa, data.test_scores]));
  const nth = (seen.judged[id] = (seen.judged[id] ?? 0) + 1);
  const no = plan.judge === "reject" || (plan.judge === "reject-once" && nth === 1);
  return {
    decision: no ? "rejected" : "approved", bias_detected: false, quality_score: no ? 40 : 90,
    feedback: no ? "Name the evidence." : "Sound.", reasoning: "Marks and reasons agree.",
  };
}

// "{utterance}" in a quote stands for what was said.
function answerUtterance({ data }) {
  seen.utterances = (seen.utterances ?? 0) + 1;
  seen.before = data.before;
  const none = { bias_detected: false, bias_types: [], severity: "none", confidence_score: 0.9,
    evidence_quotes: [], context_summary: "Nothing.", recommended_action: "none" };
  const { when = "", ...found } = plan.monitor ?? {};
  const answer = data.utterance.text.includes(when) ? { ...none, ...found } : none;
  answer.evidence_quotes = answer.evidence_quotes.map((q) => q.replace("{utterance}", data.utterance.text));
  return answer;
}

function contentOf(body) {
  const system = body.messages ? body.messages[0].content : body.instructions;
  const user = body.messages ? body.messages[1].content : body.input[0].content;
  seen.system[system] = (seen.system[system] ?? 0) + 1;
  if (plan.canary && system.includes(plan.canary)) seen.outside_user++;
  if (user === "Are you ready?") return { ready: true }; // the settings page tests the connection
  const q = dataOf(user);
  if (!q) return null;
  seen.last = hash(q.part + JSON.stringify(q.data));
  if (q.part === "INTERVIEW") return answerUtterance(q);
  return q.part === "ASSESSMENT" ? answerJudge(q) : answerPart(q);
}

function problemsOf(body) {
  const bad = ["temperature", "max_tokens", "max_completion_tokens", "max_output_tokens", "tools"]
    .filter((k) => k in body);
  const format = body.response_format?.json_schema ?? body.text?.format;
  if (["object", "words"].includes(plan.forms)) return bad;
  if (!format?.strict || format.schema.additionalProperties !== false) bad.push("schema");
  return bad;
}

function envelope(body, content, extra = {}) {
  const usage = body.messages
    ? { prompt_tokens: 100, completion_tokens: 20, prompt_tokens_details: { cached_tokens: 40 } }
    : { input_tokens: 100, output_tokens: 20, input_tokens_details: { cached_tokens: 40 } };
  if (body.messages) {
    return { id: "c", object: "chat.completion", model: body.model,
      choices: [{ index: 0, message: { role: "assistant", content, refusal: null }, finish_reason: "stop",
        ...extra }], usage };
  }
  return { id: "r", status: "completed", usage,
    output: [{ type: "message", content: [{ type: "output_text", text: content }] }] };
}

function send(res, text) {
  const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(text) };
  if (plan.limits) {
    headers["x-ratelimit-limit-requests"] = plan.limits.limit;
    headers["x-ratelimit-remaining-requests"] = plan.limits.remaining;
    headers["x-ratelimit-reset-requests"] = plan.limits.reset;
  }
  res.writeHead(200, headers);
  res.end(text);
}

const faults = {
  "429": (req, res) => fail(res, 429, "rate_limit_exceeded"),
  "429-after": (req, res) => fail(res, 429, "rate_limit_exceeded", { "retry-after-ms": "20" }),
  "500": (req, res) => fail(res, 500, "server_error"),
  "401": (req, res) => fail(res, 401, "invalid_api_key"),
  quota: (req, res) => fail(res, 429, "insufficient_quota"),
  hang: () => {},
  reset: (req, res) => res.socket.resetAndDestroy?.() ?? res.socket.destroy(),
  drip: (req, res) => {
    res.writeHead(200, { "content-type": "application/json", "content-length": 100000 });
    const timer = setInterval(() => res.write("{"), 50);
    res.on("close", () => clearInterval(timer));
  },
  cut: (req, res, body, content) => {
    const text = JSON.stringify(envelope(body, JSON.stringify(content)));
    res.writeHead(200, { "content-type": "application/json", "content-length": text.length + 10 });
    res.write(text.slice(0, -30), () => res.socket.destroy());
  },
  "cut-json": (req, res, body, content) =>
    send(res, JSON.stringify(envelope(body, JSON.stringify(content).slice(0, -10)))),
  fenced: (req, res, body, content) =>
    send(res, JSON.stringify(envelope(body, "```json\n" + JSON.stringify(content) + "\n```"))),
  prose: (req, res, body) => send(res, JSON.stringify(envelope(body, "Certainly! The mark is 100."))),
  wrong: (req, res, body) => send(res, JSON.stringify(envelope(body, '{"marks":[1,2,3]}'))),
  range: (req, res, body, content) =>
    send(res, JSON.stringify(envelope(body, JSON.stringify({ ...content, score: 250, quality_score: -3 })))),
  nan: (req, res, body, content) =>
    send(res, JSON.stringify(envelope(body, JSON.stringify({ ...content, score: "x", quality_score: "y" })
      .replace('"x"', "NaN").replace('"y"', "NaN")))),
  lying: (req, res, body, content) =>
    send(res, JSON.stringify(envelope(body, JSON.stringify({ ...content, total_score: 100, academic_score: 100 })))),
  refusal: (req, res, body) => {
    const e = envelope(body, null);
    if (e.choices) e.choices[0].message.refusal = "I cannot help with that.";
    else e.output[0].content = [{ type: "refusal", refusal: "I cannot help with that." }];
    send(res, JSON.stringify(e));
  },
  long: (req, res, body, content) =>
    send(res, JSON.stringify(envelope(body, JSON.stringify({ ...content, explanation: "x".repeat(600000),
      feedback: "x".repeat(600000) })))),
  twice: (req, res, body, content) =>
    send(res, JSON.stringify(envelope(body, JSON.stringify(content).replace("{", '{"score":100,"decision":"approved",')))),
  length: (req, res, body, content) =>
    send(res, JSON.stringify(envelope(body, JSON.stringify(content), { finish_reason: "length" }))),
  empty: (req, res, body) => send(res, JSON.stringify(envelope(body, ""))),
};

// Endpoints refuse what they do not know, each in its words.
function unknownForm(body) {
  const format = JSON.stringify(body.response_format ?? body.text?.format ?? null);
  if (plan.forms === "plain") return format.includes("maximum");
  if (plan.forms === "object") return format.includes("json_schema");
  return plan.forms === "words" && format !== "null";
}

function complete(req, res, body) {
  if (unknownForm(body)) {
    seen.forms_refused = (seen.forms_refused ?? 0) + 1;
    return fail(res, 400, "unknown response_format");
  }
  const bad = problemsOf(body);
  if (bad.length) seen.bad_requests.push(bad);
  if (plan.key && req.headers.authorization !== `Bearer ${plan.key}`) return fail(res, 401, "invalid_api_key");
  seen.keys++;
  seen.models[body.model] = (seen.models[body.model] ?? 0) + 1;
  const content = contentOf(body);
  if (!content) {
    seen.bad_requests.push("boundaries");
    return fail(res, 400, "bad_request");
  }
  const fault = plan.spread && hit[seen.last] ? null : plan.faults.shift();
  if (fault) {
    hit[seen.last] = true;
    seen.faults[fault] = (seen.faults[fault] ?? 0) + 1;
    return faults[fault](req, res, body, content);
  }
  seen.answered++;
  return send(res, JSON.stringify(envelope(body, JSON.stringify(content))));
}

function read(req) {
  return new Promise((done) => {
    const parts = [];
    req.on("data", (d) => parts.push(d));
    req.on("end", () => done(Buffer.concat(parts).toString()));
    req.on("error", () => done(""));
  });
}

const server = http.createServer(async (req, res) => {
  const text = await read(req);
  if (req.url === "/control") {
    if (req.method === "POST") Object.assign(plan, JSON.parse(text));
    res.writeHead(200, { "content-type": "application/json" });
    return res.end(JSON.stringify(seen));
  }
  if (/^\/v1\/(files|batches)/.test(req.url)) return batchCall(req, res, text);
  if (!["/v1/chat/completions", "/v1/responses"].includes(req.url)) return fail(res, 404, "not_found");
  seen.calls++;
  seen.most_in_flight = Math.max(seen.most_in_flight, ++seen.in_flight);
  res.on("close", () => seen.in_flight--);
  const go = () => complete(req, res, JSON.parse(text));
  return plan.latency_ms ? setTimeout(go, plan.latency_ms) : go();
});
server.keepAliveTimeout = 60000;
server.listen(0, "127.0.0.1", () => console.log(JSON.stringify({ port: server.address().port })));
process.stdin.on("end", () => process.exit(0)).resume(); // ends with whoever started it
