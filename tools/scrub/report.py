#!/usr/bin/env python3
"""Measures `enigma scrub --jsonl` against the gold of tests/data/scrub:
report.py ENIGMA [dev|check|wide|fresh|blind|late|last|other|ninth|tenth|eleventh|twelfth|
thirteenth|fourteenth|fifteenth|sixteenth ...] [--misses N] [--gate]

A gold span leaks when something identifying of it can still be read in the scrubbed text; an ordinary
word or a hard negative is lost when it is gone. Printed by class, by region and by disguise of the own
name; --gate fails past the limits of GATE. Only Python's own library is used."""
import argparse
import collections
import difflib
import json
import pathlib
import re
import subprocess
import sys
import unicodedata

HERE = pathlib.Path(__file__).parent
WORD = re.compile(r"[^\W_](?:[^\W_]|[\u0300-\u036f])*")
PLACEHOLDER = re.compile(r"\[[A-Z][A-Z0-9_]*\]")
CLASSES = {
    "direct": "SELF EMAIL PHONE URL HANDLE ADDRESS ID IP GEO DOB",
    "third party": "PERSON",
    "locating": "LOCATION SCHOOL ORG",
    "proxy": "AGE GENDER NATIONALITY RELIGION ORIENTATION FAMILY DISABILITY",
}
CLASS_OF = {t: c for c, ts in CLASSES.items() for t in ts.split()}
REGIONS = {
    "Anglo": "uk us scotland canada jamaica vietus caribbean",
    "South Asia": "india pakistan bangladesh nepal srilanka",
    "East Asia": "china korea japan viet sea taiwan indonesia philippines mongolia malaysia myanmar",
    "Middle East": "arab iran israel turkey egypt morocco armenia kazakhstan uzbekistan kyrgyz oman "
                   "kuwait gulf georgia",
    "Africa": "nigeria africa ghana ethiopia kenya southafrica uganda tanzania rwanda horn "
              "senegal zimbabwe",
    "Latin": "latam spain brazil peru bolivia guatemala mexico",
    "Pacific": "fiji samoa maori tonga pacific hawaii",
    "C/N/E Europe": "poland czech balkan ukraine nordic hungary finland greece iceland",
    "W Europe": "france nl ireland italy germany portugal",
}
REGION_OF = {o: r for r, os in REGIONS.items() for o in os.split()}
# Most that may leak or be lost, in percent.
GATE = {"direct": 1.5, "third party": 15, "locating": 10, "proxy": 25, "words": 1.5, "kept": 8}
# Words of a span that say nothing by themselves.
HOLLOW = set("""a an the of in at for to and by with on my our one as is i am was de la le el do da
street st road rd lane close avenue rue calle no nr flat floor school college high secondary gymnasium
lycee liceo club society number card https http www com org net example mail post inbox dot at io
github youtube vimeo gitlab t me u""".split())
# Words that a scrubber may rewrite in any sentence.
FREE = set("""he she him her his hers himself herself they them their theirs themselves mr mrs ms miss mx
dr prof professor mother father mum mom dad parent parents brother sister sibling son daughter child
grandmother grandfather grandma grandpa aunt uncle cousin niece nephew relative husband wife is are was
were has have does do man woman men women boy girl person people student students""".split())


def fold(text):
    return "".join(c for c in unicodedata.normalize("NFKD", text.casefold())
                   if not unicodedata.combining(c))


def words(text):
    """Folded words of a text with their byte offsets."""
    out, byte, last = [], 0, 0
    for m in WORD.finditer(text):
        byte += len(text[last:m.start()].encode())
        size = len(m.group().encode())
        out.append((byte, byte + size, fold(m.group())))
        byte, last = byte + size, m.end()
    return out


def gone(before, after):
    """For each word whether it is missing from the scrubbed text."""
    left = [fold(w) for w in re.findall(r"\x00|" + WORD.pattern, PLACEHOLDER.sub(" \x00 ", after))]
    missing = [True] * len(before)
    match = difflib.SequenceMatcher(None, [w[2] for w in before], left, autojunk=False)
    for i, _, n in match.get_matching_blocks():
        missing[i:i + n] = [False] * n
    return missing


def leaks(kind, span_words, readable):
    if not readable:
        return False
    if kind in ("PHONE", "ID", "IP"):
        return sum(c.isdigit() for w in readable for c in w) >= 4
    if kind == "GEO":
        return any(len(w) >= 3 for w in readable)
    if kind in ("FAMILY", "DISABILITY"):
        telling = [w for w in span_words if w not in HOLLOW]
        return 2 * sum(w in readable for w in telling) > len(telling)
    if kind in ("SELF", "PERSON"):
        return True
    return any(w not in HOLLOW for w in readable)


class Tally:
    def __init__(self):
        self.spans, self.leaked = collections.Counter(), collections.Counter()
        self.by_region = collections.defaultdict(lambda: [0, 0])
        self.by_form = collections.defaultdict(lambda: [0, 0])
        self.kept = collections.defaultdict(lambda: [0, 0])
        self.plain, self.lost, self.docs, self.direct_docs, self.held = 0, 0, 0, 0, 0
        self.notes = []

    def add(self, gold, scrubbed):
        self.docs += 1
        self.held += scrubbed.get("status") == "held"
        leaking = False
        for field in ("essay", "achievements"):
            before = words(gold[field])
            missing = gone(before, scrubbed[field])
            taken = set()
            for s in (s for s in gold["spans"] if s["field"] == field):
                inside = [i for i, w in enumerate(before) if w[0] < s["end"] and w[1] > s["start"]]
                taken.update(inside)
                leaking |= self.span(gold, s, [before[i][2] for i in inside],
                                     [before[i][2] for i in inside if not missing[i]])
            for i, w in enumerate(before):
                if i not in taken and w[2] not in FREE:
                    self.plain += 1
                    self.lost += missing[i]
                    if missing[i]:
                        self.notes.append(("LOST", "plain", w[2], gold["id"]))
        self.direct_docs += leaking

    def span(self, gold, s, inside, readable):
        """Counts one gold span; whether a direct identifier leaks."""
        if s["action"] == "keep":
            self.kept[s["sub"]][0] += 1
            if len(readable) < len(inside):
                self.kept[s["sub"]][1] += 1
                self.notes.append(("LOST", s["sub"], s["text"], gold["id"]))
        if s["action"] != "redact":
            return False
        bad = leaks(s["type"], inside, readable)
        self.spans[s["type"]] += 1
        self.leaked[s["type"]] += bad
        if bad:
            self.notes.append(("LEAK", s["type"] + ":" + s["sub"], s["text"], gold["id"]))
        if s["type"] == "SELF":
            for cell in (self.by_region[REGION_OF[gold["meta"]["origin"]]], self.by_form[s["sub"]]):
                cell[0] += 1
                cell[1] += bad
        return bad and CLASS_OF[s["type"]] == "direct"


def percent(a, b):
    return 100.0 * a / b if b else 0.0


def show(t):
    result = {}
    print(f"{t.docs} applications, {t.held} held, {t.direct_docs} with a direct leak")
    print(f"  {'class':14}{'spans':>7}{'leaked':>8}{'%':>8}")
    for name, types in CLASSES.items():
        for kind in types.split():
            if t.spans[kind]:
                print(f"    {kind:12}{t.spans[kind]:7}{t.leaked[kind]:8}"
                      f"{percent(t.leaked[kind], t.spans[kind]):8.2f}")
        n, bad = (sum(c[k] for k in types.split()) for c in (t.spans, t.leaked))
        result[name] = percent(bad, n)
        print(f"  {name:14}{n:7}{bad:8}{result[name]:8.2f}")
    kept, lost = (sum(v[i] for v in t.kept.values()) for i in (0, 1))
    result["words"], result["kept"] = percent(t.lost, t.plain), percent(lost, kept)
    print(f"  {'words lost':14}{t.plain:7}{t.lost:8}{result['words']:8.2f}")
    print(f"  {'evidence lost':14}{kept:7}{lost:8}{result['kept']:8.2f}")
    for title, cells in (("own name by region", t.by_region), ("own name by form", t.by_form),
                         ("evidence lost by kind", t.kept)):
        print(f"  {title}: " + ", ".join(f"{k} {v[1]}/{v[0]}" for k, v in sorted(cells.items())))
    rates = [percent(v[1], v[0]) for v in t.by_region.values()]
    print(f"  gap between regions: {max(rates) - min(rates):.2f} points")
    return result


DATA = HERE.parents[1] / "tests/data/scrub"
SETS = {"wide": ["dev", DATA / "wide", "5"],  # five rounds of 24 origins
        "fresh": ["dev", DATA / "fresh", "4"],
        "blind": ["dev", DATA / "blind", "3"],
        "late": ["check", DATA / "blind", "3"],
        "last": ["dev", DATA / "last", "6"],
        "other": ["dev", DATA / "other", "3"],
        "ninth": ["dev", DATA / "ninth", "3"],
        "tenth": ["dev", DATA / "tenth", "2"],
        "eleventh": ["dev", DATA / "eleventh", "1.5"],
        "twelfth": ["dev", DATA / "twelfth", "1.5"],
        "thirteenth": ["dev", DATA / "thirteenth", "1.5"],
        "fourteenth": ["dev", DATA / "fourteenth", "1.5"],
        "fifteenth": ["dev", DATA / "fifteenth", "1.5"],
        "sixteenth": ["dev", DATA / "sixteenth", "1.5"]}


def main():
    ap = argparse.ArgumentParser(usage=__doc__)
    ap.add_argument("enigma")
    ap.add_argument("halves", nargs="*")
    ap.add_argument("--misses", type=int, default=0)
    ap.add_argument("--gate", action="store_true")
    a = ap.parse_args()
    bad = []
    for half in a.halves or ["dev", "check", *SETS]:
        gold_text = subprocess.run([sys.executable, HERE / "make_gold.py", *SETS.get(half, [half])],
                                   check=True, stdout=subprocess.PIPE).stdout
        gold = [json.loads(line) for line in gold_text.splitlines()]
        rows = ("id", "first_name", "last_name", "email", "phone", "address", "date_of_birth",
                "essay", "achievements")
        asked = "\n".join(json.dumps({k: g[k] for k in rows}) for g in gold) + "\n"
        out = subprocess.run([a.enigma, "scrub", "--jsonl"], input=asked.encode(), check=True,
                             stdout=subprocess.PIPE).stdout
        answers = {r["id"]: r for r in map(json.loads, out.splitlines())}
        tally = Tally()
        for g in gold:
            tally.add(g, answers[g["id"]])
        print(f"== {half}")
        result = show(tally)
        for note in tally.notes[:a.misses]:
            print("  ", *note)
        bad += [f"{half}: {k} {result[k]:.2f} > {limit}" for k, limit in GATE.items()
                if result[k] > limit]
    if a.gate and bad:
        print("past the limits: " + "; ".join(bad))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
