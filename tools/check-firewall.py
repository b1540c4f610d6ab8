#!/usr/bin/env python3
"""One module joins identity and anonymous data (docs/SECURITY.md): no SQL statement outside it names
columns or tables of both, and nobody but its callers includes it. Takes the SQL from the string
literals of src/, with the macros of their file put in. --self-test: shows that it would see one."""
import pathlib
import re
import sys

IDENTITY = """student_id student_accounts primary_email display_name sealed_identity encrypted_pii
    email_hash identity_mapping oauth_identities student_sessions application_drafts
    application_texts""".split()
ANONYMOUS = """anonymized_id anonymized_applications anonymized_texts final_scores final_score_texts
    worker_results judge_results""".split()
JOINS = "src/repo/identity_repo.c"
# Files whose statements may name both, and why nobody learns a link from them.
ALLOWED = {
    JOINS: "the firewall's own SQL",
    "src/repo/anon_repo.c": "scrubbing: reads the identity to take it out, writes the sealed mapping",
    "src/repo/seal_repo.c": "key rotation: tokens that are not opened to anybody",
    "src/repo/verify_repo.c": "verification: looks for rows that belong to nothing, by one id",
    "src/repo/legacy_repo.c": "import of an original installation: writes rows",
    "src/repo/original_repo.c": "import of an original installation: reads the other database",
    "src/repo/original_cycle_repo.c": "import of an original installation: reads the other database",
}
CALLERS = {JOINS, "src/service/identity_firewall.c", "src/service/verify_rows.c"}

TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[A-Za-z_]\w*|[^\s]')
DEFINE = re.compile(r'^[ \t]*#[ \t]*define[ \t]+(\w+)(?:\([^)]*\))?((?:[^\n]*\\\n)*[^\n]*)', re.M)
VERB = re.compile(r'\s*(SELECT|INSERT|UPDATE|DELETE|WITH)\b')


def strip(text):
    text = re.sub(r'/\*.*?\*/', ' ', text, flags=re.S)
    return re.sub(r'(?m)^\s*//.*$', '', text)


def expand(tokens, macros, depth=0):
    out = ""
    for t in tokens:
        if t[0] == '"':
            out += t[1:-1]
        elif t in macros and depth < 8:
            out += expand(macros[t], macros, depth + 1)
    return out


def statements(text):
    """Each run of literals and macros that the compiler would make one string of."""
    text = strip(text)
    macros = {m[1]: TOKEN.findall(m[2].replace("\\\n", " ")) for m in DEFINE.finditer(text)}
    run, depth, before = [], 0, ""
    for t in TOKEN.findall(DEFINE.sub("", text)) + [";"]:
        part = t[0] == '"' or t[0].isalpha() or t[0] == "_"
        if part or (t == "(" and run and before[:1].isalpha()) or depth:
            depth += (t == "(") - (t == ")")
            run.append(t)
        else:
            if any(x[0] == '"' or x in macros for x in run):
                yield expand(run, macros)
            run, depth = [], 0
        before = t
    # A call's arguments are statements of their own too.
    for m in re.finditer(r'\(\s*((?:"(?:[^"\\]|\\.)*"|\w+|\s)+)', DEFINE.sub("", text)):
        yield expand(TOKEN.findall(m[1]), macros)


def both(sql):
    words = set(re.findall(r'\w+', sql))
    return VERB.match(sql) and words & set(IDENTITY) and words & set(ANONYMOUS)


def findings(name, text):
    if name not in ALLOWED:
        for sql in statements(text):
            if both(sql):
                yield f"{name}: joins identity and anonymous data outside {JOINS}: {sql[:90]}"
    if '#include "repo/identity_repo.h"' in text and name not in CALLERS:
        yield f"{name}: only {', '.join(sorted(CALLERS))} may include repo/identity_repo.h"


def self_test():
    joins = '''
#define NAMES_ "JOIN applications a ON a.application_id = x.application_id "
static const struct query q = { .sql = "SELECT x.anonymized_id, a.student_id "
    "FROM anonymized_applications x " NAMES_, .in = &in };'''
    hidden = joins.replace("a.student_id ", "1 ").replace(
        '"JOIN applications', '"JOIN student_accounts s ON TRUE JOIN applications')
    apart = '''
static const struct query a = { .sql = "SELECT student_id FROM applications", .in = &in };
static const struct query b = { .sql = "SELECT anonymized_id FROM final_scores" };'''
    assert list(findings("src/repo/x_repo.c", joins)), "a join was not seen"
    assert list(findings("src/repo/x_repo.c", hidden)), "a join in a macro was not seen"
    assert not list(findings("src/repo/x_repo.c", apart)), "two statements were taken for one"
    assert list(findings("src/api/x.c", '#include "repo/identity_repo.h"\n'))
    for name in CALLERS | set(ALLOWED):
        assert pathlib.Path(name).is_file(), f"{name} is not there any more"
    assert any(both(sql) for sql in statements(pathlib.Path(JOINS).read_text())), "nothing is seen"


def main():
    self_test()
    if sys.argv[1:] == ["--self-test"]:
        return 0
    bad = [f for p in sorted(pathlib.Path("src").rglob("*.c"))
           for f in findings(str(p), p.read_text(encoding="utf-8"))]
    print("\n".join(bad), end="\n" if bad else "")
    return bool(bad)


if __name__ == "__main__":
    sys.exit(main())
