/* The first visit: the set-up link and its one use, a made-up person, what is said on the home page. */
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { App, Browser, signInStudent } from "./support.mjs";

let app, browser;
before(async () => {
  app = await App.bare();
  browser = await Browser.start();
});
after(async () => {
  await browser?.stop();
  await app?.stop();
});

const setUp = async (page, url, username, password) => {
  await page.goto(url);
  await page.locator("input[name=username]").fill(username);
  await page.locator("input[name=email]").fill(`${username}@example.org`);
  await page.locator("input[name=password]").fill(password);
  await page.locator("main button").first().click();
};

test("a wrong secret says so, and makes nobody", async () => {
  const page = await browser.page({ allow: /status of 40[0-9]/ });
  await setUp(page, `${app.url}/setup#${"A".repeat(43)}`, "mallory", "a password of some length");
  await page.locator("#status", { hasText: "link" }).waitFor();
  assert.equal((await page.innerText("#status")).includes("\n"), false);
  assert.deepEqual(page.complaints, []);
  await assert.rejects(app.call("POST", "/admin/auth/login", { username: "mallory", password: "a password of some length" }), /401/);
  await page.context().close();
});

test("the first administrator is made in the browser, and the secret leaves the address bar", async () => {
  const page = await browser.page();
  await setUp(page, app.setupUrl, "hedy", "frequency hopping since 1942");
  await page.locator("#status", { hasText: "super administrator" }).waitFor();
  assert.equal(page.url().includes("#"), false);
  assert.deepEqual(page.complaints, []);
  app.kept = (await app.call("POST", "/admin/auth/login", { username: "hedy", password: "frequency hopping since 1942" })).token;
  await page.context().close();
});

test("a made-up person signs in; the home page tells the cycle as text; the documents are there", async () => {
  const people = (await app.call("GET", "/auth/demo/personas")).length;
  await app.cycle({ cycle_name: "Autumn <b>term</b>" });
  const page = await browser.page({ allow: /status of 401/ });
  await page.goto(`${app.url}/demo`);
  await page.getByText("Okafor").first().waitFor();
  assert.equal(await page.locator("#people button").count(), people);
  await signInStudent(page, app);
  await page.locator("main h1", { hasText: "My application" }).waitFor();
  await page.goto(app.url);
  assert.match(await page.innerText("main"), /Admissions are open[^]*Autumn <b>term<\/b>|Autumn <b>term<\/b>[^]*Admissions are open/);
  assert.equal(await page.locator("main b b").count(), 0);
  await page.goto(`${app.url}/docs`);
  assert.ok((await page.innerText("body")).includes("/admin/cycles/{cycle_id}/freeze"));
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});
