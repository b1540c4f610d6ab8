/* The staff's way of a cycle through its nine phases, the selection by keyboard alone, and the pages. */
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { App, applicants, Browser, checkAxe, checkFits, signInStaff } from "./support.mjs";

const NOT_SIGNED_IN = /status of 40[13]/;
let app, browser, cycle;
before(async () => {
  app = await App.start();
  browser = await Browser.start();
  cycle = await app.cycle();
  await applicants(app, 5);
});
after(async () => {
  await browser?.stop();
  await app?.stop();
});

const button = (page, name) => page.getByRole("button", { name, exact: true });
/* Presses the one primary action, types the name where it is asked for, and waits for the phase. */
async function step(page, name, phase, typed = false) {
  await button(page.locator(".columns"), name).click();
  const dialog = page.getByRole("dialog");
  if (typed) await dialog.getByLabel(/Type/).fill(cycle.cycle_name);
  await button(dialog, name).click();
  await page.waitForFunction((label) => document.querySelector(".stepper [aria-current=step]")?.textContent.includes(label), phase);
}

test("nine phases: one primary action each, what cannot be undone asks for the name", async () => {
  const page = await browser.page({ allow: NOT_SIGNED_IN });
  await signInStaff(page, app);
  await page.getByRole("link", { name: cycle.cycle_name }).click();
  await page.waitForURL(`**/staff/cycles/${cycle.cycle_id}`);
  await button(page.locator(".columns"), "Freeze").click();
  assert.equal(await button(page.getByRole("dialog"), "Freeze").isDisabled(), true);
  await page.keyboard.press("Escape");
  await step(page, "Freeze", "Frozen", true);
  await step(page, "Make anonymous", "Preprocessing");
  await page.waitForFunction(() => !document.querySelector(".notice.warn"));
  await step(page, "Prepare the batch", "Batch preparation");
  await step(page, "Start scoring", "Scored");
  await checkAxe(page, "cycle");
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test("the selection by the keyboard alone", async () => {
  const page = await browser.page({ allow: NOT_SIGNED_IN });
  await signInStaff(page, app);
  await page.goto(`${app.url}/staff/cycles/${cycle.cycle_id}/selection`);
  await page.waitForSelector("[role=slider]");
  const selected = () => page.locator(".facts dd").first().textContent();
  await page.waitForFunction(() => document.querySelector(".facts dd")?.textContent === "2");
  /* The line: to the lowest score, so that everybody would have a seat; and back to the cycle's own. */
  await page.locator("[role=slider]").focus();
  await page.keyboard.press("Home");
  await page.waitForFunction(() => document.querySelector(".facts dd")?.textContent === "5");
  await page.getByRole("button", { name: /Back to 2/ }).focus();
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.querySelector(".facts dd")?.textContent === "2");
  for (const scheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme: scheme });
    await checkAxe(page, `selection ${scheme}`);
  }
  await button(page, "Select").focus();
  await page.keyboard.press("Enter");
  await page.waitForSelector("dialog[open]");
  assert.match(await page.locator("dialog").textContent(), /2 are selected, 3 are not/);
  while (await page.evaluate(() => document.activeElement?.textContent !== "Select" || !document.activeElement.closest("dialog"))) await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.waitForURL(`**/staff/cycles/${cycle.cycle_id}`);
  assert.equal((await app.admin("GET", `/admin/cycles/${cycle.cycle_id}/status`)).phase, "selection");
  assert.ok(await selected());
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test("publication and completion", async () => {
  const page = await browser.page({ allow: NOT_SIGNED_IN });
  await signInStaff(page, app);
  await page.goto(`${app.url}/staff/cycles/${cycle.cycle_id}`);
  await step(page, "Publish", "Published", true);
  await button(page.locator(".columns"), "Complete").click();
  await page.getByRole("dialog").getByLabel(/Type/).fill(cycle.cycle_name);
  await button(page.getByRole("dialog"), "Complete").click();
  await page.getByText("This cycle is complete").waitFor();
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test("a cycle's mistakes are told at their fields, and a new cycle opens", async () => {
  const page = await browser.page({ allow: /status of 4(01|03|22)/ });
  await signInStaff(page, app);
  await page.getByRole("link", { name: "New cycle" }).click();
  await page.getByLabel("Name").fill("ab");
  await button(page, "Create and open").click();
  await page.waitForSelector(".summary:focus");
  assert.ok((await page.locator(".field.invalid").count()) >= 2);
  await page.getByLabel("Name").fill("Spring term");
  await page.getByLabel("Places").fill("10");
  await button(page, "Create and open").click();
  await page.waitForURL((url) => /\/staff\/cycles\/CYC_/.test(url.pathname));
  await page.getByRole("heading", { name: "Spring term", level: 1 }).waitFor();
  await page.context().close();
});

test("every page: axe finds nothing in light and dark, nothing is too wide", async () => {
  const base = `/staff/cycles/${cycle.cycle_id}`, pages = [["", ".facts"], ["/applications", "table.data tbody tr"], ["/selection", "svg.bin, svg .bin"], ["/review", ".empty"], ["/held", ".empty"], ["/edit", "form"],
    ["/fairness", ".notice, .empty"], ["/appeals", ".empty"], ["/interviews", ".empty"]].map(([path, wait]) => [base + path, wait]);
  pages.push(["/staff", "table.data tbody tr"], ["/staff/interviews", ".empty"], ["/staff/audit", "table.data tbody tr"], ["/staff/users", "table.data tbody tr"], ["/staff/monitoring", ".empty"], ["/staff/monitoring?tab=evaluators", "[role=tabpanel] .empty, [role=tabpanel] table"], ["/staff/account", ".plain-list"]);
  for (const [width, scheme] of [[1280, "light"], [1280, "dark"], [320, "light"]]) {
    const page = await browser.page({ width, scheme, allow: NOT_SIGNED_IN });
    await signInStaff(page, app);
    for (const [path, wait] of pages) {
      await page.goto(app.url + path);
      await page.locator(wait).first().waitFor();
      await checkAxe(page, `${path} ${scheme} ${width}`);
      await checkFits(page, `${path} ${width}`);
    }
    assert.deepEqual(page.complaints, []);
    await page.context().close();
  }
});

test("nobody is led to what the role may not see", async () => {
  await app.staff("watcher", "auditor");
  const { admin_id } = await app.staff("asker", "admin"), base = `${app.url}/staff/cycles/${cycle.cycle_id}`;
  for (const [who, held] of [["watcher", 0], ["asker", 1]]) {
    const page = await browser.page({ allow: NOT_SIGNED_IN });
    await signInStaff(page, app, who);
    await page.goto(base);
    await page.locator(".subnav a[href$='/review']").waitFor();
    assert.equal(await page.locator(".subnav a[href$='/held']").count(), held, who);
    await page.goto(`${app.url}/staff/monitoring`);
    if (held) await page.locator(`a[href='/staff/evaluators/${admin_id}']`).click();
    await page.locator(held ? "h1 + *, .lead code" : "[role=tabpanel]").first().waitFor();
    assert.deepEqual(page.complaints, []);
    await page.context().close();
  }
});

test("the log is verified, and an entry is read", async () => {
  const page = await browser.page({ allow: NOT_SIGNED_IN });
  await signInStaff(page, app);
  await page.goto(`${app.url}/staff/audit?action=cycle.publish`);
  await button(page, "Verify now").click();
  await page.getByText(/The log is whole/).first().waitFor();
  await page.locator("table.data tbody tr").first().click();
  const dialog = page.getByRole("dialog");
  assert.match(await dialog.textContent(), /publish[^]*admin:ADM_/);
  await checkAxe(page, "entry");
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test("an account is made, gets another role, and is shut", async () => {
  const page = await browser.page({ allow: /status of 4(01|03|22)/ });
  await signInStaff(page, app);
  await page.goto(`${app.url}/staff/users`);
  await button(page, "New account").click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("User name").fill("reader");
  await dialog.getByLabel("E-mail").fill("reader@example.org");
  await dialog.getByLabel("First password").fill("short");
  await button(dialog, "New account").click();
  await dialog.locator(".field.invalid").first().waitFor();
  await dialog.getByLabel("First password").fill("a sentence that nobody else has thought of");
  await button(dialog, "New account").click();
  const row = page.locator("table.data tbody tr").filter({ has: page.getByText("reader", { exact: true }) });
  await row.getByText("reader", { exact: true }).click();
  await page.getByRole("dialog").getByLabel("Role").selectOption("auditor");
  await button(page, "Change the role").click();
  await row.getByText("Auditor", { exact: true }).waitFor();
  await row.getByText("reader", { exact: true }).click();
  await button(page, "Shut the account").click();
  await button(page, "Yes, do it").click();
  await row.getByText("shut", { exact: true }).waitFor();
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});
