#!/usr/bin/env python3
"""Writes data.sql, interviews.sql, monitor.sql and broken.sql beside it: an original installation with known keys and
passwords, all people invented. The same bytes at every run. Needs python3-cryptography and a crypt
module that knows bcrypt (Python 3.11 or 3.12)."""

import base64
import crypt  # the standard library's, for bcrypt
import datetime
import hashlib
import hmac
import json
import pathlib
import random

from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

HERE = pathlib.Path(__file__).parent
OLD_KEY = base64.urlsafe_b64encode(bytes(range(32))).decode()
OTHER_KEY = base64.urlsafe_b64encode(bytes(range(100, 132))).decode()
VERSION = "a7b8c9d1e2f3"
PASSWORDS = {"root": "original root passphrase", "maya": "Maya's long password",
             "omar": "Omar's long password", "old.auditor": "auditor of last year"}
UTC = datetime.timezone.utc
rng = random.Random(20251201)


def at(day, hour=9, us=0):
    """That many days after 2025-09-01."""
    return datetime.datetime(2025, 9, 1, hour, 0, 0, us, UTC) + datetime.timedelta(days=day)


def fernet(key, text, when):
    """A Fernet token with an initialisation vector that depends on the text alone."""
    raw = base64.urlsafe_b64decode(key)
    iv = hashlib.sha256(b"iv" + text.encode()).digest()[:16]
    pad = padding.PKCS7(128).padder()
    box = Cipher(algorithms.AES(raw[16:]), modes.CBC(iv)).encryptor()
    body = box.update(pad.update(text.encode()) + pad.finalize()) + box.finalize()
    head = b"\x80" + int(when.timestamp()).to_bytes(8, "big") + iv + body
    return base64.urlsafe_b64encode(head + hmac.new(raw[:16], head, hashlib.sha256).digest()).decode()


def literal(v):
    if v is None:
        return "NULL"
    if isinstance(v, bool):
        return "TRUE" if v else "FALSE"
    if isinstance(v, (int, float)):
        return repr(v)
    if isinstance(v, datetime.datetime):
        return "'" + v.isoformat() + "'"
    if isinstance(v, (dict, list)):
        v = json.dumps(v, ensure_ascii=False)
    return "'" + v.replace("'", "''") + "'"


class Tables:
    def __init__(self):
        self.rows = {}
        self.serial = {}

    def add(self, table, **row):
        self.rows.setdefault(table, []).append(row)
        return row

    def number(self, table):
        self.serial[table] = self.serial.get(table, 0) + 1
        return self.serial[table]

    def sql(self):
        out = []
        for table, rows in self.rows.items():
            for row in rows:
                out.append(f"INSERT INTO {table} ({', '.join(row)}) VALUES ("
                           f"{', '.join(literal(v) for v in row.values())});")
        for table, column in (("oauth_identities", "identity_id"), ("identity_mapping", "mapping_id"),
                              ("deterministic_metrics", "metric_id"), ("batch_runs", "batch_id"),
                              ("final_scores", "score_id"), ("selection_logs", "selection_id"),
                              ("hash_chain", "chain_id"), ("audit_logs", "log_id")):
            out.append(f"SELECT setval(pg_get_serial_sequence('{table}', '{column}'), "
                       f"(SELECT COALESCE(MAX({column}), 1) FROM {table}));")
        return "\n".join(out) + "\n"


t = Tables()
hex_id = lambda prefix, n=8: prefix + "".join(rng.choice("0123456789ABCDEF") for _ in range(n))
chain_head = "0" * 64
audit_head = None


def audit(when, entity_type, entity_id, action, actor, details=None):
    global audit_head
    log_id = t.number("audit_logs")
    data = {"log_id": log_id, "timestamp": when.isoformat(), "entity_type": entity_type,
            "entity_id": entity_id, "action": action.lower(), "actor": actor,
            "previous_hash": audit_head or "genesis"}
    current = hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()
    t.add("audit_logs", log_id=log_id, timestamp=when, entity_type=entity_type, entity_id=entity_id,
          action=action, actor=actor, details=details, log_metadata=None, previous_hash=audit_head,
          current_hash=current)
    audit_head = current


def chain(anon, score, when):
    """One decision into the hash chain; its hash."""
    global chain_head
    data = {k: score[k] for k in ("final_score", "academic_score", "test_score", "achievement_score",
                                  "essay_score", "explanation", "strengths",
                                  "areas_for_improvement", "worker_attempts")}
    data.update(anonymized_id=anon, timestamp=score["timestamp"].isoformat())
    text = json.dumps(data, sort_keys=True, default=str)
    digest = hashlib.sha256(f"{text}|{chain_head}".encode()).hexdigest()
    t.add("hash_chain", chain_id=t.number("hash_chain"), anonymized_id=anon,
          decision_type="phase1_final", data_json=text, data_hash=digest,
          previous_hash=chain_head, timestamp=when)
    chain_head = digest
    return digest


def bcrypt(password, n):
    salt = "".join("./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"[
        (n * 7 + i * 11) % 64] for i in range(21)) + "u"
    return crypt.crypt(password, "$2b$12$" + salt)


ADMINS = {}
for n, (name, role, active) in enumerate((("root", "SUPER_ADMIN", True), ("maya", "ADMIN", True),
                                          ("omar", "ADMIN", True),
                                          ("old.auditor", "AUDITOR", False))):
    admin_id = "ADM_" + name.replace(".", "").upper()[:8]
    ADMINS[name] = admin_id
    t.add("admin_users", admin_id=admin_id, username=name, password_hash=bcrypt(PASSWORDS[name], n),
          email=f"{name}@college.example", role=role, is_active=active, created_at=at(-30 + n),
          last_login=at(80, 8, 123456) if active else None)
    audit(at(-30 + n, 9, 1000 * n), "AdminUser", admin_id, "CREATE", "system",
          {"username": name, "role": role.lower()})
ROOT, MAYA = ADMINS["root"], ADMINS["maya"]
t.add("admin_sessions", session_id="SES_0A1B2C3D", admin_id=ROOT, token="aaaa.bbbb.cccc",
      expires_at=at(81), created_at=at(80), ip_address=None, user_agent=None, revoked=False)
audit(at(80, 8, 123456), "AdminUser", ROOT, "LOGIN", ROOT)

FIRST = ["Ana", "Bilal", "Chloé", "Dmitri", "Esra", "Femi", "Gül", "Hana", "Ivo", "José", "Kofi", "Lín"]
LAST = ["Moreau", "Nakamura", "O'Brien", "Petrović", "Qureshi", "Rossi", "Sørensen", "Takács"]
STUDENTS = []
for n in range(36):
    name = f"{FIRST[n % 12]} {LAST[(n * 5) % 8]}"
    student = hex_id("STU_")
    STUDENTS.append((student, name, f"student{n}@mail.example"))
    t.add("student_accounts", student_id=student, primary_email=f"student{n}@mail.example",
          display_name=name if n % 5 else None, status="SUSPENDED" if n == 35 else "ACTIVE",
          created_at=at(0, 10, n), updated_at=at(1, 10, n), verified_at=at(0, 11, n) if n % 4 else None)
    if n % 2 == 0:
        t.add("oauth_identities", identity_id=t.number("oauth_identities"), student_id=student,
              provider="google", provider_sub=str(10 ** 20 + n * 77),
              email=f"student{n}@mail.example", email_verified=True,
              raw_profile={"name": name, "picture": "https://img.example/p.png"},
              created_at=at(0, 11, n), updated_at=at(0, 11, n))
t.add("student_sessions", session_id="STS_0123456789", student_id=STUDENTS[0][0],
      session_token_hash="ab" * 32, expires_at=at(81), created_at=at(80), last_active_at=at(80),
      ip_address="192.0.2.7", user_agent="Mozilla/5.0", revoked=False)
t.add("student_auth_states", state="st4te", code_challenge="c" * 43, code_verifier_hash="",
      nonce="n0nce", redirect_uri="https://apply.college.example/cb", created_at=at(80),
      expires_at=at(80), consumed=True)

TOPICS = ["a rain gauge network that our village now uses to plan its drains",
          "a night school for fishermen who wanted to read their own contracts",
          "the library's catalogue, which nobody had touched since 1987",
          "a robot arm from bicycle parts that sorts screws by length"]


def cycle(cycle_id, name, phase, day, seats, is_open=False, selected=0, apps=0):
    t.add("admission_cycles", cycle_id=cycle_id, cycle_name=name, phase=phase, is_open=is_open,
          max_seats=seats, current_seats=apps, selected_count=selected, result_date=at(day + 60),
          start_date=at(day), end_date=at(day + 30) if not is_open else
          datetime.datetime(2099, 1, 1, tzinfo=UTC), created_at=at(day, 8), created_by=ROOT,
          closed_at=None if is_open else at(day + 30), closed_by=None if is_open else MAYA)
    audit(at(day, 8, 500), "AdmissionCycle", cycle_id, "CREATE", ROOT, {"seats": seats})


def apply(cycle_id, day, n, status):
    """One application; (application id, person)."""
    student, name, email = STUDENTS[n]
    app = hex_id("APP_")
    when = at(day + n % 20, 12, 1000 + n)
    tests = {"SAT": 1000 + (n * 53) % 600}
    if n % 3 == 0:
        tests["ACT"] = 20 + n % 16
    if n % 7 == 0:
        tests["IELTS"] = 6.5
    essay = (f"My name is {name} and I built {TOPICS[n % 4]}. It took two winters. " * 3).strip()
    row = t.add("applications", application_id=app, admission_cycle_id=cycle_id, student_id=student,
                timestamp=when, name=name, email=email,
                phone="+44 20 7946 %04d" % n if n % 3 else None,
                address=f"{n + 1} Harbour Road\nPort Example" if n % 2 else None,
                gpa=[3.5, 3.456, 2.875, 4.0, 3.91][n % 5], test_scores=tests, essay=essay,
                achievements=f"First prize in the regional fair of 2023; taught {n + 3} children “chess”.",
                status=status, created_at=when, updated_at=when + datetime.timedelta(days=5))
    return row


def anonymize(row, day, n):
    anon = f"ANON_{int(at(day, 14).timestamp() * 1000) + n}_" + hex_id("", 6)
    when = at(day, 14, n)
    t.add("anonymized_applications", anonymized_id=anon, application_id=row["application_id"],
          gpa=row["gpa"], test_scores=row["test_scores"],
          essay_scrubbed=row["essay"].replace(row["name"], "[NAME_REDACTED]"),
          achievements_scrubbed=row["achievements"], created_at=when)
    pii = {"name": row["name"], "email": row["email"]}
    for key in ("phone", "address"):
        if row[key]:
            pii[key] = row[key]
    t.add("identity_mapping", mapping_id=t.number("identity_mapping"), anonymized_id=anon,
          application_id=row["application_id"],
          encrypted_pii=fernet(OLD_KEY, json.dumps(pii, sort_keys=True), when), created_at=when)
    scores = row["test_scores"].values()
    t.add("deterministic_metrics", metric_id=t.number("deterministic_metrics"),
          application_id=row["application_id"], test_average=sum(scores) / len(scores),
          academic_score_computed=row["gpa"] / 4.0 * 100, percentile_rank=None, computed_at=when)
    return anon


def batch(cycle_id, day, total, done):
    number = t.number("batch_runs")
    t.add("batch_runs", batch_id=number, admission_cycle_id=cycle_id, batch_type="WORKER_EVALUATION",
          model_name="gpt-5", model_version=None, input_file_path="internal_llm",
          output_file_path=None, total_records=total, processed_records=done, failed_records=0,
          status="COMPLETED" if done == total else "RUNNING", started_at=at(day, 15),
          completed_at=at(day, 17) if done == total else None, triggered_by=MAYA, error_log=None,
          batch_metadata=None)
    return number


def score(anon, n, day, run, marks=None):
    """Worker, judge and final score of one applicant; the final score's row."""
    a, b, c, d = marks or [round(rng.uniform(55, 99), rng.choice((0, 1, 2, 3))) for _ in range(4)]
    total = 0.30 * a + 0.25 * b + 0.25 * c + 0.20 * d
    when = at(day, 16, 10 * n)
    words = {k: f"Good {k} record, n°{n}" for k in ("academic", "test", "achievement", "essay")}
    worker = hex_id("WKR_")
    t.add("worker_results", result_id=worker, anonymized_id=anon, batch_run_id=run, attempt_number=1,
          academic_score=a, test_score=b, achievement_score=c, essay_score=d,
          total_score=round(total, 2), explanation=f"Solid work in all four parts – n°{n}.",
          reasoning=words, rubric_adherence="All bands applied.", timestamp=when, model_used="gpt-5")
    t.add("judge_results", judge_id=hex_id("JDG_"), result_id=worker, anonymized_id=anon,
          worker_result_id=worker, batch_run_id=run, decision="APPROVED", bias_detected=False,
          quality_score=88.5, feedback="Consistent.", reasoning="Scores follow the rubric.",
          timestamp=when + datetime.timedelta(seconds=20), model_used="gpt-5-mini")
    row = t.add("final_scores", score_id=t.number("final_scores"), anonymized_id=anon,
                final_score=total, academic_score=a, test_score=b, achievement_score=c,
                essay_score=d, llm_score=None, llm_explanation=None,
                explanation=f"Solid work in all four parts – n°{n}.", strengths=list(words.values()),
                areas_for_improvement=[], timestamp=when, hash=None, worker_attempts=1,
                status="SCORED")
    row["hash"] = chain(anon, row, when + datetime.timedelta(seconds=30))
    audit(when + datetime.timedelta(seconds=31), "FinalScore", anon, "EVALUATE", "system")
    return row


def selection(cycle_id, day, count, cutoff, final=False):
    t.add("selection_logs", selection_id=t.number("selection_logs"), admission_cycle_id=cycle_id,
          program_name=None, selected_count=count,
          selection_criteria={"step": "final" if final else "shortlist", "seats": count},
          cutoff_score=cutoff, executed_at=at(day, 10), executed_by=ROOT)
    audit(at(day, 10, 7), "AdmissionCycle", cycle_id, "SELECT", ROOT, {"selected": count})


def decide(cycle_id, pairs, seats, day, application_says=None):
    """Top seats; pairs are (application, final score)."""
    ranked = sorted(pairs, key=lambda p: -p[1]["final_score"])
    for i, (app, final) in enumerate(ranked):
        final["status"] = "SELECTED" if i < seats else "NOT_SELECTED"
        app["status"] = application_says or final["status"]
    selection(cycle_id, day, 2 * seats, ranked[min(2 * seats, len(ranked)) - 1][1]["final_score"])
    selection(cycle_id, day + 3, seats, 0.0, final=True)
    for i, (app, final) in enumerate(pairs):
        chain(final["anonymized_id"], final, at(day + 9, 10, i))
    audit(at(day + 9, 11), "AdmissionCycle", cycle_id, "PUBLISH", ROOT)


def evaluated(cycle_id, day, numbers, status="SCORED", marks=()):
    rows = [apply(cycle_id, day, n, status) for n in numbers]
    anons = [anonymize(row, day + 31, n) for row, n in zip(rows, numbers)]
    run = batch(cycle_id, day + 33, len(rows), len(rows))
    return [(row, score(anon, n, day + 33, run, marks[i] if i < len(marks) else None))
            for i, (row, anon, n) in enumerate(zip(rows, anons, numbers))]


cycle("CYC_20250901_080000", "Completed in autumn", "COMPLETED", 0, 3, selected=3, apps=8)
decide("CYC_20250901_080000", evaluated("CYC_20250901_080000", 0, range(0, 8)), 3, 40)
cycle("CYC_20250910_080000", "Published", "PUBLISHED", 9, 2, selected=2, apps=5)
decide("CYC_20250910_080000", evaluated("CYC_20250910_080000", 9, range(8, 13)), 2, 50, "PUBLISHED")
cycle("CYC_20250920_080000", "Scored", "SCORED", 19, 3, apps=7)
evaluated("CYC_20250920_080000", 19, range(13, 20),
          marks=[(90.0, 90.0, 90.0, 90.0), (80.0, 80.0, 80.0, 80.0), (70.0, 70.0, 70.0, 70.0),
                 (70.0, 70.0, 70.0, 70.0), (70.0, 70.0, 70.0, 70.0)])
cycle("CYC_20251001_080000", "Being scored", "PROCESSING", 30, 2, apps=4)
rows = [apply("CYC_20251001_080000", 30, n, "PROCESSING") for n in range(20, 24)]
anons = [anonymize(row, 61, n) for n, row in zip(range(20, 24), rows)]
run = batch("CYC_20251001_080000", 63, 4, 2)
for row, anon, n in list(zip(rows, anons, range(20, 24)))[:2]:
    score(anon, n, 63, run)
    row["status"] = "SCORED"
cycle("CYC_20251005_080000", "Being prepared", "PREPROCESSING", 34, 2, apps=3)
for n in range(24, 27):
    row = apply("CYC_20251005_080000", 34, n, "BATCH_READY" if n < 26 else "FINALIZED")
    if n < 26:
        anonymize(row, 65, n)
cycle("CYC_20251010_080000", "Frozen", "FROZEN", 39, 2, apps=2)
for n in range(27, 29):
    apply("CYC_20251010_080000", 39, n, "FINALIZED")
cycle("CYC_20251020_080000", "Open", "SUBMISSION", 49, 5, is_open=True, apps=3)
for n in range(29, 32):
    apply("CYC_20251020_080000", 49, n, "SUBMITTED")
t.add("alembic_version", version_num=VERSION)

HEAD = "-- Made by make_fixture.py; all people are invented.\n"
(HERE / "data.sql").write_text(HEAD + t.sql(), encoding="utf-8")

main = t
t = Tables()
t.serial = main.serial
SHORT = "CYC_20250925_080000"
cycle(SHORT, "Being interviewed", "SELECTION", 24, 1, apps=4)
pairs = evaluated(SHORT, 24, range(32, 36),
                  marks=[(95.0, 95.0, 95.0, 95.0), (90.0, 90.0, 90.0, 90.0), (60.0, 60.0, 60.0, 60.0),
                         (50.0, 50.0, 50.0, 50.0)])
for i, (app, final) in enumerate(pairs):
    final["status"] = app["status"] = "SHORTLISTED" if i < 2 else "NOT_SELECTED"
selection(SHORT, 64, 2, 90.0)
for i, (app, final) in enumerate(pairs[:2]):
    t.add("interviews", id=i + 1, application_id=app["application_id"], student_id=app["student_id"],
          admin_id=MAYA, admission_cycle_id=SHORT, interview_time=at(66, 10 + i),
          interview_link=f"/interview/{i + 1}", status="COMPLETED", notes="Calm and clear.",
          started_at=at(66, 10 + i), coi_accepted_at=at(66, 10 + i), coi_accepted_by=MAYA,
          created_at=at(65), updated_at=at(66, 12))
    marks = (6.0, 6.5, 6.25) if i == 0 else (8.0, 7.5, 9.0)
    t.add("interview_scores", id=i + 1, interview_id=i + 1, communication_score=marks[0],
          critical_thinking_score=marks[1], motivation_score=marks[2],
          final_interview_score=sum(marks) / 3, notes=None, scored_at=at(66, 13), scored_by=MAYA)
(HERE / "interviews.sql").write_text(
    HEAD + "-- A cycle whose short list was interviewed and waits for the final selection.\n" + t.sql(),
    encoding="utf-8")
t = main

MONITOR = f"""{HEAD}-- What the monitor of bias wrote; behind interviews.sql.
INSERT INTO live_transcripts VALUES (1, 1, 'ADMIN', 'Tell me about the project.',
    '{at(52, 10).isoformat()}', '{at(52, 10).isoformat()}', 0.93, '{at(52, 10).isoformat()}');
INSERT INTO live_bias_analysis VALUES (1, 1, 1, '{MAYA}', FALSE, '[]', 'NONE', 0.2, '[]', NULL, 'NONE',
    'gpt-5-mini', '{{}}', '{at(52, 10).isoformat()}');
INSERT INTO live_nudges VALUES (1, 1, 1, '{MAYA}', 'INFO', 'Stay with the project.', 5, TRUE, NULL,
    FALSE, '{at(52, 10).isoformat()}');
INSERT INTO bias_flags VALUES (1, 1, '{MAYA}', NULL, 'review', 'LOW', 'Looked at by hand.', '{{}}', 'none',
    FALSE, FALSE, NULL, NULL, NULL, '{at(53).isoformat()}');
INSERT INTO drift_metrics VALUES (1, '{MAYA}', NULL, '{at(40).isoformat()}', '{at(60).isoformat()}', 1, 0,
    1, 0, 0, 8.2, NULL, 0, 0, NULL, 0.1, 'low', '{at(60).isoformat()}');
INSERT INTO admin_bias_history VALUES (1, '{MAYA}', 1, 0, 0, 'ACTIVE', 0, NULL, 0, NULL, NULL,
    '{at(60).isoformat()}');
"""
(HERE / "monitor.sql").write_text(MONITOR, encoding="utf-8")

scored = [r for r in t.rows["applications"] if r["admission_cycle_id"] == "CYC_20250920_080000"]
anon_of = {r["application_id"]: r["anonymized_id"] for r in t.rows["anonymized_applications"]}
long_app, long_anon = "APP_" + "F" * 46, "ANON_" + "E" * 45
frozen = [r for r in t.rows["applications"] if r["admission_cycle_id"] == "CYC_20251010_080000"]
opened = [r for r in t.rows["applications"] if r["admission_cycle_id"] == "CYC_20251020_080000"]
worker = next(r for r in t.rows["worker_results"]
              if r["anonymized_id"] == anon_of[scored[1]["application_id"]])
stranger = fernet(OTHER_KEY, json.dumps({"email": scored[0]["email"], "name": scored[0]["name"]},
                                        sort_keys=True), at(50))
BROKEN = f"""{HEAD}-- What goes wrong in the field, all at once.
-- A decision and a log row edited by hand.
UPDATE hash_chain SET data_json = replace(data_json, 'Solid', 'Weak') WHERE chain_id = 3;
UPDATE audit_logs SET actor = 'ADM_NOBODY' WHERE log_id = 5;
-- A label that no version of the original has.
ALTER TYPE applicationstatusenum ADD VALUE 'WAITLISTED';
UPDATE applications SET status = 'WAITLISTED' WHERE application_id = '{frozen[0]["application_id"]}';
-- An application that lost its account, and one that was left behind when its cycle went on.
UPDATE applications SET student_id = NULL WHERE application_id = '{opened[0]["application_id"]}';
INSERT INTO applications SELECT 'APP_LEFTOVER', 'CYC_20250920_080000', student_id, timestamp, name, email,
    phone, address, gpa, test_scores, essay, achievements, 'FINALIZED', created_at, updated_at
    FROM applications WHERE application_id = '{frozen[1]["application_id"]}';
-- Tokens: another key, another person's, none at all.
UPDATE identity_mapping SET encrypted_pii = '{stranger}'
    WHERE anonymized_id = '{anon_of[scored[0]["application_id"]]}';
UPDATE identity_mapping SET encrypted_pii = (SELECT m.encrypted_pii FROM identity_mapping m
    WHERE m.anonymized_id = '{anon_of[scored[2]["application_id"]]}')
    WHERE anonymized_id = '{anon_of[scored[1]["application_id"]]}';
DELETE FROM identity_mapping WHERE anonymized_id = '{anon_of[scored[3]["application_id"]]}';
-- Addresses and user names that differ by case alone, an id made of a user name, a strange role.
INSERT INTO student_accounts VALUES ('STU_TWICE', 'Student1@Mail.Example', NULL, 'ACTIVE',
    '{at(70).isoformat()}', '{at(70).isoformat()}', NULL);
INSERT INTO admin_users VALUES ('ADM_J.SMITH', 'ROOT', '{bcrypt("second root passphrase", 9)}',
    'Root@College.Example', 'ADMIN', TRUE, '{at(71).isoformat()}', NULL);
UPDATE admission_cycles SET created_by = 'ADM_J.SMITH' WHERE cycle_id = 'CYC_20251010_080000';
-- Identifiers as long as they may be.
INSERT INTO applications SELECT '{long_app}', admission_cycle_id, NULL, timestamp, name, email, phone,
    address, gpa, test_scores, essay, achievements, 'BATCH_READY', created_at, updated_at
    FROM applications WHERE admission_cycle_id = 'CYC_20251005_080000'
    ORDER BY application_id LIMIT 1;
INSERT INTO anonymized_applications SELECT '{long_anon}', '{long_app}', gpa, test_scores, essay,
    achievements, created_at FROM applications WHERE application_id = '{long_app}';
-- Numbers: not finite, out of range, no number; a list that is none.
UPDATE final_scores SET essay_score = 'NaN'
    WHERE anonymized_id = '{anon_of[scored[4]["application_id"]]}';
UPDATE final_scores SET strengths = '{{"a": 1}}', hash = '{"ab" * 32}'
    WHERE anonymized_id = '{anon_of[scored[5]["application_id"]]}';
UPDATE applications SET gpa = 4.7, test_scores = '{{"SAT": 2400}}'
    WHERE application_id = '{opened[1]["application_id"]}';
UPDATE applications SET test_scores = '{{"SAT": "1400"}}'
    WHERE application_id = '{opened[2]["application_id"]}';
-- A second attempt that is called the first, and a second judgement of one result.
INSERT INTO worker_results SELECT 'WKR_SECOND', anonymized_id, batch_run_id, 1, 71, 72, 73, 74, 72.35,
    explanation, reasoning, rubric_adherence, timestamp + interval '1 hour', model_used
    FROM worker_results WHERE result_id = '{worker["result_id"]}';
INSERT INTO judge_results SELECT 'JDG_OLD', result_id, anonymized_id, worker_result_id, batch_run_id,
    'REJECTED', bias_detected, quality_score, feedback, reasoning, timestamp - interval '1 hour',
    model_used FROM judge_results WHERE worker_result_id = '{worker["result_id"]}';
"""
(HERE / "broken.sql").write_text(BROKEN, encoding="utf-8")
