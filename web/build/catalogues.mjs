/* Reads i18n/AREA.LANGUAGE.json and refuses what is not complete: a missing or unknown key, other
 * placeholders than the English text, a plural without the forms that its language needs. */
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

export const languages = ["en", "ur"];
export const areas = ["student", "staff", "room", "public"];

const places = (text) => [...new Set(text.match(/\{\w+\}/g) ?? [])].sort().join();

function compare(file, key, english, own, language) {
  if (own === undefined) return [`${file}: "${key}" is missing`];
  if (typeof english !== typeof own) return [`${file}: "${key}" has plural forms in one language only`];
  if (typeof own === "string")
    return own.trim() === "" ? [`${file}: "${key}" is empty`]
      : places(own) === places(english) ? [] : [`${file}: "${key}" has other placeholders`];
  const wanted = new Intl.PluralRules(language).resolvedOptions().pluralCategories;
  return wanted.filter((form) => typeof own[form] !== "string").map((form) => `${file}: "${key}" lacks the form ${form}`);
}

/** { common: { en, ur }, student: …}; throws with every complaint at once. */
export function readCatalogues(dir) {
  const all = {}, bad = [];
  for (const area of ["common", ...areas]) {
    all[area] = {};
    for (const language of languages)
      all[area][language] = JSON.parse(readFileSync(join(dir, `${area}.${language}.json`), "utf8"));
    const english = all[area].en;
    for (const language of languages) {
      const own = all[area][language], file = `i18n/${area}.${language}.json`;
      for (const key of Object.keys(english)) bad.push(...compare(file, key, english[key], own[key], language));
      for (const key of Object.keys(own)) if (!(key in english)) bad.push(`${file}: "${key}" is not in English`);
    }
  }
  for (const file of readdirSync(dir))
    if (!/^(common|student|staff|room|public)\.(en|ur)\.json$/.test(file)) bad.push(`i18n/${file}: not a catalogue`);
  if (bad.length) throw new Error(bad.join("\n"));
  return all;
}
