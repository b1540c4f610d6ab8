/* Builds the web interface: build.mjs --out DIR [--vendor] [--watch].
 * DIR/web is what a browser gets; DIR/assets.S and DIR/assets.c put it into the binary;
 * DIR/sizes.json tells the brotli sizes for the budgets. --vendor bundles web/vendor with the
 * esbuild on the PATH, for machines without npm. --watch builds again at each change, for WEB_DIR. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { areas, languages, readCatalogues } from "./catalogues.mjs";
import { embed } from "./embed.mjs";
import { typesOf } from "./types.mjs";

const web = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const args = process.argv.slice(2);
const out = resolve(args[args.indexOf("--out") + 1] ?? "");
const vendored = args.includes("--vendor"), watching = args.includes("--watch");
if (!args.includes("--out")) throw new Error("--out DIR is missing");
const there = (name) => ["tsx", "ts"].some((end) => existsSync(join(web, `src/areas/${name}/main.${end}`)));
const scripts = ["student", "staff", "room", "public", "setup"].filter(there);
const apps = ["student", "staff", "room"].filter(there);

function writeTypes() {
  const openapi = JSON.parse(readFileSync(join(web, "../docs/generated/openapi.json"), "utf8"));
  const to = join(web, "src/api/types.ts"), text = typesOf(openapi);
  mkdirSync(dirname(to), { recursive: true });
  if (!existsSync(to) || readFileSync(to, "utf8") !== text) writeFileSync(to, text);
}

function checkVendor() {
  for (const line of readFileSync(join(web, "vendor/SHA256SUMS"), "utf8").trim().split("\n")) {
    const [sum, name] = line.split(/\s+/);
    if (createHash("sha256").update(readFileSync(join(web, "vendor", name))).digest("hex") !== sum)
      throw new Error(`web/vendor/${name} is not the file that SHA256SUMS names`);
  }
}

function bundle(dir) {
  const own = join(web, "node_modules/.bin/esbuild");
  const packages = ["preact", "@preact/signals", "@preact/signals-core"];
  const more = vendored ? packages.map((name) => `--alias:${name}=${join(web, "vendor", name)}`) : [];
  if (vendored) checkVendor();
  execFileSync(vendored ? "esbuild" : own, [
    ...scripts.map((name) => join(web, `src/areas/${name}/main.${existsSync(join(web, `src/areas/${name}/main.tsx`)) ? "tsx" : "ts"}`)),
    join(web, "src/css/app.css"), join(web, "src/css/docs.css"), join(web, "src/areas/room/capture-worklet.ts"),
    "--bundle", "--charset=utf8", watching ? "--sourcemap=inline" : "--minify", "--format=esm", "--target=es2022,chrome115,firefox115,safari17", "--jsx=automatic",
    "--jsx-import-source=preact", "--loader:.svg=text", "--log-level=warning", "--legal-comments=none", "--entry-names=[dir]/[name]",
    `--outbase=${join(web, "src")}`, `--outdir=${dir}`, ...more,
  ].filter((a) => !a.includes("capture-worklet") || existsSync(a)), { cwd: web, stdio: ["ignore", "inherit", "inherit"] });
}

const hashed = (name, bytes) => name.replace(/(\.\w+)$/, `.${createHash("sha256").update(bytes).digest("hex").slice(0, 10)}$1`);

function fillIn(html, words, names, where) {
  return html.replace(/\{\{(\w+):([\w.-]+)\}\}/g, (_, kind, name) => {
    const text = kind === "t" ? words[name] : kind === "asset" ? names[name] : undefined;
    if (typeof text !== "string") throw new Error(`${where}: {{${kind}:${name}}} is not known`);
    return kind === "t" ? text.replaceAll(/&(?!quot;)/g, "&amp;").replaceAll("<", "&lt;") : text;
  });
}

/* A page for each language stands at /page and /ur/page; a template is filled in by the server. */
function pages(files, names, catalogues) {
  const dir = join(web, "pages"), partial = readFileSync(join(dir, "public/frame.html"), "utf8");
  for (const file of readdirSync(join(dir, "public")).filter((f) => f !== "frame.html")) {
    const name = file.replace(".html", "");
    for (const language of languages) {
      const words = { ...catalogues.common[language], ...catalogues.public[language], lang: language, dir: language === "ur" ? "rtl" : "ltr",
        self: name === "home" ? "" : name, prefix: language === "en" ? "" : `/${language}`, home: language === "en" ? "/" : `/${language}` };
      words.title = words[`${name}.title`];
      const whole = partial.replace("{{page}}", readFileSync(join(dir, "public", file), "utf8"));
      const template = ["home", "signin-failed"].includes(name);
      const path = template ? `template:${name}.${language}` : `${words.prefix}/${name}`;
      if (name === "404" && language !== "en") continue;
      files.push({ name: `${name}.${language}.html`, bytes: Buffer.from(fillIn(whole, words, names, file)), paths: [path], immutable: false });
    }
  }
}

function shells(files, names) {
  const routes = JSON.parse(readFileSync(join(web, "src/routes.json"), "utf8"));
  const html = readFileSync(join(web, "pages/app.html"), "utf8");
  for (const area of apps) {
    const own = routes.filter((r) => r.area === area).map(({ path, page }) => ({ path, page }));
    const words = { area, routes: JSON.stringify(own).replaceAll('"', "&quot;") };
    names.area = names[`${area}.js`];
    for (const language of languages) names[`area-${language}`] = names[`${area}.${language}.json`];
    names.live = watching ? "/web/events" : "";
    files.push({ name: `${area}.html`, bytes: Buffer.from(fillIn(html, words, names, "app.html")), paths: routes.filter((r) => r.area === area).map((r) => r.path), immutable: false });
  }
}

function build() {
  const began = Date.now(), dist = join(out, "web"), bundled = join(out, "web-bundled");
  for (const dir of [dist, bundled, join(out, "web-bytes")]) rmSync(dir, { recursive: true, force: true });
  for (const dir of [dist, join(dist, "assets"), join(out, "web-bytes")]) mkdirSync(dir, { recursive: true });
  writeTypes();
  const catalogues = readCatalogues(join(web, "i18n"));
  bundle(bundled);
  const files = [], names = {};
  const keep = (name, bytes) => {
    names[name] = `/assets/${hashed(name, bytes)}`;
    files.push({ name: names[name].slice(1), bytes, paths: [names[name]], immutable: true, plain: name });
  };
  keep("app.css", readFileSync(join(bundled, "css/app.css")));
  for (const script of scripts) keep(`${script}.js`, readFileSync(join(bundled, `areas/${script}/main.js`)));
  const worklet = join(bundled, "areas/room/capture-worklet.js");
  if (existsSync(worklet)) keep("capture-worklet.js", readFileSync(worklet));
  for (const area of areas.filter((a) => a !== "public"))
    for (const language of languages)
      keep(`${area}.${language}.json`, Buffer.from(JSON.stringify({ ...catalogues.common[language], ...catalogues[area][language] })));
  files.push({ name: "docs.css", bytes: readFileSync(join(bundled, "css/docs.css")), paths: ["/docs.css"], immutable: false });
  files.push({ name: "favicon.svg", bytes: readFileSync(join(web, "pages/favicon.svg")), paths: ["/favicon.svg"], immutable: false });
  names["capture-worklet.js"] ??= "";
  pages(files, names, catalogues);
  shells(files, names);
  const setup = fillIn(readFileSync(join(web, "pages/setup.html"), "utf8"), {}, names, "setup.html");
  files.push({ name: "setup.html", bytes: Buffer.from(setup), paths: ["/setup"], immutable: false });
  for (const f of files) writeFileSync(join(dist, f.name), f.bytes);
  const sizes = watching ? {} : embed(out, files);
  const named = Object.fromEntries(files.map((f) => [f.plain ?? f.name, sizes[f.name]]));
  writeFileSync(join(out, "sizes.json"), JSON.stringify(named, null, 1));
  writeFileSync(join(dist, "stamp"), String(began));
  if (watching) console.log(`built in ${Date.now() - began} ms`);
}

/* The time of the last change below web/, by looking: watching folders is not the same everywhere. */
function newest() {
  let at = 0;
  const visit = (dir) => {
    for (const entry of readdirSync(dir, { withFileTypes: true })) {
      const path = join(dir, entry.name);
      if (entry.isDirectory()) visit(path);
      else if (entry.name !== "types.ts") at = Math.max(at, statSync(path).mtimeMs);
    }
  };
  for (const dir of ["src", "pages", "i18n"]) visit(join(web, dir));
  return at;
}

build();
if (watching) {
  const LOOK_MS = 300;
  let last = newest();
  const again = () => {
    last = newest();
    try { build(); } catch (error) { console.error(error.message); }
  };
  setInterval(() => { if (newest() > last) again(); }, LOOK_MS);
}
