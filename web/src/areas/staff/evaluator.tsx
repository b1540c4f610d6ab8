/* One evaluator: status and strikes, incidents, and drift over periods with what each figure needs. */
import { useSignal } from "@preact/signals";
import type { DriftPeriod } from "../../api/types";
import { api } from "../../core/api";
import { number, t, tValue } from "../../core/i18n";
import { useLoad } from "../../core/load";
import { say } from "../../core/say";
import type { PageProps } from "../../core/start";
import { ControlChart } from "../../ui/charts";
import { Dialog } from "../../ui/dialog";
import { Form, Submit, TextArea, useForm } from "../../ui/form";
import { Badge, Card, Facts, Page } from "../../ui/parts";
import { Empty, Loaded } from "../../ui/states";
import { Time } from "../../ui/time";
import { Incident } from "./monitoring";
import { may, me, requireMe } from "./session";

interface Point { at?: string; value?: number; low?: number; high?: number; limit?: number }
interface Figure { name?: string; value?: number | null; n?: number; needs?: string | null; low?: number | null; high?: number | null }

/** The figures come as JSON whose members say what they rest on; charts carry their points. */
function chartsOf(figures: unknown): { name: string; points: { label: string; value: number; low: number; high: number }[] }[] {
  const charts = (figures as { charts?: unknown } | null)?.charts;
  if (!charts || typeof charts !== "object") return [];
  return Object.entries(charts as Record<string, unknown>).flatMap(([name, value]) => {
    const list = (Array.isArray(value) ? value : (value as { points?: unknown[] })?.points) as Point[] | undefined;
    if (!Array.isArray(list) || list.length === 0) return [];
    return [{ name, points: list.map((p, i) => ({ label: String(i + 1), value: p.value ?? 0, low: p.low ?? -(p.limit ?? 1), high: p.high ?? p.limit ?? 1 })) }];
  });
}

function figuresOf(figures: unknown): Figure[] {
  if (!figures || typeof figures !== "object") return [];
  return Object.entries(figures as Record<string, unknown>).flatMap(([name, value]) =>
    value && typeof value === "object" && !Array.isArray(value) && name !== "charts" ? [{ name, ...(value as Figure) }] : []);
}

function Period({ period: p }: { period: DriftPeriod }) {
  return (
    <Card title={t(p.kind === "cycle" ? "drift.cycle" : "drift.month")} actions={p.risk_level ? <Badge tone={p.risk_level === "high" ? "bad" : p.risk_level === "medium" ? "warn" : "good"}>{tValue("drift.risk", p.risk_level)}</Badge> : <Badge tone="plain">{t("drift.few")}</Badge>}>
      <p class="quiet small">{p.period_start && <Time at={p.period_start} how="date" />} – {p.period_end && <Time at={p.period_end} how="date" />}</p>
      <Facts items={[
        [t("watch.interviews"), number(p.total_interviews ?? 0)], [t("watch.incidents"), number(p.bias_incidents ?? 0)], [t("watch.nudges"), number(p.nudges_delivered ?? 0)],
        [t("drift.mean"), p.avg_score_given == null ? "–" : number(p.avg_score_given, { maximumFractionDigits: 2 })],
        [t("drift.harsh"), number(p.harsh_outlier_count ?? 0)], [t("drift.lenient"), number(p.lenient_outlier_count ?? 0)],
      ]} />
      {chartsOf(p.figures).map((c) => <ControlChart key={c.name} label={tValue("drift.chart", c.name)} points={c.points} mean={0} low={c.points.at(-1)?.low ?? -1} high={c.points.at(-1)?.high ?? 1} />)}
      <ul class="plain-list">{figuresOf(p.figures).map((f) => (
        <li key={f.name}><span>{tValue("drift.figure", f.name ?? "")}</span><span class="quiet small">{f.value == null ? (f.needs ?? "–") : number(f.value, { maximumFractionDigits: 3 })}</span></li>
      ))}</ul>
    </Card>
  );
}

function Reinstate({ id, onDone }: { id: string; onDone: () => void }) {
  const form = useForm({ reason: "" });
  const submit = async (v: { reason: string }) => {
    await api("POST /admin/bias/evaluators/{admin_id}/reinstate", { path: { admin_id: id }, body: { reason: v.reason.trim() } });
    say(t("staff.next.done"));
    onDone();
  };
  return (
    <Form form={form} onSubmit={submit}>
      <p>{t("drift.reinstate.text")}</p>
      <TextArea form={form} name="reason" label={t("staff.reason")} hint={t("staff.reason.logged")} max={1000} rows={3} />
      <div class="actions end"><Submit form={form}>{t("drift.reinstate")}</Submit></div>
    </Form>
  );
}

export function Evaluator({ route }: PageProps) {
  const admin_id = route.params["admin_id"] ?? "", lifting = useSignal(false);
  const history = useLoad(() => api("GET /admin/bias/history/{admin_id}", { path: { admin_id } }), [admin_id]);
  const drift = useLoad(() => api("GET /admin/evaluators/{admin_id}/drift", { path: { admin_id } }), [admin_id]);
  if (!requireMe()) return null;
  return (
    <Page title={t("watch.evaluator")} lead={<code>{admin_id}</code>}>
      <Loaded of={history} lines={5}>{(h) => (
        <Card title={t("drift.standing")} tone={h.current_status === "active" ? "good" : h.current_status === "warned" ? "warn" : "bad"}
          actions={may("people") && admin_id !== me.value?.admin_id && (h.current_status === "suspended" || h.current_status === "banned") && <button type="button" class="button" onClick={() => { lifting.value = true; }}>{t("drift.reinstate")}</button>}>
          <Facts items={[
            [t("people.state"), tValue("watch.status", h.current_status ?? "")], [t("watch.strikes"), number(h.strikes ?? 0)], [t("drift.lifetime"), number(h.lifetime_strikes ?? 0)],
            [t("watch.interviews"), number(h.total_interviews_conducted ?? 0)], [t("drift.last"), h.last_incident_date ? <Time at={h.last_incident_date} how="date" /> : "–"], [t("drift.reset"), h.strike_reset_date ? <Time at={h.strike_reset_date} how="date" /> : "–"],
          ]} />
          {(h.recent_incidents ?? []).length > 0 && <details><summary>{t("drift.incidents")}</summary>{(h.recent_incidents ?? []).map((i) => <Incident key={i.id} incident={i} />)}</details>}
          {lifting.value && <Dialog title={t("drift.reinstate")} onClose={() => { lifting.value = false; }}><Reinstate id={admin_id} onDone={() => { lifting.value = false; void history.reload(); }} /></Dialog>}
        </Card>
      )}</Loaded>
      <Loaded of={drift} lines={5}>{(rows) => rows.length === 0 ? <Empty title={t("drift.none")}><p>{t("drift.none.text")}</p></Empty> : <div class="stack">{rows.map((p, i) => <Period key={i} period={p} />)}</div>}</Loaded>
    </Page>
  );
}
