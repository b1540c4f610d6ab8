/* Every page of routes.json, and those without scripts, as people with other eyes, hands and machines have
 * them: 200 % and 400 % zoom, forced colours, no motion, the keyboard alone; what WCAG 2.2 asks beyond axe;
 * and that no text can become HTML or script. */
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { App, applicants, Browser, checkAxe, checkFits, ESSAY, publish, ready, signInStaff, signInStudent } from "./support.mjs";

/* A made-up flag, interview or application is "not here": a state of the page like others. */
const QUIET = /status of 40[0134]/;
const rows = JSON.parse(readFileSync(new URL("../../web/src/routes.json", import.meta.url), "utf8"));
const PLAIN = ["/", "/ur", "/privacy", "/ur/privacy", "/accessibility", "/no/such/page", "/docs"];
const APPLICANTS = 3, WRITER = 5;
let app, browser, pages;
before(async () => {
  app = await App.start();
  browser = await Browser.start(["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]);
  const past = (await app.cycle({ cycle_name: "Spring term" })).cycle_id;
  await applicants(app, APPLICANTS);
  await publish(app, past);
  const [row] = await app.admin("GET", `/admin/cycles/${past}/applications`), { admin_id } = await app.admin("GET", "/admin/auth/me");
  await app.cycle();
  const values = { cycle_id: past, anonymized_id: row.anonymized_id, admin_id, flag_id: "1", interview_id: "1", step: "essay" };
  pages = rows.map((r) => ({ area: r.area, path: r.path.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? assert.fail(`${r.path}: no value for ${name}`)) }));
  pages.push(...PLAIN.map((path) => ({ area: "none", path })));
});
after(async () => {
  await browser?.stop();
  await app?.stop();
});

const settled = async (page) => {
  if (await page.locator("#app").count()) await ready(page);
  await page.waitForFunction(() => document.querySelector("h1") && !document.querySelector(".skeleton, [aria-busy=true]"));
};
/* Goes through all pages, each area by who may see it. */
async function everywhere(context, look) {
  for (const who of ["none", "student", "staff"]) {
    const { setUp, ...more } = context, page = await browser.page({ allow: QUIET, ...more });
    await setUp?.(page);
    if (who === "student") await signInStudent(page, app);
    if (who === "staff") await signInStaff(page, app);
    for (const { area, path } of pages) {
      const signsIn = /signin|demo/.test(path), mine = area === "none" || signsIn ? "none" : area === "room" ? "student" : area;
      if (mine !== who) continue;
      await page.goto(app.url + path);
      await settled(page);
      await look(page, path);
    }
    assert.deepEqual(page.complaints, []);
    await page.context().close();
  }
}
const tabbable = "a[href], button:not([disabled]), input:not([disabled]), select, textarea, summary, [tabindex='0']";
/* Each thing that takes the focus, one after the other as Tab does: in the window, and nothing lies over it. */
async function checkFocusInSight(page, where) {
  const hidden = await page.evaluate(async (wanted) => {
    const bad = [];
    for (const el of document.querySelectorAll(wanted)) {
      if (!el.checkVisibility({ visibilityProperty: true }) || el.tabIndex < 0 || el.closest("[inert]")) continue;
      el.focus();
      if (document.activeElement !== el) continue;
      await new Promise((done) => requestAnimationFrame(done));
      const box = el.getBoundingClientRect(), spots = [[0.5, 0.5], [0.1, 0.5], [0.9, 0.5], [0.5, 0.1], [0.5, 0.9]];
      const seen = spots.some(([x, y]) => {
        const at = document.elementFromPoint(box.left + box.width * x, box.top + box.height * y);
        return at && (el === at || el.contains(at) || at.contains(el) || [...(el.labels ?? [])].some((l) => l.contains(at)));
      });
      if (!seen) bad.push(`${el.tagName} "${(el.textContent || el.getAttribute("aria-label") || el.id).trim().slice(0, 40)}" at ${[box.left, box.top, box.width, box.height].map(Math.round)}`);
    }
    return bad;
  }, tabbable);
  assert.deepEqual(hidden, [], `${where}: focus not in sight (WCAG 2.4.11)`);
}

test("400 % zoom: nothing is wider than the window, and what has the focus is in sight", async () => {
  await everywhere({ width: 320, height: 256, deviceScaleFactor: 4 }, async (page, path) => {
    await checkFits(page, path);
    await checkFocusInSight(page, path);
  });
});

test("200 % zoom, right to left", async () => {
  await everywhere({ width: 640, height: 450, deviceScaleFactor: 2, language: "ur" }, async (page, path) => {
    await checkFits(page, path);
    await checkFocusInSight(page, path);
  });
});

/* English with marks around and half as long again, in the place of the second language. */
test("every word comes from a catalogue, and longer words fit", async () => {
  const words = (name) => JSON.parse(readFileSync(new URL(`../../web/i18n/${name}.en.json`, import.meta.url), "utf8"));
  const longer = (entry) => (typeof entry === "string" ? `⟦${entry}${" ·".repeat(Math.ceil(entry.length / 4))}⟧` : Object.fromEntries(Object.entries(entry).map(([form, text]) => [form, longer(text)])));
  const pseudo = (area) => Object.fromEntries(Object.entries({ ...words("common"), ...words(area) }).map(([key, entry]) => [key, longer(entry)]));
  await everywhere({ width: 320, language: "ur", setUp: (page) => page.route(/\/assets\/\w+\.ur\.\w+\.json$/, (route) => route.fulfill({ json: pseudo(/assets\/(\w+)\./.exec(route.request().url())[1]) })) }, async (page, path) => {
    if (!(await page.locator("#app").count())) return;
    await checkFits(page, path);
    const bare = await page.locator(".top nav a, .foot a, .skip, main label, main th, main .empty h2").evaluateAll((all) => all.map((el) => { const copy = el.cloneNode(true); for (const code of copy.querySelectorAll("code")) code.remove(); return copy.textContent.trim(); }).filter((text) => /\p{L}/u.test(text) && !text.includes("⟦")));
    assert.deepEqual(bare, [], `${path}: words that stand in no catalogue`);
  });
});

test("forced colours: axe finds nothing, and every button has an edge", async () => {
  await everywhere({ forcedColors: "active" }, async (page, path) => {
    await checkAxe(page, path);
    const bare = await page.evaluate(() => [...document.querySelectorAll(".button")].filter((b) => b.checkVisibility() && getComputedStyle(b).borderTopStyle === "none").map((b) => b.textContent));
    assert.deepEqual(bare, [], path);
  });
});

test("printed in the dark theme, every page is dark on white, without what one would press", async () => {
  await everywhere({ scheme: "dark", setUp: (page) => page.addInitScript(() => { try { localStorage.setItem("enigma.theme", "dark"); } catch { /* about:blank */ } }) }, async (page, path) => {
    await page.emulateMedia({ media: "print" });
    await checkAxe(page, `${path} printed`);
    if (path !== "/docs") assert.equal(await page.locator(".top, .foot").filter({ visible: true }).count(), 0, path);
    await page.emulateMedia({ media: "screen" });
  });
});

test("nothing moves for who asked for that; the same help at the same place (WCAG 3.2.6); no text becomes HTML", async () => {
  const help = new Map();
  await everywhere({}, async (page, path) => {
    assert.equal(await page.evaluate(() => document.getAnimations().filter((a) => a.effect.getComputedTiming().activeDuration > 1).length), 0, `${path} moves`);
    const links = await page.locator("footer.foot a").evaluateAll((all) => all.map((a) => new URL(a.href).pathname.replace(/^\/ur/, "")));
    if (path !== "/docs") help.set(path, links.filter((l) => ["/privacy", "/accessibility", "/docs"].includes(l)).join());
    const refused = await page.evaluate(() => [() => { document.body.innerHTML = "<b>x</b>"; }, () => { document.createElement("script").src = "/x.js"; }, () => trustedTypes.createPolicy("x", {})].map((write) => { try { write(); return "written"; } catch { return "refused"; } }));
    assert.deepEqual(refused, ["refused", "refused", "refused"], path);
    page.complaints = page.complaints.filter((c) => !/Trusted ?(Type|HTML|Script)|trusted-types/i.test(c));
  });
  assert.deepEqual([...new Set(help.values())], ["/privacy,/accessibility,/docs"], JSON.stringify([...help]));
});

test("the whole of an application by the keyboard alone; nothing is asked twice (WCAG 3.3.7)", async () => {
  const page = await browser.page({ allow: QUIET });
  /* Tab until it is there; the way must not be longer than the page. */
  const reach = async (what) => {
    for (let i = 0; i < 120; i++) {
      await page.keyboard.press("Tab");
      if (await what.evaluate((el) => el === document.activeElement)) return;
    }
    assert.fail(`not reached by Tab: ${what}`);
  };
  const press = async (role, name) => { const el = page.getByRole(role, { name }).first(); await el.waitFor(); await reach(el); await page.keyboard.press(role === "checkbox" ? "Space" : "Enter"); };
  const write = async (el, text) => { await el.waitFor(); await reach(el); await page.keyboard.insertText(text); };
  await page.goto(`${app.url}/signin`);
  await page.waitForSelector("#people button");
  const person = page.locator("#people button").nth(WRITER);
  await reach(person);
  await page.keyboard.press("Enter");
  await page.waitForURL("**/student");
  await press("link", "Apply now");
  await page.waitForURL("**/apply");
  const name = page.getByLabel("Full name");
  await name.waitFor();
  assert.notEqual(await name.inputValue(), "", "the sign-in has told the name");
  await press("button", "Continue");
  await page.waitForURL("**/apply/grades");
  await write(page.getByLabel("Grade point average"), "3.6");
  const add = page.getByLabel("Add a test");
  await reach(add);
  await page.keyboard.type("SAT");
  await page.keyboard.press("Enter");
  await write(page.getByRole("textbox", { name: "SAT" }), "1420");
  await press("button", "Continue");
  await page.waitForURL("**/apply/essay");
  await write(page.getByRole("textbox", { name: "Essay" }), ESSAY);
  await press("button", "See what evaluators will see");
  await page.waitForSelector(".preview");
  await page.keyboard.press("Escape");
  await page.waitForSelector("dialog", { state: "detached" });
  await press("button", "Continue");
  await page.waitForURL("**/apply/achievements");
  await write(page.getByRole("textbox", { name: "Achievements" }), "Second prize at the regional physics fair, 2025.\nTaught programming to younger pupils for a year.");
  await press("button", "Continue");
  await page.waitForURL("**/apply/review");
  assert.equal(await page.locator("main input:not([type=checkbox]), main textarea").count(), 0, "the review asks for nothing again");
  await press("checkbox", "I have read it");
  await press("button", "Hand the application in");
  await page.waitForURL("**/student?done=1");
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test("signing in asks for no riddle: passwords may be pasted and filled in (WCAG 3.3.8)", async () => {
  const page = await browser.page({ allow: QUIET });
  await page.goto(`${app.url}/staff/signin`);
  await ready(page);
  for (const [field, fills] of [["username", "username"], ["password", "current-password"]]) {
    const input = page.locator(`main [name=${field}]`);
    assert.equal(await input.getAttribute("autocomplete"), fills);
    assert.equal(await input.evaluate((el) => el.dispatchEvent(new ClipboardEvent("paste", { cancelable: true, bubbles: true }))), true);
  }
  await page.context().close();
});
