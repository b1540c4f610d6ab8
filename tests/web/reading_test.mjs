/* Finding and reading applications, the batch page, what a publication tells, and a long list. */
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { App, applicants, Browser, checkAxe, checkFits, ESSAY, signInStaff, signInStudent, toPhase } from "./support.mjs";

const NOT_SIGNED_IN = /status of 40[13]/, PEOPLE = 6, LONG = 10000, DOM_ROWS_MAX = 80;
let app, browser, cycle, base;
before(async () => {
  app = await App.start();
  browser = await Browser.start();
  cycle = await app.cycle();
  base = `${app.url}/staff/cycles/${cycle.cycle_id}`;
  await applicants(app, PEOPLE);
  await toPhase(app, cycle.cycle_id, "scored");
});
after(async () => {
  await browser?.stop();
  await app?.stop();
});

const rows = (page) => page.locator("table.data tbody tr[data-row]");
const list = (query) => app.admin("GET", `/admin/cycles/${cycle.cycle_id}/applications${query}`);
async function staffPage(path, more = {}) {
  const page = await browser.page({ allow: NOT_SIGNED_IN, ...more });
  await signInStaff(page, app);
  await page.goto(base + path);
  return page;
}
const shows = (page, n) => page.waitForFunction((want) => document.querySelectorAll("table.data tbody tr[data-row]").length === want, n);

test("the query box filters, says what it does not understand, and views are kept", async () => {
  const page = await staffPage("/applications"), box = page.getByLabel("Find applications");
  await shows(page, PEOPLE);
  const best = (await list("?sort=total&descending=true"))[0];
  await box.fill(`total:>=${best.final_score}`);
  await page.keyboard.press("Enter");
  await shows(page, 1);
  assert.match(await rows(page).first().textContent(), new RegExp(best.anonymized_id));
  assert.match(page.url(), /[?&]q=total/);
  for (const [text, words] of [["colour:red", /no such property/], ["status:done", /a status is one of/], ["essay:good", /stands a number/], ["total:>120", /0 to 100/], ["essay:<60 essay:<50", /said before/], ["is:late", /held, flagged, review/]]) {
    await box.fill(text);
    assert.match(await page.locator("#query-help [role=alert]").textContent(), words);
    assert.equal(await page.getByRole("button", { name: "Find", exact: true }).isDisabled(), true);
  }
  await checkAxe(page, "a query that is not understood");
  await box.fill("is:review");
  await page.keyboard.press("Enter");
  await page.locator(".empty").waitFor();
  await page.getByRole("button", { name: "Save this view" }).click();
  await page.getByLabel("Name of the view").fill("For Monday");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByRole("button", { name: "All", exact: true }).click();
  await shows(page, PEOPLE);
  await page.reload();
  await page.getByRole("button", { name: "For Monday", exact: true }).click();
  await page.locator(".empty").waitFor();
  assert.equal(await box.inputValue(), "is:review");
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test("reading goes through the list in its order by the keyboard, and back keeps the place", async () => {
  const page = await staffPage("/applications?sort=-total"), order = (await list("?sort=total&descending=true")).map((a) => a.anonymized_id);
  await shows(page, PEOPLE);
  assert.equal(await page.locator(".news.unread").count(), PEOPLE);
  await page.locator(".table-scroll").focus();
  await page.keyboard.press("ArrowDown");
  await page.waitForSelector('tr[data-row="1"]:focus');
  await page.keyboard.press("Enter");
  const at = (i) => page.getByRole("heading", { level: 1, name: order[i] }).waitFor();
  await at(1);
  await page.locator("#read-essay .reading").waitFor();
  const text = await page.locator("main").textContent();
  for (const never of ["APP_", "STU_", "Okafor", "Canal Road", "@"]) assert.ok(!text.includes(never), never);
  assert.match(text, /Rubric[^]*approved|approved[^]*Rubric/);
  await page.locator(".actions button[aria-keyshortcuts=j]:not([aria-disabled])").waitFor();
  for (const [scheme, width] of [["light", 1280], ["dark", 1280], ["light", 320]]) {
    await page.emulateMedia({ colorScheme: scheme });
    await page.setViewportSize({ width, height: 900 });
    await checkAxe(page, `reading ${scheme} ${width}`);
    await checkFits(page, `reading ${width}`);
  }
  await page.setViewportSize({ width: 1280, height: 900 });
  await page.keyboard.press("j");
  await at(2);
  await page.locator(".actions button[aria-keyshortcuts=k]:not([aria-disabled])").waitFor();
  await page.keyboard.press("k");
  await at(1);
  await page.locator(".actions button[aria-keyshortcuts=j]:not([aria-disabled])").waitFor();
  await page.keyboard.press("j");
  await at(2);
  await page.locator("#read-marks").waitFor();
  await page.keyboard.press("3");
  assert.equal(await page.evaluate(() => document.activeElement.id), "read-marks");
  await page.keyboard.press("?");
  assert.match(await page.getByRole("dialog").textContent(), /Previous application/);
  await checkAxe(page, "the keys");
  const single = page.getByLabel("Single keys work on this page");
  await single.uncheck();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await page.keyboard.press("?");
  await page.keyboard.press("j");
  assert.equal(await page.getByRole("dialog").count(), 0);
  await at(2);
  await page.getByRole("button", { name: "Keys" }).click();
  await single.check();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await page.keyboard.press("u");
  await page.waitForURL(/\/applications\?sort=-total$/);
  await page.waitForSelector('tr[data-row="2"].current');
  assert.equal(await page.locator(".news.unread").count(), PEOPLE - 2);
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test("the first has none before it and the last none after it; a stranger's number is not there", async () => {
  const page = await staffPage("", { allow: /status of 40[0134]/ }), order = (await list("?sort=essay")).map((a) => a.anonymized_id);
  await page.goto(`${base}/applications/${order.at(-1)}?sort=essay`);
  await page.locator(".actions button[aria-keyshortcuts=k]:not([aria-disabled])").waitFor();
  assert.equal(await page.locator(".actions button[aria-keyshortcuts=j]").getAttribute("aria-disabled"), "true");
  await page.goto(`${base}/applications/${order[0]}?sort=essay`);
  await page.locator(".actions button[aria-keyshortcuts=j]:not([aria-disabled])").waitFor();
  assert.equal(await page.locator(".actions button[aria-keyshortcuts=k]").getAttribute("aria-disabled"), "true");
  await page.goto(`${base}/applications/ANON_NOBODY`);
  await page.getByText("This is not here, or not for you to see.").first().waitFor();
  await page.context().close();
});

test("the batch page: what was scored, what failed, and bad lines by number", async () => {
  const other = await app.cycle({ cycle_name: "By hand" });
  await applicants(app, 2);
  await toPhase(app, other.cycle_id, "batch_prep");
  await app.admin("POST", `/admin/cycles/${other.cycle_id}/processing`, { provider: "external" });
  const page = await staffPage(""), path = `${app.url}/staff/cycles/${other.cycle_id}/batch`;
  for (const [scheme, width] of [["light", 1280], ["dark", 1280], ["light", 320]]) {
    await page.emulateMedia({ colorScheme: scheme });
    await page.setViewportSize({ width, height: 900 });
    await page.goto(path);
    await page.getByText("Take the results in").first().click();
    await page.getByText("Files at the endpoint").first().click();
    await page.getByText("enigma batch submit").first().or(page.getByText("No file of questions")).first().waitFor();
    await checkAxe(page, `batch ${scheme} ${width}`);
    await checkFits(page, `batch ${width}`);
  }
  const [good] = await app.admin("GET", `/admin/cycles/${other.cycle_id}/applications`);
  const lines = `{"anonymized_id":"ANON_NOBODY","essay_score":50}\nnot JSON\n{"anonymized_id":"${good.anonymized_id}"}\n`;
  await page.getByLabel("File of results (JSONL)").first().setInputFiles({ name: "results.jsonl", mimeType: "application/x-ndjson", buffer: Buffer.from(lines) });
  await page.getByRole("button", { name: "Take the results in" }).first().click();
  await page.getByText(/0 taken in/).first().waitFor();
  const report = await page.locator(".notice table").first().textContent();
  assert.match(report, /1ANON_NOBODYacademic_score: Field required2[^]*JSON/);
  await page.goto(`${base}/batch`);
  await page.getByText("What failed, and why").first().click();
  await page.getByText("Nothing failed.").first().waitFor();
  await page.getByText("The Judge rejected nothing so far.").waitFor();
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

/* Rejections need models that fail, and running work needs luck: the answers are made here. */
test("a thread of rejections, orders in a text, and work that runs are told", async () => {
  const page = await staffPage(""), [first] = await list(""), one = await app.admin("GET", `/admin/cycles/${cycle.cycle_id}/applications/${first.anonymized_id}`), [at] = one.attempts;
  const twice = { ...one, injection_score: 5, signs: "an order to whoever marks", attempts: [{ ...at, decision: "rejected", bias_detected: true, quality: 52, feedback: "The explanation names a place." }, { ...at, attempt: 2 }] };
  const job = { job_id: "JOB_1", kind: "evaluate", admission_cycle_id: cycle.cycle_id, state: "running", params: {}, stage: "score", total: 10000, done: 4200, failed: 3, attempts: 1 };
  const moved = { ...job, done: 4321, items_per_minute: 812.5, eta_seconds: 420, use: { in_review: 2, calls: 9000, retries: 12, rejections: 31, tokens_in: 5200000, tokens_out: 810000, cost_micro: 12340000, models: [] } };
  await page.route(new RegExp(`/admin/.*/applications/${first.anonymized_id}$`), (r) => r.fulfill({ json: twice }));
  await page.route(/\/applications\?.*attempts_min=2/, (r) => r.fulfill({ json: [{ ...first, attempts: 2 }] }));
  await page.route(/\/jobs\?/, (r) => r.fulfill({ json: [job] }));
  await page.route(/\/jobs\/JOB_1\/events/, (r) => r.fulfill({ contentType: "text/event-stream", body: `id: 1\nevent: progress\ndata: ${JSON.stringify(moved)}\n\n` }));
  await page.route(/\/admin\/batch\/\d+\/failures/, (r) => r.fulfill({ json: [{ job_id: "JOB_1", item_id: first.anonymized_id, reason: "the endpoint answered 500", failed_at: new Date().toISOString() }] }));
  await page.route(/\/admin\/batch\/\d+\/files/, (r) => r.fulfill({ json: [{ model_batch_id: "MB1", pass: "worker", state: "submitted", model: "a-model", questions: 5000, remote_state: "in_progress", imported: 0, refused: 0 }] }));
  for (const [scheme, width] of [["light", 1280], ["dark", 1280], ["light", 320]]) {
    await page.emulateMedia({ colorScheme: scheme });
    await page.setViewportSize({ width, height: 900 });
    await page.goto(`${base}/applications/${first.anonymized_id}`);
    await page.locator("#read-attempts li").nth(1).waitFor();
    assert.match(await page.locator("main").textContent(), /an order to whoever marks[^]*rejected[^]*bias seen[^]*names a place[^]*Attempt 2/);
    await checkAxe(page, `thread ${scheme} ${width}`);
    await checkFits(page, `thread ${width}`);
    await page.goto(`${base}/batch`);
    await page.getByText("813 a minute").waitFor();
    await page.getByText("6,010,000").waitFor();
    await page.getByText("12.34").waitFor();
    for (const summary of await page.locator(".later summary").all()) await summary.click();
    await page.getByText("the endpoint answered 500").waitFor();
    await page.getByText("in_progress").waitFor();
    await page.locator(".attempts li").nth(1).waitFor();
    await checkAxe(page, `work ${scheme} ${width}`);
    await checkFits(page, `work ${width}`);
  }
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test("autosave: the way to the server and back, as the browser measures it, is printed", async (t) => {
  await app.cycle({ cycle_name: "For drafts" });
  const page = await browser.page({ allow: /status of 40[1346]|status of 412/ });
  await signInStudent(page, app, PEOPLE + 1);
  await page.goto(`${app.url}/apply/essay`);
  const essay = page.getByRole("textbox", { name: "Essay" }), took = [];
  for (let i = 0; i < 5; i++) {
    const kept = page.waitForResponse((r) => r.request().method() === "PUT" && r.url().endsWith("/applications/draft") && r.ok() && r.request().postData().includes(`it. ${i}"`));
    await essay.fill(`${ESSAY} ${i}`);
    await essay.blur();
    await (await kept).finished();
  }
  took.push(...await page.evaluate(() => performance.getEntriesByType("resource").filter((e) => /\/applications\/draft$/.test(e.name)).map((e) => e.duration)));
  assert.ok(took.length >= 5);
  t.diagnostic(`autosave round trips: ${took.map((ms) => Math.round(ms)).join(", ")} ms`);
  assert.match((await page.evaluate(async () => (await fetch("/applications/draft")).json())).essay, / 4$/);
  await page.context().close();
});

test("what a publication tells, and the home page asks nobody to apply when nothing is open", async () => {
  await app.admin("POST", `/admin/cycles/${cycle.cycle_id}/select`);
  const page = await staffPage("/selection"), card = page.locator(".publication");
  await card.getByText("2 applicants").waitFor();
  assert.match(await card.textContent(), /4 applicants[^]*was not selected in this cycle/);
  for (const scheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme: scheme });
    await checkAxe(page, `publication ${scheme}`);
  }
  await page.goto(base);
  await page.locator(".columns").getByRole("button", { name: "Publish", exact: true }).click();
  await page.getByRole("dialog").getByText("2 applicants").waitFor();
  await page.keyboard.press("Escape");
  const open = (await app.admin("GET", "/admin/cycles")).find((c) => c.is_open);
  await page.goto(app.url);
  assert.equal(await page.getByText("Sign in and apply").count(), open ? 1 : 0);
  if (open) await app.admin("PUT", `/admin/cycles/${open.cycle_id}/close`);
  await page.goto(app.url);
  assert.equal(await page.getByText("Sign in and apply").count(), 0);
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

/* The answers are made here: what is measured is the page, not the database. */
function longList(route) {
  const url = new URL(route.request().url()), from = Number(url.searchParams.get("cursor") ?? 0), limit = Number(url.searchParams.get("limit"));
  const made = Array.from({ length: Math.min(limit, LONG - from) }, (_, i) => ({ anonymized_id: `ANON_${String(from + i).padStart(26, "0")}`, admission_cycle_id: cycle.cycle_id, status: "scored", final_score: 60 + (i % 40), academic_score: 70, test_score: 70, achievement_score: 50, essay_score: 55, redactions: i % 7, attempts: 1, held: false, flagged: false, in_review: false }));
  const next = from + limit < LONG ? { Link: `<${url.pathname}?limit=${limit}&cursor=${from + limit}>; rel="next"` } : {};
  return route.fulfill({ json: made, headers: { "X-Total-Count": String(LONG), ...next } });
}

/* The processor's time of each task of the page's main thread, so that other programs do not count. */
function tasksOf(trace) {
  const main = new Set(trace.traceEvents.filter((e) => e.name === "thread_name" && e.args?.name === "CrRendererMain").map((e) => `${e.pid} ${e.tid}`));
  return trace.traceEvents.filter((e) => e.ph === "X" && e.name.endsWith("RunTask") && main.has(`${e.pid} ${e.tid}`)).map((e) => (e.tdur ?? e.dur) / 1000);
}

test(`${LONG} applications: few rows in the page, all reached; the longest task is printed`, async (t) => {
  const page = await browser.page({ allow: NOT_SIGNED_IN });
  await signInStaff(page, app);
  await page.route(/\/admin\/cycles\/[^/]+\/applications\?/, longList);
  await page.goto(`${base}/applications`);
  await rows(page).first().waitFor();
  await browser.chromium.startTracing(page, { categories: ["toplevel", "__metadata"] });
  let most = 0, last = -1;
  while (last < LONG - 1) {
    const before = last;
    [last, most] = await page.evaluate(async (sofar) => {
      const box = document.querySelector(".table-scroll"), nth = () => [...document.querySelectorAll("tr[data-row]")];
      let dom = sofar;
      for (let i = 0; i < 20; i++) {
        box.scrollTop += box.clientHeight;
        await new Promise((done) => requestAnimationFrame(done));
        dom = Math.max(dom, nth().length);
      }
      return [Number(nth().at(-1)?.dataset.row ?? -1), dom];
    }, most);
    /* The next page of answers is on its way. */
    if (last === before) await page.waitForFunction((row) => Number([...document.querySelectorAll("tr[data-row]")].at(-1)?.dataset.row) !== row || document.querySelector(".table-scroll").scrollHeight - document.querySelector(".table-scroll").scrollTop > 2 * document.querySelector(".table-scroll").clientHeight, last);
  }
  const long = tasksOf(JSON.parse(await browser.chromium.stopTracing()));
  t.diagnostic(`rows in the page: at most ${most}; tasks of the page's thread that took over 50 ms of its time: ${long.filter((ms) => ms > 50).length}, the longest ${Math.round(Math.max(0, ...long))} ms`);
  assert.ok(most > 0 && most <= DOM_ROWS_MAX, `${most} rows in the page`);
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});
