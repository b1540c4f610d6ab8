/* One cycle: its nine phases, what the next step waits for, the one thing to do now, running work. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { CycleFacts, CycleStatus, EvaluationUse, Job, JobDetail, ProcessingRequest } from "../../api/types";
import { api, call } from "../../core/api";
import { number, t, tValue, type Key } from "../../core/i18n";
import { asApiError, useLoad } from "../../core/load";
import { go } from "../../core/router";
import { say } from "../../core/say";
import { events } from "../../core/sse";
import type { PageProps } from "../../core/start";
import { Confirm } from "../../ui/dialog";
import { Button, Card, Facts, Page, Progress, Stepper, type Step } from "../../ui/parts";
import { Loaded, Notice } from "../../ui/states";
import { fromNow, Time } from "../../ui/time";
import { CycleFrame } from "./cycle-frame";
import { Publication } from "./publication";
import { may, requireMe } from "./session";

const REFRESH_MS = 15000;
const phases = ["submission", "frozen", "preprocessing", "batch_prep", "processing", "scored", "selection", "published", "completed"] as const;
/* A step that asks for nothing more than yes. */
const plain = {
  freeze: "POST /admin/cycles/{cycle_id}/freeze",
  preprocess: "POST /admin/cycles/{cycle_id}/preprocess",
  export: "POST /admin/cycles/{cycle_id}/export",
  "final-select": "POST /admin/cycles/{cycle_id}/final-select",
  publish: "POST /admin/cycles/{cycle_id}/publish",
  complete: "POST /admin/cycles/{cycle_id}/complete",
} as const;
type Plain = keyof typeof plain;
/* These cannot be taken back: the cycle's name is typed first. */
const serious = new Set(["freeze", "publish", "complete"]);

function stepsOf(s: CycleStatus): Step[] {
  const at = phases.indexOf(s.phase), n = s.stats ?? {};
  const detail: Partial<Record<(typeof phases)[number], number | undefined>> = {
    submission: n.total_applications, scored: n.scored, selection: n.selected || n.shortlisted,
  };
  return phases.map((phase, i) => ({
    key: phase, label: tValue("value.phase", phase),
    state: i < at || s.phase === "completed" ? "done" : i === at ? (s.blocked_by ? "bad" : "now") : "next",
    detail: i <= at && detail[phase] ? number(detail[phase] ?? 0) : undefined,
  }));
}

/** What the gate counts, in words: only what is not as it must be. */
function Blockers({ facts, cycleId }: { facts: CycleFacts; cycleId: string }) {
  const ways: Partial<Record<keyof CycleFacts, string>> = { held: may("cycles") ? "/held" : undefined, unjudged: "/review", fairness_open: "/fairness", without_interview: "/interviews", interviews_unscored: "/interviews" };
  const found = (Object.entries(facts) as [keyof CycleFacts, number][]).filter(([name, n]) => n > 0 && name !== "applications" && name !== "finally_selected" && name !== "no_shortlist");
  return (
    <ul class="blockers">{found.map(([name, n]) => {
      const words = t(`staff.fact.${name}` as Key, { n });
      return <li key={name}>{ways[name] ? <a href={`/staff/cycles/${cycleId}${ways[name]}`}>{words}</a> : words}</li>;
    })}</ul>
  );
}

function NextStep({ status: s, reload }: { status: CycleStatus; reload: () => void }) {
  const asking = useSignal(false), failed = useSignal(""), provider = useSignal("");
  const verb = s.next_verb;
  if (!verb) return <Card title={t("staff.next")} tone="good"><p>{t("staff.next.none")}</p></Card>;
  const run = async () => {
    failed.value = "";
    try {
      const path = { cycle_id: s.cycle_id };
      const reply = verb === "processing"
        ? await call("POST /admin/cycles/{cycle_id}/processing", { path, body: provider.value ? { provider: provider.value as NonNullable<ProcessingRequest["provider"]> } : {} })
        : await call(plain[verb as Plain], { path });
      say(reply.status === 202 ? t("staff.next.begun") : t("staff.next.done"));
    } catch (error) {
      failed.value = asApiError(error).message;
    }
    asking.value = false;
    reload();
  };
  const name = t(`staff.verb.${verb}` as Key);
  const button = verb === "select"
    ? <a class="button primary big" href={`/staff/cycles/${s.cycle_id}/selection`}>{name}</a>
    : <button type="button" class="button primary big" disabled={Boolean(s.blocked_by)} onClick={() => { asking.value = true; }}>{name}</button>;
  return (
    <Card title={t("staff.next")} tone={s.blocked_by ? "warn" : "info"}>
      <p>{t(`staff.verb.${verb}.text` as Key)}</p>
      {s.blocked_by && <Notice tone="warn" title={t("staff.blocked")}><p>{s.blocked_by}</p>{s.facts && <Blockers facts={s.facts} cycleId={s.cycle_id} />}</Notice>}
      {failed.value && <Notice tone="bad" live title={t("error.other")}><p>{failed.value}</p></Notice>}
      {may("cycles") && verb in { ...plain, processing: 1, select: 1 } && <div class="actions">{button}</div>}
      {asking.value && (
        <Confirm title={name} yes={name} wide={verb === "publish"} typed={serious.has(verb) ? s.cycle_name : undefined} dangerous={serious.has(verb)} onYes={run} onClose={() => { asking.value = false; }}>
          <p>{t(`staff.verb.${verb}.text` as Key)}</p>
          {verb === "publish" && <Publication cycleId={s.cycle_id} />}
          {verb === "processing" && (
            <div class="field">
              <label for="provider">{t("staff.provider")}</label>
              <select id="provider" onChange={(e) => { provider.value = e.currentTarget.value; }}>
                <option value="">{t("staff.provider.default")}</option>
                {(["builtin", "openai", "external"] as const).map((p) => <option key={p} value={p}>{t(`staff.provider.${p}`)}</option>)}
              </select>
            </div>
          )}
        </Confirm>
      )}
    </Card>
  );
}

const MINUTE_S = 60, HOUR_S = 3600, MICRO = 1e6;

/** "4 min": coarse, as an estimate is. */
function duration(seconds: number): string {
  const [value, unit] = seconds >= HOUR_S ? [seconds / HOUR_S, "hour"] : seconds >= MINUTE_S ? [seconds / MINUTE_S, "minute"] : [seconds, "second"];
  return number(Math.max(1, Math.round(value)), { style: "unit", unit, unitDisplay: "short" });
}

/** What models were asked and what it cost; nothing where none were. */
function Use({ use: u }: { use: EvaluationUse | null | undefined }) {
  if (!u || !u.calls) return null;
  return (
    <Facts items={[
      [t("eval.calls"), number(u.calls)], [t("eval.tokens"), number((u.tokens_in ?? 0) + (u.tokens_out ?? 0))],
      ...(u.cost_micro ? [[t("eval.cost"), number(u.cost_micro / MICRO, { maximumFractionDigits: 2 })] as [string, string]] : []),
      [t("eval.retries"), number(u.retries ?? 0)], [t("eval.rejections"), number(u.rejections ?? 0)], [t("eval.review"), number(u.in_review ?? 0)],
    ]} />
  );
}

export function Evaluation({ cycleId, version }: { cycleId: string; version: unknown }) {
  const progress = useLoad(() => api("GET /admin/cycles/{cycle_id}/evaluation", { path: { cycle_id: cycleId } }), [cycleId, version]);
  const p = progress.state.value.data;
  if (!p?.job_id || (!p.waits_for && !p.use?.calls)) return null;
  return (
    <Card title={t("eval.title")}>
      {p.waits_for && <Notice tone="warn" title={t("eval.waits")}><p>{p.waits_for}</p></Notice>}
      <Use use={p.use} />
    </Card>
  );
}

function JobCard({ job, onEnd }: { job: Job; onEnd: () => void }) {
  const now = useSignal<JobDetail>(job), lost = useSignal(false);
  useEffect(() => events(`/jobs/${job.job_id}/events`, {
    progress: (j: JobDetail) => { now.value = j; },
    end: (j: JobDetail) => { now.value = j; onEnd(); },
  }, (state) => { lost.value = state === "lost"; }), [job.job_id]);
  const j = now.value, cancel = async () => {
    await api("POST /jobs/{job_id}/cancel", { path: { job_id: job.job_id ?? "" } }).catch((error: unknown) => say(asApiError(error).message, "bad"));
  };
  return (
    <Card level={3} title={tValue("staff.job", j.kind ?? "")} actions={may("cycles") && <Button onClick={cancel} tone="quiet">{t("action.cancel")}</Button>}>
      <Progress label={j.stage ? tValue("staff.stage", j.stage) : t("state.working")} value={j.done ?? 0} max={j.total ?? 0} />
      <p class="quiet small">
        {j.items_per_minute != null && <>{t("eval.rate", { n: Math.round(j.items_per_minute) })} · </>}
        {j.eta_seconds != null && <>{t("eval.eta", { time: duration(j.eta_seconds) })} · </>}
        {t("staff.job.failed", { n: j.failed ?? 0 })}
        {lost.value && <> · {t("staff.job.lost")}</>}
      </p>
      <Use use={j.use} />
    </Card>
  );
}

/** Work that runs, and what ended badly last. kind: only such; idle: words where nothing runs. */
export function Jobs({ cycleId, version, onEnd, kind, idle }: { cycleId: string; version: unknown; onEnd: () => void; kind?: string; idle?: string }) {
  const jobs = useLoad(() => api("GET /jobs", { query: { cycle_id: cycleId, limit: 20 } }), [cycleId, version]);
  return (
    <Loaded of={jobs} lines={1}>{(all) => {
      const list = kind ? all.filter((j) => j.kind === kind) : all;
      const running = list.filter((j) => j.state === "queued" || j.state === "running"), last = list[0];
      const retry = async (job: Job) => {
        await api("POST /jobs/{job_id}/retry", { path: { job_id: job.job_id ?? "" } }).then(() => say(t("staff.next.begun")), (error: unknown) => say(asApiError(error).message, "bad"));
        onEnd();
      };
      return (
        <>
          {idle && running.length === 0 && <p class="quiet">{idle}</p>}
          {running.map((job) => <JobCard key={job.job_id} job={job} onEnd={onEnd} />)}
          {last && last.state === "failed" && (
            <Notice tone="bad" title={t("staff.job.ended", { job: tValue("staff.job", last.kind ?? "") })} actions={may("cycles") && <Button onClick={() => retry(last)}>{t("action.retry")}</Button>}>
              {last.error && <p>{last.error}</p>}
            </Notice>
          )}
        </>
      );
    }}</Loaded>
  );
}

function Danger({ status: s, reload }: { status: CycleStatus; reload: () => void }) {
  const asking = useSignal<"" | "open" | "close" | "delete">("");
  const path = { cycle_id: s.cycle_id };
  const run = async () => {
    try {
      if (asking.value === "delete") {
        await api("DELETE /admin/cycles/{cycle_id}", { path });
        say(t("staff.danger.deleted"));
        await go("/staff");
        return;
      }
      await api(asking.value === "open" ? "PUT /admin/cycles/{cycle_id}/open" : "PUT /admin/cycles/{cycle_id}/close", { path });
      say(t("staff.next.done"));
    } catch (error) {
      say(asApiError(error).message, "bad");
    }
    asking.value = "";
    reload();
  };
  const what = asking.value || "close";
  const ask = (which: "open" | "close" | "delete") => () => { asking.value = which; };
  return (
    <Card title={t("staff.danger")} level={2}>
      <div class="actions">
        <a class="button" href={`/staff/cycles/${s.cycle_id}/edit`}>{t("staff.cycle.edit")}</a>
        {s.is_open
          ? <button type="button" class="button" onClick={ask("close")}>{t("staff.danger.close")}</button>
          : s.phase === "submission" && <button type="button" class="button" onClick={ask("open")}>{t("staff.danger.open")}</button>}
        {!s.is_open && (s.stats?.total_applications ?? 0) === 0 && <button type="button" class="button danger" onClick={ask("delete")}>{t("staff.danger.delete")}</button>}
      </div>
      {asking.value && (
        <Confirm title={t(`staff.danger.${what}`)} yes={t(`staff.danger.${what}`)} dangerous={what === "delete"} typed={what === "open" ? undefined : s.cycle_name} onYes={run} onClose={ask("close") && (() => { asking.value = ""; })}>
          <p>{t(`staff.danger.${what}.text`)}</p>
        </Confirm>
      )}
    </Card>
  );
}

export function Cycle({ route }: PageProps) {
  const id = route.params["cycle_id"] ?? "";
  const status = useLoad(() => api("GET /admin/cycles/{cycle_id}/status", { path: { cycle_id: id } }), [id], REFRESH_MS);
  const turn = useSignal(0);
  if (!requireMe()) return null;
  const reload = () => { turn.value++; void status.reload(); };
  const shown = status.state.value.data;
  if (!shown) return <Page title={t("staff.cycle")}><Loaded of={status} lines={6}>{() => null}</Loaded></Page>;
  const s = shown, n = s.stats ?? {}, d = s.dates ?? {};
  return (
    <CycleFrame status={s} part="">
      {status.state.value.error && <Loaded of={status}>{() => null}</Loaded>}
      <div class="phases" tabIndex={0} role="region" aria-label={t("staff.phases")}><Stepper steps={stepsOf(s)} label={t("staff.phases")} /></div>
      <div class="columns">
        <div class="stack">
          <NextStep status={s} reload={reload} />
          <Jobs cycleId={id} version={`${s.phase} ${s.facts?.running_jobs ?? 0} ${turn.value}`} onEnd={reload} />
          <Evaluation cycleId={id} version={`${s.phase} ${turn.value}`} />
          {may("cycles") && <Danger status={s} reload={reload} />}
        </div>
        <div class="stack">
          <Card title={t("staff.counts")}>
            <Facts items={[
              [t("staff.count.total"), number(n.total_applications ?? 0)],
              [t("staff.seats"), number(s.max_seats)],
              [t("staff.count.scored"), number(n.scored ?? 0)],
              [t("staff.count.shortlisted"), number(n.shortlisted ?? 0)],
              [t("staff.count.selected"), number(n.selected ?? 0)],
              ...((s.facts?.held ?? -1) >= 0 ? [[t("staff.count.held"), number(s.facts?.held ?? 0)] as [string, string]] : []),
            ]} />
          </Card>
          <Card title={t("staff.dates")}>
            <Facts items={[
              [t("staff.opens"), d.start_date && <Time at={d.start_date} both />],
              [t("staff.closes"), d.end_date && <><Time at={d.end_date} both /> <span class="quiet small">{fromNow(d.end_date)}</span></>],
              [t("staff.results"), d.result_date && <Time at={d.result_date} both />],
            ]} />
          </Card>
          <Card title={t("staff.downloads")}>
            <p class="actions">
              <a class="button" href={`/admin/cycles/${id}/export.csv`} download>CSV</a>
              <a class="button" href={`/admin/cycles/${id}/export.jsonl`} download>JSONL</a>
            </p>
            <p class="quiet small">{t("staff.downloads.text")}</p>
          </Card>
        </div>
      </div>
    </CycleFrame>
  );
}
