/* What all pages share: deep links, language, theme, offline, a lost login, zoom, forced colours. */
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { App, Browser, checkAxe, checkFits, ready, signInStaff, signInStudent } from "./support.mjs";

const NOT_SIGNED_IN = /status of 40[13]/;
let app, browser;
before(async () => {
  app = await App.start();
  browser = await Browser.start();
  await app.cycle();
});
after(async () => {
  await browser?.stop();
  await app?.stop();
});

for (const scheme of ["light", "dark"])
  test(`public and sign-in pages: axe finds nothing, nothing is too wide, ${scheme}`, async () => {
    for (const width of [1280, 320]) {
      const page = await browser.page({ scheme, width, allow: /status of 40[134]/ });
      for (const path of ["/", "/ur", "/privacy", "/ur/privacy", "/accessibility", "/ur/accessibility", "/setup", "/no/such", "/signin", "/demo", "/staff/signin"]) {
        await page.goto(app.url + path);
        if (/signin|demo/.test(path)) await page.waitForSelector("main h1");
        if (path === "/signin") await page.waitForSelector("#people button");
        await checkAxe(page, `${path} ${scheme} ${width}`);
        await checkFits(page, `${path} ${width}`);
      }
      assert.deepEqual(page.complaints, []);
      await page.context().close();
    }
  });

test("the home page tells the cycle without scripts", async () => {
  const page = await browser.page({ javaScriptEnabled: false });
  await page.goto(app.url);
  assert.match(await page.textContent(".admissions"), /Admissions are open[^]*Autumn term[^]*UTC/);
  await page.context().close();
});

test("language and theme are kept over pages, Urdu is right to left", async () => {
  const page = await browser.page({ allow: NOT_SIGNED_IN });
  await page.goto(`${app.url}/staff/signin`);
  await ready(page);
  await page.locator(".top .preferences select").first().selectOption("ur");
  await page.waitForSelector("html[dir=rtl][lang=ur]");
  await page.locator(".top .preferences select").nth(1).selectOption("dark");
  await page.goto(`${app.url}/signin`);
  await page.waitForSelector("html[dir=rtl][data-theme=dark][data-ready]");
  assert.equal(await page.textContent("h1"), "سائن اِن");
  await checkAxe(page);
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test("a deep link asks for the sign-in and leads back", async () => {
  const page = await browser.page({ allow: NOT_SIGNED_IN });
  await page.goto(`${app.url}/student`);
  await page.waitForURL("**/signin?next=%2Fstudent");
  await page.locator("#people button").first().click();
  await page.waitForURL("**/student");
  assert.equal(await page.textContent("h1"), "My application");
  await page.context().close();
});

test("a wrong password is told in words and the focus goes to them", async () => {
  const page = await browser.page({ allow: NOT_SIGNED_IN });
  await page.goto(`${app.url}/staff/signin`);
  await page.getByLabel("User name").fill("root");
  await page.getByLabel("Password").fill("not the password");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForSelector(".summary:focus [role=alert]");
  assert.equal(await page.getByLabel("User name").inputValue(), "root");
  await page.context().close();
});

test("the table is reached and moved by the keyboard", async () => {
  const page = await browser.page({ allow: NOT_SIGNED_IN });
  await signInStaff(page, app);
  await page.waitForSelector("table.data tbody tr.current");
  await page.locator(".table-scroll").focus();
  await page.keyboard.press("ArrowDown");
  await page.waitForSelector("tr[data-row]:focus");
  await checkAxe(page);
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test("a bundle that came half, or not at all, is told, and a reload mends it", async () => {
  for (const [path, area] of [["/signin", "student"], ["/staff/signin", "staff"], ["/interview/1", "room"]])
    for (const broken of ["half", "none"]) {
      const page = await browser.page({ allow: /status of|ERR_|SyntaxError/ });
      await page.route(new RegExp(`/assets/${area}\\.\\w+\\.js$`), async (route) => {
        if (broken === "none") return route.abort();
        const whole = await (await route.fetch()).text();
        return route.fulfill({ contentType: "text/javascript", body: whole.slice(0, whole.length / 2) });
      });
      await page.goto(app.url + path);
      await page.getByText("did not load completely").waitFor();
      await checkAxe(page, `${area} ${broken}`);
      await page.unrouteAll();
      await page.getByRole("link", { name: /Reload/ }).click();
      await ready(page);
      assert.equal(await page.getByText("did not load completely").count(), 0);
      await page.context().close();
    }
});

test("a server that is away is told, and found again", async () => {
  const page = await browser.page({ allow: /status of|ERR_/ });
  await signInStudent(page, app);
  await page.context().setOffline(true);
  await page.waitForSelector(".offline");
  await page.context().setOffline(false);
  await page.waitForSelector(".offline", { state: "detached" });
  await page.context().close();
});

test("forced colours keep every control in sight", async () => {
  const page = await browser.page({ forcedColors: "active", allow: NOT_SIGNED_IN });
  await page.goto(`${app.url}/staff/signin`);
  await ready(page);
  const border = await page.getByRole("button", { name: "Sign in" }).evaluate((el) => getComputedStyle(el).borderTopStyle);
  assert.equal(border, "solid");
  await page.context().close();
});
