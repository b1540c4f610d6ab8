/* The student's way from the sign-in to the result, and everything that can come between. */
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { App, Browser, checkAxe, checkFits, ESSAY, fillApplication, publish, ready, signInStudent } from "./support.mjs";

const QUIET = /status of 40[1346]|status of 412/;
const essay = (page) => page.getByRole("textbox", { name: "Essay" });
const saved = (page) => page.waitForSelector("#saved.good");
let app, browser, cycle;
before(async () => {
  app = await App.start();
  browser = await Browser.start();
  cycle = await app.cycle();
});
after(async () => {
  await browser?.stop();
  await app?.stop();
});

const draft = (page) => page.evaluate(async () => (await fetch("/applications/draft")).json());
const type = async (page, text) => {
  await page.goto(`${app.url}/apply/essay`);
  await essay(page).fill(text);
};

test("what the server acknowledged survives its kill -9, and so does what it did not", async () => {
  const page = await browser.page({ allow: /status of|ERR_/ });
  await signInStudent(page, app, 1);
  await type(page, `${ESSAY} first`);
  await saved(page);
  await essay(page).press("End");
  await essay(page).pressSequentially(" second");
  await app.kill();
  await essay(page).pressSequentially(" third");
  await page.waitForSelector("#saved.bad, .offline");
  const typed = await essay(page).inputValue();
  assert.match(typed, /second third$/);
  await app.serve(app.port);
  await saved(page);
  assert.equal((await draft(page)).essay, typed);
  await page.reload();
  assert.equal(await essay(page).inputValue(), typed);
  await page.context().close();
});

test("what was typed without a server is there after a reload", async () => {
  const page = await browser.page({ allow: /status of|ERR_/ });
  await signInStudent(page, app, 2);
  await page.goto(`${app.url}/apply/essay`);
  await page.route("**/applications/draft", (route) => (route.request().method() === "PUT" ? route.abort() : route.continue()));
  await essay(page).fill(`${ESSAY} kept`);
  await page.waitForSelector("#saved.bad");
  await page.unroute("**/applications/draft");
  await page.reload();
  await saved(page);
  assert.match(await essay(page).inputValue(), /kept$/);
  assert.match((await draft(page)).essay, /kept$/);
  await page.context().close();
});

test("a second tab: the conflict shows both texts, and either can be kept", async () => {
  const page = await browser.page({ allow: QUIET });
  await signInStudent(page, app, 3);
  await type(page, `${ESSAY} one`);
  await saved(page);
  const second = await page.context().newPage();
  await second.goto(`${app.url}/apply/essay`);
  await essay(second).fill(`${ESSAY} two`);
  await saved(second);
  await essay(page).fill(`${ESSAY} three`);
  await page.waitForSelector("dialog[open]");
  const text = await page.textContent("dialog");
  assert.match(text, /three/);
  assert.match(text, /two/);
  await checkAxe(page, "conflict");
  await page.getByRole("button", { name: "Keep what is here" }).click();
  await page.waitForSelector("dialog", { state: "detached" });
  await saved(page);
  assert.match((await draft(page)).essay, /three$/);
  await page.context().close();
});

test("a login that ended keeps what was typed and goes on after a new one", async () => {
  const page = await browser.page({ allow: QUIET });
  await signInStudent(page, app, 4);
  await page.goto(`${app.url}/apply/essay`);
  await essay(page).waitFor();
  await page.context().clearCookies();
  await essay(page).fill(`${ESSAY} lost login`);
  await page.waitForSelector("dialog[open] #people button");
  await page.locator("dialog #people button").nth(4).click();
  await page.waitForSelector("dialog", { state: "detached" });
  await saved(page);
  assert.match((await draft(page)).essay, /lost login$/);
  await page.context().close();
});

test("what is missing is told in words beside its field; the back button keeps the step before", async () => {
  const page = await browser.page({ allow: QUIET });
  await signInStudent(page, app, 5);
  await page.goto(`${app.url}/apply/grades`);
  await page.getByLabel("Grade point average").fill("4.2");
  await page.getByRole("button", { name: "Continue" }).click();
  await page.waitForSelector(".summary:focus");
  assert.match(await page.textContent(".summary"), /0 to 4[^]*at least one test/);
  assert.equal(await page.getByLabel("Grade point average").getAttribute("aria-invalid"), "true");
  await checkAxe(page, "errors");
  await page.goto(`${app.url}/apply`);
  await page.getByRole("button", { name: "Continue" }).click();
  await page.waitForURL("**/apply/grades");
  await page.goBack();
  await page.waitForURL("**/apply");
  assert.equal(await page.getByLabel("Full name").inputValue(), "Priya Raghavan");
  await page.context().close();
});

test("what only the server finds wrong is put at its field", async () => {
  const page = await browser.page({ allow: /status of 4/ });
  await signInStudent(page, app, 6);
  await fillApplication(page, app);
  await page.route("**/applications", async (route) => route.request().method() !== "POST" ? route.continue() : route.fulfill({
    status: 422, contentType: "application/json", headers: { "X-Request-ID": "00000000000000aa" },
    body: JSON.stringify({ detail: [{ type: "value_error", loc: ["body", "essay"], msg: "The essay is not acceptable", input: "" }] }),
  }));
  await page.getByLabel("I have read it").check();
  await page.getByRole("button", { name: "Hand the application in" }).click();
  await page.waitForSelector(".summary:focus");
  await page.getByRole("link", { name: "Essay: The essay is not acceptable" }).click();
  await page.waitForURL("**/apply/essay");
  assert.match(await page.textContent(".field-error"), /not acceptable/);
  await page.context().close();
});

test("a busy server is waited for, and said so", async () => {
  const page = await browser.page({ allow: /status of/ });
  await signInStudent(page, app, 7);
  let busy = true; // until the notice was seen: it may come and go before a slow browser has loaded
  await page.route("**/auth/student/applications", (route) => (busy ? route.fulfill({ status: 503, headers: { "Retry-After": "1" }, contentType: "application/json", body: '{"detail":"busy"}' }) : route.continue()));
  await page.reload();
  await page.waitForSelector(".offline");
  busy = false;
  await page.waitForSelector(".empty");
  await page.context().close();
});

test("an error of the server shows its request number", async () => {
  const page = await browser.page({ allow: /status of/ });
  await signInStudent(page, app, 7);
  await page.route("**/auth/student/applications", (route) => route.fulfill({ status: 500, headers: { "X-Request-ID": "00000000000000bb" }, contentType: "application/json", body: '{"detail":"Internal server error"}' }));
  await page.reload();
  await page.waitForSelector(".notice.bad code");
  assert.equal(await page.textContent(".notice.bad code"), "00000000000000bb");
  await page.context().close();
});

test("from the sign-in to the result, in light and dark, wide and narrow", async () => {
  const page = await browser.page({ allow: QUIET });
  const look = async (where) => {
    for (const [scheme, width] of [["light", 1280], ["dark", 360]]) {
      await page.emulateMedia({ colorScheme: scheme });
      await page.setViewportSize({ width, height: 900 });
      await checkAxe(page, `${where} ${scheme}`);
      await checkFits(page, `${where} ${width}`);
    }
  };
  await signInStudent(page, app);
  await page.waitForSelector(".empty");
  await look("nothing yet");
  await fillApplication(page, app);
  await look("review");
  for (const step of ["", "/grades", "/essay", "/achievements"]) {
    await page.goto(`${app.url}/apply${step}`);
    await page.waitForSelector("form input, form textarea");
    await look(`/apply${step}`);
  }
  await page.getByRole("button", { name: "See what evaluators will see" }).click();
  await page.waitForSelector(".preview");
  await look("preview");
  await page.waitForSelector(".theirs mark");
  assert.match(await page.textContent(".preview .theirs"), /My teacher \[/);
  await page.keyboard.press("Escape");
  await page.goto(`${app.url}/apply/review`);
  await page.getByLabel("I have read it").check();
  await page.getByRole("button", { name: "Hand the application in" }).click();
  await page.waitForURL("**/student?done=1");
  await page.waitForSelector(".stepper.tall");
  await look("handed in");
  assert.equal(await page.evaluate(() => Object.keys(localStorage).filter((k) => k.startsWith("enigma.draft")).length), 0);
  await publish(app, cycle.cycle_id);
  await page.goto(`${app.url}/student`);
  await page.waitForSelector(".bars");
  await page.waitForSelector(".stepper.tall");
  assert.equal(await page.locator(".bars > div").count(), 4);
  assert.match(await page.textContent(".result"), /Why these marks/);
  await look("result");
  await page.getByLabel("What is wrong with the result?").fill("Amara Okafor asks: the second prize at the fair was not counted.");
  await page.getByRole("button", { name: "Send the appeal" }).click();
  await page.waitForSelector(".appeal");
  const [appeal] = await app.admin("GET", `/admin/cycles/${cycle.cycle_id}/appeals`);
  assert.doesNotMatch(appeal.reason, /Amara/);
  await app.admin("POST", `/admin/cycles/${cycle.cycle_id}/appeals/${appeal.anonymized_id}`, { decision: "granted", reason: "The prize counts; thank you for telling us." });
  await page.reload();
  await page.waitForSelector(".appeal section");
  assert.match(await page.textContent(".appeal"), /Granted[^]*The prize counts/);
  await look("appeal");
  await page.goto(`${app.url}/student/data`);
  await ready(page);
  await look("data");
  const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Download my data" }).click()]);
  assert.equal(file.suggestedFilename(), "my-data.json");
  const [{ appeal: own }] = JSON.parse(readFileSync(await file.path(), "utf8")).applications;
  assert.deepEqual([own.decision, own.decision_reason, own.reason], ["granted", "The prize counts; thank you for telling us.", appeal.reason]);
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});
