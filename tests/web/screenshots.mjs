/* Pictures of the key pages: screenshots.mjs DIR [NAME…]. One entry a page; how it is reached, then its name. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { App, applicants, Browser, fillApplication, publish, ready, signInStaff, signInStudent } from "./support.mjs";

const [, , out, ...only] = process.argv, WRITER = 5, FIRST_FILLER = 6;
mkdirSync(out, { recursive: true });
const app = await App.start(), browser = await Browser.start(["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]);
let past, current, first;

const staff = (path, wait) => async (page) => {
  await signInStaff(page, app);
  await page.goto(app.url + path());
  await page.locator(wait).first().waitFor();
};
const pages = [
  ["home", async (page) => page.goto(app.url)],
  ["home-urdu", async (page) => page.goto(`${app.url}/ur`)],
  ["privacy", async (page) => page.goto(`${app.url}/privacy`)],
  ["docs", async (page) => page.goto(`${app.url}/docs`)],
  ["signin", async (page) => { await page.goto(`${app.url}/signin`); await page.waitForSelector("#people button"); }],
  ["result", async (page) => { await signInStudent(page, app, 0); await page.waitForSelector(".bars"); }],
  ["apply-essay", async (page) => { await signInStudent(page, app, WRITER); await page.goto(`${app.url}/apply/essay`); await page.waitForSelector("textarea"); }],
  ["apply-review", async (page, turn) => { await signInStudent(page, app, FIRST_FILLER + turn); await fillApplication(page, app); await page.waitForSelector("h1"); }],
  ["staff-signin", async (page) => { await page.goto(`${app.url}/staff/signin`); await ready(page); }],
  ["cycles", staff(() => "/staff", "table.data tbody tr")],
  ["cycle", staff(() => `/staff/cycles/${current}`, ".facts")],
  ["cycle-complete", staff(() => `/staff/cycles/${past}`, ".facts")],
  ["applications", staff(() => `/staff/cycles/${past}/applications`, "table.data tbody tr")],
  ["reading", staff(() => `/staff/cycles/${past}/applications/${first}?sort=-total`, "#read-attempts blockquote")],
  ["batch", staff(() => `/staff/cycles/${past}/batch`, ".card .facts")],
  ["selection", staff(() => `/staff/cycles/${past}/selection`, "svg .bin")],
  ["fairness", staff(() => `/staff/cycles/${past}/fairness`, ".facts")],
  ["monitoring", staff(() => "/staff/monitoring?tab=evaluators", "[role=tabpanel] .card, [role=tabpanel] .empty")],
  ["log", staff(() => "/staff/audit", "table.data tbody tr")],
  ["people", staff(() => "/staff/users", "table.data tbody tr")],
  ["settings", staff(() => "/staff/settings?changed=1", ".findings li")],
  ["account", staff(() => "/staff/account", ".plain-list")],
];

try {
  past = (await app.cycle({ cycle_name: "Spring term" })).cycle_id;
  await applicants(app, 5);
  await publish(app, past);
  first = (await app.admin("GET", `/admin/cycles/${past}/applications?sort=total&descending=true`))[0].anonymized_id;
  current = (await app.cycle()).cycle_id;
  await applicants(app, 3);
  for (const [name, reach] of pages.filter(([one]) => only.length === 0 || only.includes(one)))
    for (const [turn, [width, height, scheme]] of [[1280, 900, "light"], [390, 844, "light"], [1280, 900, "dark"]].entries()) {
      const page = await browser.page({ width, height, scheme });
      await reach(page, turn);
      await page.waitForLoadState("networkidle");
      await page.screenshot({ path: join(out, `${name}-${width}-${scheme}.png`), fullPage: true });
      await page.context().close();
    }
} finally {
  await browser.stop();
  await app.stop();
}
