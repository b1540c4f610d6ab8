/* What every browser test needs: the real binary in a folder of its own, staff and students, and
 * Chromium with a watch on its console. ENIGMA_TEST_DATABASE puts the data on PostgreSQL. */
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { createRequire } from "node:module";
import assert from "node:assert/strict";
import { chromium } from "playwright-core";

const here = dirname(fileURLToPath(import.meta.url));
export const bin = process.env.ENIGMA_BIN ?? resolve(here, "../../build/enigma");
const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const FAST = { BCRYPT_COST: "4", THROTTLE_PERCENT: "0", LOG_LEVEL: "warning", DEMO: "true" };
export const PASSWORD = "correct horse battery staple";
/* A sanitized binary on a busy machine is slow; nothing is asserted about time. */
const PATIENCE_MS = 60000;

class Database {
  constructor() {
    this.server = process.env.ENIGMA_TEST_DATABASE;
    this.direct = process.env.ENIGMA_TEST_DIRECT ?? this.server;
    if (!this.server) return;
    this.name = `enigma_web_${process.pid}_${Math.floor(performance.now() * 1000)}`;
    this.sql(`CREATE DATABASE ${this.name} TEMPLATE template0 STRATEGY file_copy`);
  }
  url(server, name = this.name) {
    const url = new URL(server);
    url.pathname = `/${name}`;
    return url.toString();
  }
  sql(text) {
    execFileSync("psql", ["-qAtX", "-v", "ON_ERROR_STOP=1", "-c", text, this.url(this.direct, "postgres")]);
  }
  get env() {
    if (!this.server) return {};
    return { DATABASE_URL: this.url(this.server), ...(process.env.ENIGMA_TEST_POOLER ? { DATABASE_DIRECT_URL: this.url(this.direct) } : {}) };
  }
  drop() {
    if (this.server) this.sql(`DROP DATABASE IF EXISTS ${this.name} WITH (FORCE)`);
  }
}

/** `enigma serve` with one administrator; use it as: const app = await App.start(); … await app.stop(). */
export class App {
  constructor(env) {
    this.dir = mkdtempSync(join(tmpdir(), "enigma-web-"));
    this.database = new Database();
    this.env = { ...process.env, ...FAST, ...this.database.env, ...env };
  }
  static async start(env = {}) {
    const app = new App(env);
    app.command("create-admin", "--username", "root", "--email", "root@example.org", "--role", "super_admin", "--password-stdin");
    await app.serve();
    return app;
  }
  /** As installed: nobody is there yet, and setupUrl makes the first. */
  static async bare(env = {}) {
    const app = new App(env);
    await app.serve();
    app.setupUrl = JSON.parse((await app.lines.next()).value).setup_url;
    return app;
  }
  /** One more member of staff, with the same password. */
  async staff(username, role) {
    return this.admin("POST", "/admin/users", { username, email: `${username}@example.org`, password: PASSWORD, role });
  }
  command(...args) {
    return execFileSync(bin, [...args, "--data-dir", this.dir], { env: this.env, input: `${PASSWORD}\n`, encoding: "utf8" });
  }
  async serve(port = 0) {
    this.process = spawn(bin, ["serve", "--data-dir", this.dir, "--listen", `127.0.0.1:${port}`, "--json"], { env: this.env, stdio: ["ignore", "pipe", "pipe"] });
    let errors = "";
    this.process.stderr.on("data", (chunk) => { errors += chunk; });
    this.errors = () => errors;
    this.lines = createInterface({ input: this.process.stdout })[Symbol.asyncIterator]();
    const first = await this.lines.next();
    if (first.done) throw new Error(`the server did not start: ${errors}`);
    this.port = JSON.parse(first.value).port;
    this.url = `http://127.0.0.1:${this.port}`;
  }
  ended() {
    return new Promise((done) => (this.process.exitCode !== null || this.process.signalCode !== null ? done() : this.process.once("exit", done)));
  }
  /** As a power cut would; serve() on the same port brings it back. */
  async kill() {
    this.process.kill("SIGKILL");
    await this.ended();
  }
  async stop() {
    this.process.kill("SIGTERM");
    await this.ended();
    this.database.drop();
    rmSync(this.dir, { recursive: true, force: true });
    assert.doesNotMatch(this.errors(), /AddressSanitizer|runtime error|LeakSanitizer/);
  }
  async call(method, path, body, token) {
    const headers = { "Content-Type": "application/json", ...(token ? { Authorization: `Bearer ${token}` } : {}) };
    const reply = await fetch(this.url + path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
    const text = await reply.text();
    assert.ok(reply.ok, `${method} ${path}: ${reply.status} ${text}`);
    return text ? JSON.parse(text) : undefined;
  }
  async token() {
    this.kept ??= (await this.call("POST", "/admin/auth/login", { username: "root", password: PASSWORD })).token;
    return this.kept;
  }
  /** A call with the administrator's rights. */
  async admin(method, path, body) {
    return this.call(method, path, body, await this.token());
  }
  async cycle(more = {}) {
    const day = 86400000, at = (days) => new Date(Date.now() + days * day).toISOString();
    return this.admin("POST", "/admin/cycles", { cycle_name: "Autumn term", max_seats: 2, start_date: at(-1), end_date: at(20), result_date: at(40), ...more });
  }
}

/** The model endpoint of tests/peers: env for the server, control() sets and tells. */
export class Models {
  static async start() {
    const own = new Models();
    own.process = spawn(process.execPath, [resolve(here, "../peers/llm_stub.mjs")], { stdio: ["pipe", "pipe", "inherit"] });
    const line = await new Promise((done, fail) => {
      createInterface({ input: own.process.stdout }).once("line", done);
      own.process.once("exit", () => fail(new Error("the model endpoint did not start")));
    });
    own.url = `http://127.0.0.1:${JSON.parse(line).port}`;
    return own;
  }
  get env() {
    return { LLM_BASE_URL: `${this.url}/v1`, OPENAI_API_KEY: "sk-test" };
  }
  async control(plan) {
    const reply = await fetch(`${this.url}/control`, plan ? { method: "POST", body: JSON.stringify(plan) } : {});
    return reply.json();
  }
  stop() {
    this.process.kill();
  }
}

/** A microphone: sentences spoken by flite with pauses, as a WAV that Chromium plays again and again. */
export function voice(path, sentences, pauseS) {
  const pieces = sentences.map((text) => {
    execFileSync("flite", ["-voice", "rms", "-t", text, "-o", path]);
    const file = readFileSync(path), at = file.indexOf("data");
    return file.subarray(at + 8, at + 8 + file.readUInt32LE(at + 4));
  });
  const head = readFileSync(path).subarray(0, 44), rate = head.readUInt32LE(24);
  assert.equal(head.toString("latin1", 36, 40), "data");
  const sound = Buffer.concat(pieces.flatMap((piece) => [piece, Buffer.alloc(2 * rate * pauseS)]));
  head.writeUInt32LE(36 + sound.length, 4);
  head.writeUInt32LE(sound.length, 40);
  writeFileSync(path, Buffer.concat([head, sound]));
  return `--use-file-for-fake-audio-capture=${path}`;
}

/** Chromium with pages that fail the test on any console error or breach of the content policy. */
export class Browser {
  static async start(args = []) {
    const own = new Browser();
    own.chromium = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", ...args] });
    return own;
  }
  /** allow: console errors that the test provokes, as a regular expression. */
  async page({ scheme = "light", width = 1280, height = 900, language = "en", allow = /(?!)/, ...more } = {}) {
    const context = await this.chromium.newContext({ colorScheme: scheme, viewport: { width, height }, reducedMotion: "reduce", locale: "en-GB", timezoneId: "Asia/Karachi", ...more });
    context.setDefaultTimeout(PATIENCE_MS);
    await context.addInitScript((code) => { try { if (code !== "en") localStorage.setItem("enigma.language", code); } catch { /* about:blank */ } }, language);
    const page = await context.newPage();
    page.complaints = [];
    page.on("console", (m) => { if (m.type() === "error" && !allow.test(m.text())) page.complaints.push(m.text()); });
    page.on("pageerror", (e) => page.complaints.push(String(e)));
    return page;
  }
  stop() {
    return this.chromium.close();
  }
}

/** Zero findings of axe in every rule of WCAG 2.0 to 2.2, A and AA. */
export async function checkAxe(page, where = page.url()) {
  await page.evaluate(axeSource);
  const found = await page.evaluate(async () => {
    const result = await window.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] });
    return result.violations.map((v) => `${v.id}: ${v.nodes.map((n) => `${n.target.join(" ")} (${n.failureSummary})`).join("; ")}`);
  });
  assert.deepEqual(found, [], where);
}

/** Nothing is wider than the window: no sideways scrolling on a telephone. */
export async function checkFits(page, where = page.url()) {
  const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.ok(over <= 0, `${where}: ${over} px wider than the window`);
}

/** From the next page on, window.sockets and window.connections hold what it opens; new audio sockets
 * are shut at once while window.deaf is set. */
export const watchSockets = (page) => page.addInitScript(() => {
  window.connections = [];
  window.sockets = [];
  const Connection = window.RTCPeerConnection, Socket = window.WebSocket;
  window.RTCPeerConnection = class extends Connection { constructor(...a) { super(...a); window.connections.push(this); } };
  window.WebSocket = class extends Socket { constructor(...a) { super(...a); window.sockets.push(this); if (window.deaf && /audio/.test(String(a[0]))) this.close(); } };
});
export const ready = (page) => page.waitForSelector("html[data-ready]");
/** Signs the page in as a made-up person and stands on /student. */
export async function signInStudent(page, app, which = 0) {
  await page.goto(`${app.url}/demo`);
  await page.locator("#people button").nth(which).click();
  await page.waitForURL("**/student");
}
export async function signInStaff(page, app, username = "root") {
  await page.goto(`${app.url}/staff/signin`);
  await page.locator("main [name=username]").fill(username);
  await page.locator("main [name=password]").fill(PASSWORD);
  await page.locator("main [type=submit]").click();
  await page.waitForURL((url) => url.pathname === "/staff");
}

const STEPS = [["freeze", "frozen"], ["preprocess", "preprocessing"], ["export", "batch_prep"], ["processing", "scored"], ["select", "selection"], ["publish", "published"]];
/** Takes a cycle from submission to a later phase with the builtin evaluator. */
export async function toPhase(app, cycleId, last) {
  for (const [step, phase] of STEPS) {
    await app.admin("POST", `/admin/cycles/${cycleId}/${step}`, step === "processing" ? { provider: "builtin" } : undefined);
    for (;;) {
      const status = await app.admin("GET", `/admin/cycles/${cycleId}/status`);
      const jobs = await app.admin("GET", `/jobs?cycle_id=${cycleId}`);
      if (status.phase === phase && jobs.every((j) => ["completed", "failed", "cancelled"].includes(j.state))) break;
      await new Promise((done) => setTimeout(done, 50));
    }
    if (phase === last) return;
  }
}
export const publish = (app, cycleId) => toPhase(app, cycleId, "published");
export const ESSAY = "I built a small weather station on the roof and measured rain and wind for two years. " +
  "My teacher Amara Okafor showed me how to solder, and I wrote the program myself. The data helped three farmers to plan. " +
  "I want to study physics because measuring made me curious about the theory behind it.";
/** Fills the four steps in and stands on the review. */
export async function fillApplication(page, app) {
  await page.goto(`${app.url}/apply`);
  await page.getByLabel("Full name").fill("Amara Okafor");
  await page.getByRole("button", { name: "Continue" }).click();
  await page.waitForURL("**/apply/grades");
  await page.getByLabel("Grade point average").fill("3.75");
  await page.getByLabel("Add a test").selectOption("SAT");
  await page.getByRole("textbox", { name: "SAT" }).fill("1480");
  await page.getByRole("button", { name: "Continue" }).click();
  await page.waitForURL("**/apply/essay");
  await page.getByRole("textbox", { name: "Essay" }).fill(ESSAY);
  await page.getByRole("button", { name: "Continue" }).click();
  await page.waitForURL("**/apply/achievements");
  await page.getByRole("textbox", { name: "Achievements" }).fill("Second prize at the regional physics fair, 2025.\nTaught programming to younger pupils for a year.");
  await page.getByRole("button", { name: "Continue" }).click();
  await page.waitForURL("**/apply/review");
}
/** Applications of n made-up people, sent without a browser; stronger ones first. */
export async function applicants(app, n) {
  const people = await app.call("GET", "/auth/demo/personas");
  for (let i = 0; i < n; i++) {
    const signedIn = await fetch(`${app.url}/auth/demo/personas`, { method: "POST", headers: { "Content-Type": "application/json", "Sec-Fetch-Site": "same-origin" }, body: JSON.stringify({ persona_id: people[i].persona_id }) });
    assert.ok(signedIn.ok, await signedIn.text());
    const cookie = signedIn.headers.getSetCookie().map((c) => c.split(";")[0]).join("; ");
    const body = { name: people[i].display_name, email: people[i].email, phone: "+92 300 1234567", address: "12 Canal Road, Lahore", gpa: 4 - i * 0.3, test_scores: { SAT: 1550 - i * 70 },
      essay: ESSAY, achievements: "Second prize at the regional physics fair, 2025. Taught programming to younger pupils for a year." };
    const sent = await fetch(`${app.url}/applications`, { method: "POST", headers: { "Content-Type": "application/json", "Sec-Fetch-Site": "same-origin", Cookie: cookie }, body: JSON.stringify(body) });
    assert.ok(sent.ok, await sent.text());
  }
}

/** An interview of the persona whose application is in, by the administrator: its number. */
export async function interview(app, cycleId) {
  await toPhase(app, cycleId, "scored");
  await app.admin("POST", `/admin/cycles/${cycleId}/select`, { mode: "shortlist", factor: 1 });
  const [row] = await app.admin("GET", `/admin/cycles/${cycleId}/applications?status=shortlisted`);
  const made = await app.admin("POST", "/admin/interviews/schedule", { anonymized_id: row.anonymized_id, interview_time: new Date(Date.now() + 60000).toISOString() });
  return made.id;
}
