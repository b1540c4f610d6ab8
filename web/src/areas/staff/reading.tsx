/* One anonymous application, everything on one page, the rubric beside it. j and k go on through the
 * list that one came from, in its order and filter; ? shows all keys. */
import { signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { AnonymousApplication as One } from "../../api/types";
import { api } from "../../core/api";
import { number, t, tValue, type Key } from "../../core/i18n";
import { useLoad } from "../../core/load";
import { go } from "../../core/router";
import { announce } from "../../core/say";
import type { PageProps } from "../../core/start";
import { Bars } from "../../ui/charts";
import { Dialog } from "../../ui/dialog";
import { Badge, Card, Facts, Page } from "../../ui/parts";
import { Loaded, Notice } from "../../ui/states";
import { keepCurrent } from "../../ui/table";
import { mark, readPath, toneOf } from "./applications";
import { Attempts } from "./attempts";
import { parseQuery, sortOf } from "./query";
import { markSeen, newsOf } from "./seen";
import { may, requireMe } from "./session";

const AHEAD_MAX = 8;
const keys = [["j", "next"], ["k", "back"], ["1", "essay"], ["2", "achievements"], ["3", "marks"], ["4", "rubric"], ["5", "attempts"], ["u", "list"], ["?", "help"]] as const;
/* Letters alone must be possible to switch off (WCAG 2.1.4): this browser remembers it. */
const OFF = "enigma.keys.off";
const singleKeys = signal(true);
try {
  singleKeys.value = localStorage.getItem(OFF) === null;
} catch {
  /* a browser without storage has them on */
}
function setSingleKeys(on: boolean): void {
  singleKeys.value = on;
  try {
    if (on) localStorage.removeItem(OFF);
    else localStorage.setItem(OFF, "1");
  } catch {
    /* as above */
  }
}

/* Read already, or on its way: the next one shows without a wait. */
const ahead = new Map<string, Promise<One>>();

function read(cycle_id: string, anonymized_id: string): Promise<One> {
  const key = `${cycle_id} ${anonymized_id}`, there = ahead.get(key);
  const one = there ?? api("GET /admin/cycles/{cycle_id}/applications/{anonymized_id}", { path: { cycle_id, anonymized_id } });
  ahead.delete(key);
  if (there) return one;
  one.catch(() => ahead.delete(key));
  ahead.set(key, one);
  for (const old of [...ahead.keys()].slice(0, -AHEAD_MAX)) ahead.delete(old);
  return one;
}

/** The neighbours in the list's own order. */
async function beside(cycle_id: string, after: string, query: URLSearchParams): Promise<{ next: string; back: string }> {
  const { filter } = parseQuery(query.get("q") ?? ""), sort = query.get("sort") ?? "";
  const [next, back] = await Promise.all([false, true].map((turned) =>
    api("GET /admin/cycles/{cycle_id}/applications", { path: { cycle_id }, query: { ...filter, ...sortOf(sort, turned), after, limit: 1 } })));
  const ids = { next: next?.[0]?.anonymized_id ?? "", back: back?.[0]?.anonymized_id ?? "" };
  if (ids.next) void read(cycle_id, ids.next).catch(() => undefined);
  return ids;
}

function Numbers({ a }: { a: One }) {
  const tests = Object.entries((a.test_scores ?? {}) as Record<string, number>);
  return (
    <Card title={t("read.numbers")}>
      <Facts items={[
        [t("read.gpa"), number(a.gpa ?? 0, { minimumFractionDigits: 2 })],
        ...tests.map(([name, score]) => [name, number(score)] as [string, string]),
        [t("read.percentile"), a.percentile == null ? "–" : number(a.percentile, { maximumFractionDigits: 1 })],
        [t("read.composite"), mark(a.composite)],
        [t("staff.redactions"), number(a.redactions ?? 0)],
      ]} />
    </Card>
  );
}

function Marks({ a }: { a: One }) {
  const w = a.weights;
  const items = ([["mark.academic", a.academic_score, w?.academic], ["mark.test", a.test_score, w?.test], ["mark.achievements", a.achievement_score, w?.achievement], ["mark.essay", a.essay_score, w?.essay]] as const)
    .flatMap(([label, value, weight]) => (value == null ? [] : [{ label: t(label), value, note: t("read.weight", { n: weight ?? 0 }) }]));
  return (
    <section class="card" id="read-marks" tabIndex={-1} aria-labelledby="read-marks-h">
      <div class="card-head"><h2 id="read-marks-h">{t("read.marks")}</h2>{a.final_score != null && <span class="total number">{mark(a.final_score)}</span>}</div>
      {items.length ? <Bars items={items} /> : <p class="quiet">{t("read.unmarked")}</p>}
      {a.evaluator && <p class="quiet small by">{t("review.model")} <code>{a.evaluator}</code></p>}
    </section>
  );
}

/** What the applicant will read. */
function Reasons({ a }: { a: One }) {
  const list = (a.strengths ?? []) as string[], better = (a.areas_for_improvement ?? []) as string[];
  if (!a.explanation) return null;
  return (
    <Card title={t("read.reasons")}>
      <p dir="auto">{a.explanation}</p>
      <div class="pair">{([["read.strengths", list], ["read.better", better]] as const).map(([label, what]) => what.length > 0 && (
        <div key={label}><h3>{t(label)}</h3><ul dir="auto">{what.map((one) => <li key={one}>{one}</li>)}</ul></div>
      ))}</div>
    </Card>
  );
}

/** What the marks are given for: bands for models and people, the count of features for the built-in one. */
function Rubric({ builtin }: { builtin: boolean }) {
  const bands = ["90–100", "80–89", "70–79", "60–69", "0–59"];
  return (
    <section class="card rubric" id="read-rubric" tabIndex={-1} aria-labelledby="read-rubric-h">
      <div class="card-head"><h2 id="read-rubric-h">{t("rubric.title")}</h2></div>
      <h3>{t("mark.academic")}</h3><p>{t("rubric.academic")}</p>
      <h3>{t("mark.test")}</h3><p>{t("rubric.test")}</p>
      {(["achievements", "essay"] as const).map((part) => (
        <div key={part}>
          <h3>{t(`mark.${part}`)}</h3>
          {builtin ? <p>{t(`rubric.${part}`)}</p> : (
            <dl class="bands">{bands.map((band, i) => <div key={band}><dt class="number" dir="ltr">{band}</dt><dd>{t(`rubric.${part}.${i}` as Key)}</dd></div>)}</dl>
          )}
        </div>
      ))}
      <p class="quiet small">{t("rubric.nothing")}</p>
    </section>
  );
}

function Words({ name, text, held }: { name: "essay" | "achievements"; text: string | null | undefined; held: boolean }) {
  const n = text ? text.split(/\s+/).filter(Boolean).length : 0;
  return (
    <section class="card" id={`read-${name}`} tabIndex={-1} aria-labelledby={`read-${name}-h`}>
      <div class="card-head"><h2 id={`read-${name}-h`}>{t(`read.${name}`)}</h2>{n > 0 && <span class="quiet small">{t("read.words", { n })}</span>}</div>
      {text ? <p class="reading" dir="auto">{text}</p> : <p class="quiet">{t(held ? "read.closed" : "read.erased")}</p>}
    </section>
  );
}

function Body({ a, cycleId }: { a: One; cycleId: string }) {
  const news = useSignal(newsOf(a.anonymized_id ?? "", a));
  useEffect(() => markSeen(cycleId, a.anonymized_id ?? "", a), [a]);
  return (
    <>
      {news.value === "changed" && <Notice tone="info" title={t("read.changed")} />}
      {a.held && <Notice tone="warn" title={t("list.held")} actions={may("cycles") && <a class="button" href={`/staff/cycles/${cycleId}/held/${a.anonymized_id}`}>{t("staff.part.held")}</a>}><p>{t("read.closed")}</p></Notice>}
      {a.signs && <Notice tone="bad" title={t("read.orders")}><p dir="auto">{a.signs}</p></Notice>}
      {a.review_reason && !a.review_decision && <Notice tone="warn" title={t("list.review")} actions={may("cycles") && <a class="button" href={`/staff/cycles/${cycleId}/review/${a.anonymized_id}`}>{t("staff.part.review")}</a>}><p>{tValue("review.reason", a.review_reason)}</p></Notice>}
      <div class="columns">
        <div class="stack">
          <Words name="essay" text={a.essay} held={Boolean(a.held)} />
          <Words name="achievements" text={a.achievements} held={Boolean(a.held)} />
          <Reasons a={a} />
          <section class="card" id="read-attempts" tabIndex={-1} aria-labelledby="read-attempts-h">
            <div class="card-head"><h2 id="read-attempts-h">{t("review.attempts")}</h2></div>
            {(a.attempts ?? []).length ? <Attempts list={a.attempts ?? []} /> : <p class="quiet">{t("read.unmarked")}</p>}
          </section>
        </div>
        <div class="stack"><Marks a={a} /><Rubric builtin={(a.evaluator ?? "").startsWith("builtin")} /><Numbers a={a} /></div>
      </div>
    </>
  );
}

export function Reading({ route }: PageProps) {
  const cycleId = route.params["cycle_id"] ?? "", id = route.params["anonymized_id"] ?? "", help = useSignal(false);
  const one = useLoad(() => read(cycleId, id), [id]), sides = useLoad(() => beside(cycleId, id, route.query), [id]);
  const list = `/staff/cycles/${cycleId}/applications${route.query.size ? `?${route.query}` : ""}`;
  const turn = (to: "next" | "back") => {
    const where = sides.state.value.data?.[to];
    if (where) void go(readPath(cycleId, where, route.query), { replace: true });
    else if (where === "") announce(t(to === "next" ? "read.last" : "read.first"));
  };
  useEffect(() => {
    keepCurrent(id);
    const press = (event: KeyboardEvent) => {
      if (!singleKeys.value || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]") || (event.target as Element).matches?.("input, select, textarea")) return;
      const what = keys.find(([key]) => key === event.key)?.[1];
      if (!what) return;
      event.preventDefault();
      if (what === "next" || what === "back") turn(what);
      else if (what === "list") void go(list);
      else if (what === "help") help.value = true;
      else {
        const part = document.getElementById(`read-${what}`);
        part?.scrollIntoView({ block: "start" });
        part?.focus({ preventScroll: true });
      }
    };
    document.addEventListener("keydown", press);
    return () => document.removeEventListener("keydown", press);
  });
  if (!requireMe()) return null;
  const s = sides.state.value.data;
  const step = (to: "next" | "back") => <button type="button" class="button" aria-disabled={s?.[to] ? undefined : "true"} aria-keyshortcuts={to === "next" ? "j" : "k"} onClick={() => turn(to)}>{t(`read.${to}`)}</button>;
  return (
    <Page title={id} lead={one.state.value.data && <Badge tone={toneOf(one.state.value.data.status ?? "")}>{tValue("value.status", one.state.value.data.status ?? "")}</Badge>}
      actions={<>{step("back")}{step("next")}<a class="button quiet" href={list}>{t("read.list")}</a><button type="button" class="button quiet" aria-keyshortcuts="?" onClick={() => { help.value = true; }}>{t("read.help")}</button></>}>
      <Loaded of={one} lines={12}>{(a) => <Body a={a} cycleId={cycleId} />}</Loaded>
      {help.value && (
        <Dialog title={t("read.help")} onClose={() => { help.value = false; }}>
          <dl class="help">{keys.map(([key, what]) => <div key={key}><dt><kbd>{key}</kbd></dt><dd>{t(`read.key.${what}`)}</dd></div>)}</dl>
          <div class="field check">
            <input id="single-keys" type="checkbox" checked={singleKeys.value} onChange={(e) => setSingleKeys(e.currentTarget.checked)} />
            <label for="single-keys">{t("read.keys.on")}<span class="hint">{t("read.keys.why")}</span></label>
          </div>
        </Dialog>
      )}
    </Page>
  );
}
