"""Compares predictions with labelled utterances: detection, hard negatives, types, severity.

usage: bias_report.py LABELLED.jsonl PREDICTED.jsonl
LEAST_PRECISION and LEAST_RECALL in the environment: less is exit status 1.
"""
import json
import os
import sys

SEVERITIES = ["NONE", "LOW", "MEDIUM", "HIGH", "CRITICAL"]
TYPES = ["APPEARANCE", "GENDER", "NAME", "ACCENT", "SOCIOECONOMIC", "PERSONAL_CONNECTION",
         "IRRELEVANT_FACTOR"]


def read(path):
    with open(path, encoding="utf-8") as lines:
        return {row["id"]: row for row in map(json.loads, filter(str.strip, lines))}


def rates(tp, fp, fn):
    precision = tp / (tp + fp) if tp + fp else 0.0
    recall = tp / (tp + fn) if tp + fn else 0.0
    f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    return precision, recall, f1


def count(pairs):
    tp = sum(g and p for g, p in pairs)
    return tp, sum(p and not g for g, p in pairs), sum(g and not p for g, p in pairs)


def show(what, figures):
    print(f"{what:22s} " + "  ".join(f"{f:.3f}" for f in figures))


def main():
    labelled, predicted = read(sys.argv[1]), read(sys.argv[2])
    missing = set(labelled) - set(predicted)
    if missing:
        sys.exit(f"{len(missing)} utterances without a prediction")
    rows = [(labelled[i], predicted[i]) for i in labelled]
    found = [(g["bias_detected"], p["bias_detected"]) for g, p in rows]
    honest = [p["bias_detected"] for g, p in rows if not g["bias_detected"]]
    hard = [p["bias_detected"] for g, p in rows if "hardneg" in g["tags"]]
    print(f"{len(rows)} utterances, {sum(g for g, _ in found)} biased; precision, recall, F1")
    show("detection", rates(*count(found)))
    show("false positives", [sum(honest) / len(honest)])
    show("  of hard negatives", [sum(hard) / len(hard)])
    scores = []
    for name in TYPES:
        pairs = [(name in g["bias_types"], name in p["bias_types"]) for g, p in rows
                 if name in g["bias_types"] or name not in g["also_ok"]]
        scores.append(rates(*count(pairs)))
        show(name, scores[-1])
    show("types, mean F1", [sum(s[2] for s in scores) / len(scores)])
    apart = [abs(SEVERITIES.index(g["severity"]) - SEVERITIES.index(p["severity"]))
             for g, p in rows]
    show("severity within one", [sum(a <= 1 for a in apart) / len(apart)])
    for tag in sorted({t for g, _ in rows for t in g["tags"]}):
        some = [(g, p) for g, p in rows if tag in g["tags"]]
        right = sum(g["bias_detected"] == p["bias_detected"] for g, p in some)
        print(f"  {tag:20s} {right} of {len(some)} right")
    precision, recall, _ = rates(*count(found))
    if (precision < float(os.environ.get("LEAST_PRECISION", 0))
            or recall < float(os.environ.get("LEAST_RECALL", 0))):
        sys.exit("below the least that is asked for")


main()
