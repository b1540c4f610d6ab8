#!/usr/bin/env python3
"""Compiles the marked essays of tests/data/scrub into gold records, one JSON object a line:
make_gold.py dev|check [FOLDER [ROUNDS]]. A record has the applicant's row, essay, achievements, and spans with
UTF-8 byte offsets. Every applicant of the half gets one body and two closings; they go round
the origins, so that each meets several regions. A round is two applicants of each origin (1.5: three).
A folder without a check half gives all its people to the dev half. No randomness: the same texts give the same bytes."""
import json
import pathlib
import re
import sys
import unicodedata

MONTHS = ("January February March April May June July August September October November "
          "December").split()
MARK = re.compile(r"\{\{(~|\+[a-z]*|[A-Z]+(?::[a-z]+)?)\|((?:[^{}]|\{[^{])*?)\}\}")
HALF = {"dev": 0, "check": 1}


def ascii_fold(text):
    for a, b in (("đ", "d"), ("Đ", "D"), ("ł", "l"), ("Ł", "L"), ("ø", "o"), ("Ø", "O"), ("ı", "i"),
                 ("ß", "ss"), ("æ", "ae")):
        text = text.replace(a, b)
    return "".join(c for c in unicodedata.normalize("NFKD", text) if ord(c) < 128)


def read_origins(path):
    origins, now = {}, None
    for line in path.read_text(encoding="utf-8").splitlines():
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        if line.startswith("["):
            now = origins.setdefault(line[1:-1], {"a": [], "f": [], "t": []})
            continue
        key, value = (s.strip() for s in line.split(":", 1))
        parts = [p.strip() for p in value.split("|")]
        if key in ("a", "f"):
            now[key].append(parts)
        elif key == "t":
            now[key].append(parts[0])
        else:
            now[key] = parts
    return origins


def read_bodies(path):
    bodies, part = [], None
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        if line.startswith("=== "):
            bodies.append({"name": line[4:].strip(), "essay": [], "achievements": []})
            part = "essay"
        elif line.startswith("--- "):
            part = line[4:].strip()
        elif part:
            bodies[-1][part].append(line)
    for b in bodies:
        for f in ("essay", "achievements"):
            b[f] = "\n".join(b[f]).strip()
    return bodies


def typo_of(name):
    """One letter written twice, or two letters swapped where the name is long enough."""
    if len(name) > 5 and " " not in name[3:5]:
        return name[:3] + name[4] + name[3] + name[5:]
    return name[:2] + name[1:2] + name[2:] if len(name) > 1 else name + name


def stretch_of(name):
    """The last vowel held, as when a name is called across a yard."""
    at = max((i for i, c in enumerate(ascii_fold(name).lower()) if c in "aeiouy"), default=0)
    return name[:at] + name[at:at + 1] * 4 + name[at + 1:]


def ordinal(n):
    return f"{n}{'th' if 10 < n < 14 else {1: 'st', 2: 'nd', 3: 'rd'}.get(n % 10, 'th')}"


def turns(origin, half, halves, k):
    """The applicant, three others, the teacher and the part of each further key of the k-th record.
    Of two halves each has its own; a single half goes round all of them."""
    people, others, teachers = origin["a"], origin["f"], origin["t"]
    i, at = HALF[half], k % (2 if halves else len(people))
    if halves:
        return people[i * 2 + at], others[i * 3:i * 3 + 3], teachers[i], i
    others = [others[(at * 3 + n) % len(others)] for n in range(3)]
    return people[at], others, teachers[at % len(teachers)], at


def values(origin, half, halves, k):
    person, others, teacher, turn = turns(origin, half, halves, k)
    first, last, nick, email, phone, address, dob = person
    whole = f"{first} {last}".strip()
    year, month, day = dob.split("-")
    handle = re.sub("[^a-z]", "", ascii_fold(first + last).lower())
    v = {
        "first": first, "last": last or first, "full": whole, "nick": nick, "email": email,
        "phone": phone, "address": address, "dob": dob,
        "dob_year": year, "dob_long": f"{int(day)} {MONTHS[int(month) - 1]} {year}",
        "dob_slash": f"{day}/{month}/{year}", "dob_dots": f"{int(day)}.{int(month)}.{year}",
        "dob_us": f"{MONTHS[int(month) - 1]} {int(day)}, {year}",
        "dob_ord": f"{ordinal(int(day))} of {MONTHS[int(month) - 1]} {year}",
        "dob_mon": f"{int(day)} {MONTHS[int(month) - 1]}",
        "letters": "".join(p[0] for p in re.split("[ -]", whole)), "lastletter": (last or first)[0],
        "stretch": stretch_of(first), "stam": f"{first[0]}-{first[0]}-{first}",
        "drop": first[:1] + first[2:] if len(first) > 3 else first * 2,
        "dotted": ".".join(re.sub("[^a-z]", "", ascii_fold(p).lower()) for p in (first, last) if p),
        "joined": re.sub("[^A-Za-z]", "", ascii_fold(whole)),
        "CAPS": whole.upper(), "lower": whole.lower(),
        "initials": "".join(p[0] + "." for p in re.split("[ -]", whole)),
        "linit": f"{first} {last[0]}." if last else first,
        "finit": f"{first[0]}. {last}" if last else first,
        "swap": f"{last}, {first}" if last else first,
        "spelled": "-".join(re.sub(r"[^\w]", "", first).upper()), "typo": typo_of(first),
        "handle": handle, "email_spoken": email.replace("@", " [at] ").replace(".", " dot "),
        "t": teacher, "t_plain": re.sub("[^a-z]", "", ascii_fold(teacher).lower()),
        "FIRST": first.upper(),
        "firstascii": re.sub("[^A-Za-z]", "", ascii_fold(first)),
    }
    for n in range(3):
        f, l = others[n]
        v |= {f"f{n + 1}": f, f"f{n + 1}l": l, f"f{n + 1}_lower": f.lower(),
              f"f{n + 1}_mail": f.lower().replace(" ", ""),
              f"f{n + 1}_plain": re.sub("[^a-z]", "", ascii_fold(f).lower())}
    for key, parts in origin.items():
        if key not in ("a", "f", "t"):
            v[key] = parts[min(turn, len(parts) - 1) if halves else turn % len(parts)]
    return v | {key + "_lower": v[key].lower() for key in v} | {
        key + "_upper": v[key].upper() for key in v}


def fill(text, v):
    def one(m):
        name = m.group(1)
        while name not in v and name:
            name = name[:-1]
        if not name:
            raise SystemExit(f"unknown name ${m.group(1)}")
        return v[name] + m.group(1)[len(name):]
    return re.sub(r"\$([A-Za-z0-9_]+)", one, text)


def compile_field(field, text, v):
    out, spans, at = "", [], 0
    for m in MARK.finditer(text):
        out += fill(text[at:m.start()], v)
        kind, inner = m.group(1), fill(m.group(2), v)
        start = len(out.encode())
        out += inner
        typ, _, sub = kind.partition(":")
        action = "redact"
        if kind.startswith("+"):
            typ, sub, action = "KEEP", kind[1:], "keep"
        elif kind == "~":
            typ, sub, action = "EITHER", "", "either"
        spans.append({"field": field, "start": start, "end": len(out.encode()), "type": typ,
                      "sub": sub or typ.lower(), "action": action, "text": inner})
        at = m.end()
    out += fill(text[at:], v)
    if "{{" in out or "}}" in out:
        raise SystemExit(f"{field}: unread mark in: {out[max(0, out.find('{{') - 20):][:80]}")
    return out, spans


def main():
    half = sys.argv[1]
    folder = pathlib.Path(sys.argv[2] if len(sys.argv) > 2 else
                          pathlib.Path(__file__).parents[2] / "tests/data/scrub")
    origins = read_origins(folder / "origins.txt")
    bodies = read_bodies(folder / f"bodies_{half}.txt")
    tails = read_bodies(folder / f"tails_{half}.txt")
    halves = (folder / "bodies_check.txt").exists()
    rounds = float(sys.argv[3]) if len(sys.argv) > 3 else 1
    n = 0
    for k in range(round(2 * rounds)):
        for name, origin in origins.items():
            body = bodies[(n * 7 + k) % len(bodies)]
            v = values(origin, half, halves, k)
            record = {"id": f"{half}-{name}-{k + 1}-{body['name']}", "first_name": v["first"],
                      "last_name": "" if v["full"] == v["first"] else v["last"],
                      "email": v["email"], "phone": v["phone"],
                      "address": v["address"], "date_of_birth": v["dob"], "spans": [],
                      "meta": {"origin": name, "body": body["name"]}}
            ends = [tails[(n * 5 + k) % len(tails)],
                    tails[(n * 5 + k + len(tails) // 2) % len(tails)]]
            for f in ("essay", "achievements"):
                text = "\n".join([body[f]] + [t[f] for t in ends])
                record[f], spans = compile_field(f, text, v)
                record["spans"] += spans
            print(json.dumps(record, ensure_ascii=False))
            n += 1


if __name__ == "__main__":
    main()
