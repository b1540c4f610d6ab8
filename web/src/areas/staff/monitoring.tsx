/* Live monitoring: flags with their incidents and a verdict, appeals of nudges, the evaluators. */
import type { BiasAppeal, BiasFlag, BiasFlagCase, BiasIncident } from "../../api/types";
import { api, call } from "../../core/api";
import { number, t, tValue } from "../../core/i18n";
import { useLoad } from "../../core/load";
import { go } from "../../core/router";
import { say } from "../../core/say";
import type { PageProps } from "../../core/start";
import { Form, Submit, TextArea, useForm } from "../../ui/form";
import { Badge, Card, Facts, Page, Tabs } from "../../ui/parts";
import { Empty, Loaded, Notice } from "../../ui/states";
import { DataTable } from "../../ui/table";
import { Time } from "../../ui/time";
import { may, me, requireMe } from "./session";

const REASON_MAX = 1000;
const verdicts = ["upheld", "false_alarm", "escalated", "confirmed"] as const;
export const severityTone = (s: string | undefined) => (s === "critical" || s === "high" ? "bad" : s === "medium" ? "warn" : "info");
export const percent = (v: number | null | undefined) => (v == null ? "–" : number(v, { style: "percent", maximumFractionDigits: 1 }));

export function Incident({ incident: i }: { incident: BiasIncident }) {
  return (
    <article class="incident">
      <p class="actions">
        <Badge tone={severityTone(i.severity)}>{tValue("watch.severity", i.severity ?? "")}</Badge>
        {(i.bias_types ?? []).map((one) => <Badge key={one} tone="plain">{tValue("watch.type", one.toLowerCase())}</Badge>)}
        {i.overturned && <Badge tone="good">{t("watch.overturned")}</Badge>}
        {i.spoken_at && <span class="quiet small"><Time at={i.spoken_at} /></span>}
      </p>
      {(i.evidence_quotes ?? []).map((quote, k) => <blockquote key={k} dir="auto">{quote}</blockquote>)}
      {i.context_summary && <p>{i.context_summary}</p>}
      <p class="quiet small">{t("watch.judged", { who: tValue("watch.source", i.source ?? ""), sure: percent(i.confidence_score) })} · {tValue("watch.response", i.response ?? "none")} · {t("watch.points", { n: i.points ?? 0 })}</p>
    </article>
  );
}

function Flags({ reviewed }: { reviewed: boolean }) {
  const read = async (cursor: string) => {
    const page = await call("GET /admin/bias/flags", { query: { reviewed: reviewed ? "true" : "false", limit: 100, cursor } });
    return { rows: page.data, next: page.next, total: page.total };
  };
  return (
    <DataTable caption={t("watch.flags")} read={read} deps={[reviewed]} rowKey={(f: BiasFlag) => String(f.id)} onOpen={(f) => void go(`/staff/monitoring/flags/${f.id}`)}
      empty={<Empty title={t("watch.flags.none")}><p>{t("watch.flags.none.text")}</p></Empty>}
      columns={[
        { key: "at", label: t("audit.when"), width: "13rem", cell: (f) => f.created_at && <Time at={f.created_at} /> },
        { key: "type", label: t("held.why"), width: "13rem", cell: (f) => <a href={`/staff/monitoring/flags/${f.id}`}>{tValue("watch.flag", f.flag_type ?? "")}</a> },
        { key: "severity", label: t("watch.grave"), width: "9rem", cell: (f) => <Badge tone={severityTone(f.severity)}>{tValue("watch.severity", f.severity ?? "")}</Badge> },
        { key: "who", label: t("watch.evaluator"), cell: (f) => <code>{f.admin_id}</code> },
        { key: "what", label: t("watch.done"), cell: (f) => (f.verdict ? tValue("watch.verdict", f.verdict) : tValue("watch.action", f.action_taken ?? "")) },
      ]} />
  );
}

function Answer({ appeal: a, onDone }: { appeal: BiasAppeal; onDone: () => void }) {
  const form = useForm({ verdict: "rejected", reason: "" });
  const submit = async (v: { verdict: string; reason: string }) => {
    await api("POST /admin/bias/appeals/{nudge_id}", { path: { nudge_id: String(a.nudge_id) }, body: { verdict: v.verdict as "accepted" | "rejected", reason: v.reason.trim() } });
    say(t("review.done"));
    onDone();
  };
  return (
    <Form form={form} onSubmit={submit}>
      <fieldset class="choices"><legend class="hidden">{t("review.decide")}</legend>
        {(["accepted", "rejected"] as const).map((v) => <label key={v}><input type="radio" name={`v-${a.nudge_id}`} checked={form.values.value.verdict === v} onChange={() => form.set("verdict", v)} /> <span>{t(`watch.appeal.${v}`)}</span></label>)}
      </fieldset>
      <TextArea form={form} name="reason" label={t("staff.reason")} hint={t("staff.reason.logged")} max={REASON_MAX} rows={2} />
      <div class="actions"><Submit form={form}>{t("review.decide")}</Submit></div>
    </Form>
  );
}

function Appeals() {
  const list = useLoad(() => api("GET /admin/bias/appeals", { query: { waiting: true, limit: 100 } }), []);
  return (
    <Loaded of={list}>{(rows) => rows.length === 0 ? <Empty title={t("watch.appeals.none")}><p>{t("watch.appeals.none.text")}</p></Empty> : (
      <div class="stack">{rows.map((a) => (
        <Card key={a.nudge_id} level={3} title={tValue("watch.response", a.nudge_type ?? "")}>
          <p class="quiet" dir="auto">{a.message}</p>
          <blockquote dir="auto">{a.reason}</blockquote>
          <p class="quiet small"><code>{a.admin_id}</code> {a.created_at && <Time at={a.created_at} />}</p>
          {may("people") && a.admin_id !== me.value?.admin_id ? <Answer appeal={a} onDone={() => void list.reload()} /> : <p class="quiet">{t("watch.own")}</p>}
        </Card>
      ))}</div>
    )}</Loaded>
  );
}

function Evaluators() {
  const metrics = useLoad(() => api("GET /admin/bias/metrics"), []);
  return (
    <Loaded of={metrics}>{(m) => {
      const s = m.summary ?? {}, a = m.appeals ?? {}, risks = m.admin_risks ?? [];
      return (
        <div class="stack">
          <Card title={t("watch.numbers")}>
            <Facts items={[
              [t("watch.interviews"), number(s.total_interviews ?? 0)], [t("watch.incidents"), number(s.total_incidents ?? 0)],
              [t("watch.suspended"), number((s.suspended_admins ?? 0) + (s.banned_admins ?? 0))], [t("watch.nudges"), number(a.nudges ?? 0)],
              [t("watch.appealed"), number(a.appeals ?? 0)], [t("watch.false"), percent(a.false_positive_rate)],
            ]} />
          </Card>
          {risks.length === 0 ? <Empty title={t("watch.evaluators.none")} /> : (
            <div class="scroll" tabIndex={0} role="region" aria-label={t("watch.evaluators")}>
              <table>
                <caption class="hidden">{t("watch.evaluators")}</caption>
                <thead><tr><th scope="col">{t("watch.evaluator")}</th><th scope="col">{t("people.state")}</th><th scope="col" class="number">{t("watch.strikes")}</th><th scope="col" class="number">{t("watch.interviews")}</th><th scope="col" class="number">{t("watch.incidents")}</th></tr></thead>
                <tbody>{risks.map((r) => (
                  <tr key={r.admin_id}>
                    <td><a href={`/staff/evaluators/${r.admin_id}`}><code>{r.admin_id}</code></a></td>
                    <td><Badge tone={r.current_status === "active" ? "good" : r.current_status === "warned" ? "warn" : "bad"}>{tValue("watch.status", r.current_status ?? "")}</Badge></td>
                    <td class="number">{number(r.strikes ?? 0)}</td><td class="number">{number(r.total_interviews ?? 0)}</td><td class="number">{number(r.total_incidents ?? 0)}</td>
                  </tr>
                ))}</tbody>
              </table>
            </div>
          )}
        </div>
      );
    }}</Loaded>
  );
}

export function Monitoring({ route }: PageProps) {
  if (!requireMe()) return null;
  if (me.value?.role === "admin") return <Page title={t("watch.title")}><Notice tone="info" title={t("watch.admins")} actions={<a class="button" href={`/staff/evaluators/${me.value.admin_id}`}>{t("watch.mine")}</a>} /></Page>;
  const tabs = ["flags", "closed", "appeals", "evaluators"] as const, at = Math.max(0, tabs.indexOf((route.query.get("tab") ?? "flags") as (typeof tabs)[number]));
  return (
    <Page title={t("watch.title")} lead={t("watch.lead")}>
      <Tabs label={t("watch.title")} initial={at} tabs={[
        { key: "flags", label: t("watch.flags"), panel: () => <Flags reviewed={false} /> },
        { key: "closed", label: t("watch.closed"), panel: () => <Flags reviewed /> },
        { key: "appeals", label: t("watch.appeals"), panel: () => <Appeals /> },
        { key: "evaluators", label: t("watch.evaluators"), panel: () => <Evaluators /> },
      ]} />
    </Page>
  );
}

function Verdict({ flag, onDone }: { flag: BiasFlagCase; onDone: (again: BiasFlagCase) => void }) {
  const form = useForm({ verdict: "upheld", resolution: "" });
  const submit = async (v: { verdict: string; resolution: string }) => {
    onDone(await api("PUT /admin/bias/flags/{flag_id}/resolve", { path: { flag_id: String(flag.id) }, body: { verdict: v.verdict as (typeof verdicts)[number], resolution: v.resolution.trim() || null } }));
    say(t("review.done"));
  };
  return (
    <Card title={t("review.decide")} tone="info">
      <Form form={form} onSubmit={submit}>
        <fieldset class="choices"><legend class="hidden">{t("review.decide")}</legend>
          {verdicts.map((v) => <label key={v}><input type="radio" name="verdict" checked={form.values.value.verdict === v} onChange={() => form.set("verdict", v)} /> <span>{t(`watch.verdict.${v}`)}<span class="hint">{t(`watch.verdict.${v}.text`)}</span></span></label>)}
        </fieldset>
        <TextArea form={form} name="resolution" label={t("staff.reason")} hint={t("staff.reason.logged")} max={REASON_MAX} rows={3} />
        <div class="actions"><Submit form={form}>{t("review.decide")}</Submit></div>
      </Form>
    </Card>
  );
}

export function FlagCase({ route }: PageProps) {
  const flag_id = route.params["flag_id"] ?? "";
  const flag = useLoad(() => api("GET /admin/bias/flags/{flag_id}", { path: { flag_id } }), [flag_id]);
  if (!requireMe()) return null;
  return (
    <Page title={t("watch.case", { n: flag_id })} actions={<a class="button quiet" href="/staff/monitoring">{t("action.back")}</a>}>
      <Loaded of={flag} lines={6}>{(f) => (
        <div class="columns">
          <div class="stack">
            <Notice tone={f.severity === "critical" ? "bad" : "warn"} title={tValue("watch.flag", f.flag_type ?? "")}><p>{f.description}</p></Notice>
            <Card title={t("watch.heard")}>{(f.incidents ?? []).length === 0 ? <p class="quiet">{t("watch.heard.none")}</p> : (f.incidents ?? []).map((i) => <Incident key={i.id} incident={i} />)}</Card>
          </div>
          <div class="stack">
            <Card title={t("watch.facts")}><Facts items={[
              [t("watch.evaluator"), <a href={`/staff/evaluators/${f.admin_id}`}><code>{f.admin_id}</code></a>], [t("watch.interview"), number(f.interview_id ?? 0)],
              [t("watch.done"), tValue("watch.action", f.action_taken ?? "")], [t("watch.after"), number(f.suppressed_critical ?? 0)], [t("audit.when"), f.created_at && <Time at={f.created_at} both />],
            ]} /></Card>
            {f.reviewed
              ? <Notice tone="good" title={tValue("watch.verdict", f.verdict ?? "confirmed")}><p>{f.resolution}</p><p class="quiet small">{f.reviewed_by} {f.reviewed_at && <Time at={f.reviewed_at} />}</p></Notice>
              : !may("people") ? null : f.admin_id === me.value?.admin_id ? <Notice tone="info" title={t("watch.own")} /> : <Verdict flag={f} onDone={flag.set} />}
          </div>
        </div>
      )}</Loaded>
    </Page>
  );
}

