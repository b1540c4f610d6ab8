/* Words. English is in the bundle; another language is one file for the area, fetched when chosen.
 * t("key", { n: 3 }) fills {n} in; a plural entry is picked by `n` with the language's own rules. */
import { signal } from "@preact/signals";
import type common from "../../i18n/common.en.json";
import type room from "../../i18n/room.en.json";
import type staff from "../../i18n/staff.en.json";
import type student from "../../i18n/student.en.json";

export type Key = keyof typeof common | keyof typeof student | keyof typeof staff | keyof typeof room;
export type Language = "en" | "ur";
type Entry = string | Record<string, string>;
export type Catalogue = Record<string, Entry>;

export const languages: { code: Language; name: string; dir: "ltr" | "rtl" }[] = [
  { code: "en", name: "English", dir: "ltr" },
  { code: "ur", name: "اردو", dir: "rtl" },
];

const STORED = "enigma.language";
export const language = signal<Language>("en");
let english: Catalogue = {};
let words = signal<Catalogue>({});
let plurals = new Intl.PluralRules("en");

export function t(key: Key, values?: Record<string, string | number>): string {
  const entry = words.value[key] ?? english[key];
  if (entry === undefined) {
    console.error(`no words for "${key}"`);
    return key;
  }
  let text = typeof entry === "string" ? entry : (entry[plurals.select(Number(values?.["n"] ?? 0))] ?? entry["other"] ?? "");
  if (values)
    text = text.replace(/\{(\w+)\}/g, (whole, name: string) => {
      const value = values[name];
      return value === undefined ? whole : typeof value === "number" ? number(value) : value;
    });
  return text;
}

/** Words for a value of the API such as a status: t("status.scored"), or the value itself. */
export function tValue(prefix: string, value: string): string {
  const key = `${prefix}.${value}`;
  return key in english ? t(key as Key) : value.replaceAll("_", " ");
}

/* Making a formatter costs more than a row of a table. */
const formats = new Map<string, Intl.NumberFormat>();
export function number(value: number, options?: Intl.NumberFormatOptions): string {
  const key = locale() + (options ? JSON.stringify(options) : "");
  let format = formats.get(key);
  if (!format) formats.set(key, (format = new Intl.NumberFormat(locale(), options)));
  return format.format(value);
}

/** Latin digits everywhere: marks and identifiers are compared with printed ones. */
export function locale(): string {
  return language.value === "ur" ? "ur-PK-u-nu-latn" : "en-GB";
}

export async function setLanguage(code: Language): Promise<void> {
  if (code !== "en") {
    const meta = document.querySelector<HTMLMetaElement>(`meta[name="catalogue-${code}"]`);
    const reply = await fetch(meta?.content ?? "");
    if (!reply.ok) throw new Error(`catalogue ${code}: ${reply.status}`);
    words.value = (await reply.json()) as Catalogue;
  } else {
    words.value = english;
  }
  plurals = new Intl.PluralRules(code);
  language.value = code;
  document.documentElement.lang = code;
  document.documentElement.dir = code === "ur" ? "rtl" : "ltr";
  try {
    localStorage.setItem(STORED, code);
  } catch {
    /* a browser without storage forgets the choice */
  }
}

const AGAIN_MS = 1500;
/** The English words of an area whose script does not carry them. Without them nothing can be said but
 * this, until they come. */
export async function fetchEnglish(): Promise<Catalogue> {
  for (;;) {
    const file = document.querySelector<HTMLMetaElement>('meta[name="catalogue-en"]')?.content ?? "";
    const words = await fetch(file).then((reply) => (reply.ok ? (reply.json() as Promise<Catalogue>) : null)).catch(() => null);
    if (words) return words;
    const told = Object.assign(document.createElement("p"), { role: "alert", textContent: "Part of this page did not load. Check the connection; nothing was lost on the server." });
    document.getElementById("app")?.replaceChildren(told);
    await new Promise((done) => setTimeout(done, AGAIN_MS));
  }
}

/** Called once by start(): the words of the bundle, then the stored language. */
export async function openLanguage(bundled: Catalogue): Promise<void> {
  english = bundled;
  words.value = bundled;
  let stored: string | null = null;
  try {
    stored = localStorage.getItem(STORED);
  } catch {
    /* as above */
  }
  if (stored === "ur") await setLanguage("ur").catch(() => undefined);
}
