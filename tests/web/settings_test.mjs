/* The settings page: findings of doctor, the test of the models, search, origins, and no secret. */
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { App, Browser, checkAxe, checkFits, Models, signInStaff } from "./support.mjs";

const QUIET = /status of 40[13]/, SECRET = "canary-5f2c9a-never-shown";
let app, browser, models;
before(async () => {
  models = await Models.start();
  app = await App.start({ ...models.env, APPEAL_DAYS: "21", TURN_SECRET: SECRET });
  browser = await Browser.start();
  await app.staff("reader", "auditor");
});
after(async () => {
  await browser?.stop();
  await app?.stop();
  models?.stop();
});

const open = async (more = {}, query = "") => {
  const page = await browser.page({ allow: QUIET, ...more });
  await signInStaff(page, app);
  await page.goto(`${app.url}/staff/settings${query}`);
  await page.locator(".settings dt").first().waitFor();
  await page.locator(".findings li").first().waitFor();
  return page;
};
const names = (page) => page.locator(".settings dt code").allTextContents();

test("settings are found by word, kept in the address, and say where they come from", async () => {
  const page = await open();
  assert.ok((await names(page)).length > 100);
  await page.getByLabel("Search").fill("appeal days");
  await page.getByText("One setting", { exact: true }).waitFor();
  assert.deepEqual(await names(page), ["APPEAL_DAYS"]);
  assert.match(await page.locator(".settings").textContent(), /environment21 \(default 14\)/);
  assert.match(page.url(), /q=appeal/);
  await page.reload();
  await page.getByText("One setting", { exact: true }).waitFor();
  await page.getByLabel("Search").fill("nothing of this kind");
  await page.getByText("No setting fits").waitFor();
  await page.getByLabel("Search").fill("");
  await page.getByLabel("Only what somebody has set").check();
  await page.locator(".settings dt code", { hasText: "TURN_SECRET" }).waitFor();
  assert.ok(!(await names(page)).includes("QUEUE_MAX"));
  assert.match(await page.locator(".settings div", { hasText: "TURN_SECRET" }).textContent(), /secret, set/);
  assert.ok(!(await page.content()).includes(SECRET));
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test("the models are asked, and why one does not answer is told", async () => {
  const page = await open();
  await page.getByRole("button", { name: "Test the model endpoint" }).click();
  await page.getByText("gpt-5 answers").waitFor();
  await models.control({ key: "another" });
  await page.getByRole("button", { name: "Test the model endpoint" }).click();
  await page.getByText("gpt-5 does not answer").waitFor();
  assert.match(await page.locator(".notice.bad").first().textContent(), /401/);
  await page.getByRole("button", { name: "Check again" }).click();
  await page.locator(".findings .warn", { hasText: "DEMO is on" }).waitFor();
  await checkAxe(page, "settings, faults");
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test("axe finds nothing, nothing is too wide", async () => {
  for (const more of [{ scheme: "dark" }, { width: 320 }, { width: 390, language: "ur" }]) {
    const page = await open(more, "?changed=1");
    await checkAxe(page, JSON.stringify(more));
    await checkFits(page, JSON.stringify(more));
    assert.deepEqual(page.complaints, []);
    await page.context().close();
  }
});

test("nobody else sees it", async () => {
  const page = await browser.page({ allow: QUIET });
  await signInStaff(page, app, "reader");
  assert.equal(await page.getByRole("link", { name: "Settings" }).count(), 0);
  await page.goto(`${app.url}/staff/settings`);
  await page.getByText("Your account may not do this").waitFor();
  assert.equal(await page.locator(".settings").count(), 0);
  await page.context().close();
});
