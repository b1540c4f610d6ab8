/* Pictures of the key pages: screenshots.mjs DIR. One entry a page; how it is reached, then its name. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { App, Browser, ready, signInStaff, signInStudent } from "./support.mjs";

const out = process.argv[2];
mkdirSync(out, { recursive: true });
const pages = [
  ["home", async (page, app) => page.goto(app.url)],
  ["home-urdu", async (page, app) => page.goto(`${app.url}/ur`)],
  ["privacy", async (page, app) => page.goto(`${app.url}/privacy`)],
  ["signin", async (page, app) => { await page.goto(`${app.url}/signin`); await page.waitForSelector("#people button"); }],
  ["student", async (page, app) => { await signInStudent(page, app); await page.waitForSelector(".empty, .card"); }],
  ["staff-signin", async (page, app) => { await page.goto(`${app.url}/staff/signin`); await ready(page); }],
  ["staff", async (page, app) => { await signInStaff(page, app); await page.waitForSelector("table.data tbody tr"); }],
];

const app = await App.start(), browser = await Browser.start();
try {
  await app.cycle();
  for (const [name, reach] of pages)
    for (const [width, height, scheme] of [[1280, 900, "light"], [390, 844, "light"], [1280, 900, "dark"]]) {
      const page = await browser.page({ width, height, scheme });
      await reach(page, app);
      await page.waitForLoadState("networkidle");
      await page.screenshot({ path: join(out, `${name}-${width}-${scheme}.png`), fullPage: true });
      await page.context().close();
    }
} finally {
  await browser.stop();
  await app.stop();
}
