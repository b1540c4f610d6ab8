/* Whether scores stay the same under other names, genders, places and schools, and what follows. */
import type { Fairness as Check, FairnessSignal } from "../../api/types";
import { api } from "../../core/api";
import { number, t, tValue } from "../../core/i18n";
import { asApiError, useLoad } from "../../core/load";
import { say } from "../../core/say";
import type { PageProps } from "../../core/start";
import { Form, Submit, TextArea, useForm } from "../../ui/form";
import { Badge, Button, Card, Facts } from "../../ui/parts";
import { Empty, Loaded, Notice } from "../../ui/states";
import { Time } from "../../ui/time";
import { CycleFrame } from "./cycle-frame";
import { may, requireMe } from "./session";

const REFRESH_MS = 5000, W = 320, H = 26;
const words = (group: string | null | undefined) => (group ?? "").replaceAll("_", " ");
const points = (v: number | null | undefined) => (v == null ? "–" : number(v, { maximumFractionDigits: 2, signDisplay: "exceptZero" }));

/** Mean shift and its interval on a line, with the limits; the numbers stand in the table beside it. */
function Interval({ signal: s, limit }: { signal: FairnessSignal; limit: number }) {
  if (s.low == null || s.high == null || s.mean_shift == null) return null;
  const span = Math.max(limit * 1.5, Math.abs(s.low), Math.abs(s.high)) * 1.1, x = (v: number) => W / 2 + (v / span) * (W / 2);
  return (
    <svg class="interval" viewBox={`0 0 ${W} ${H}`} width={W} height={H} aria-hidden="true" dir="ltr">
      <rect class="band" x={x(-limit)} y="2" width={x(limit) - x(-limit)} height={H - 4} />
      <line class="zero" x1={W / 2} x2={W / 2} y1="0" y2={H} />
      <line class={s.passed ? "range" : "range out"} x1={x(s.low)} x2={x(s.high)} y1={H / 2} y2={H / 2} />
      <circle class={s.passed ? "mean" : "mean out"} cx={x(s.mean_shift)} cy={H / 2} r="4" />
    </svg>
  );
}

function Report({ check }: { check: Check }) {
  const r = check.report;
  if (!r) return null;
  return (
    <>
      <Card title={t("fair.signals")}>
        <div class="scroll" tabIndex={0} role="region" aria-label={t("fair.signals")}>
          <table>
            <caption class="hidden">{t("fair.signals")}</caption>
            <thead><tr>
              <th scope="col">{t("fair.signal")}</th><th scope="col">{t("fair.interval")}</th><th scope="col" class="number">{t("fair.mean")}</th>
              <th scope="col" class="number">{t("fair.low")}</th><th scope="col" class="number">{t("fair.high")}</th><th scope="col">{t("fair.gap")}</th><th scope="col">{t("fair.outcome")}</th>
            </tr></thead>
            <tbody>{(r.signals ?? []).map((s) => (
              <tr key={s.signal}>
                <th scope="row">{tValue("fair.signal", s.signal ?? "")}</th>
                <td><Interval signal={s} limit={r.interval_limit ?? 2} /></td>
                <td class="number">{points(s.mean_shift)}</td><td class="number">{points(s.low)}</td><td class="number">{points(s.high)}</td>
                <td>{s.largest_gap == null ? "–" : <>{points(s.largest_gap)} <span class="quiet small">{words(s.gap_high)} / {words(s.gap_low)}</span></>}</td>
                <td>{s.passed ? <Badge tone="good">{t("fair.passed")}</Badge> : <><Badge tone="bad">{t("fair.failed")}</Badge>{s.why && <p class="quiet small">{s.why}</p>}</>}</td>
              </tr>
            ))}</tbody>
          </table>
        </div>
        <p class="quiet small">{t("fair.limits", { shift: r.shift_limit ?? 0, interval: r.interval_limit ?? 0 })}</p>
        {r.baseline && <Notice tone="info" title={t("fair.baseline")} />}
      </Card>
      {check.worst.length > 0 && (
        <Card title={t("fair.worst")}>
          <div class="scroll" tabIndex={0} role="region" aria-label={t("fair.worst")}>
            <table>
              <caption class="hidden">{t("fair.worst")}</caption>
              <thead><tr><th scope="col">{t("staff.anonymous")}</th><th scope="col">{t("fair.signal")}</th><th scope="col">{t("fair.group")}</th><th scope="col" class="number">{t("fair.reference")}</th><th scope="col" class="number">{t("fair.mark")}</th><th scope="col" class="number">{t("fair.shift")}</th></tr></thead>
              <tbody>{check.worst.map((w, i) => (
                <tr key={i}><td><code>{w.anonymized_id}</code></td><td>{tValue("fair.signal", w.signal ?? "")}</td><td>{words(w.group)}</td>
                  <td class="number">{number(w.reference ?? 0)}</td><td class="number">{number(w.mark ?? 0)}</td><td class="number">{points(w.shift)}</td></tr>
              ))}</tbody>
            </table>
          </div>
        </Card>
      )}
    </>
  );
}

function Override({ id, onDone }: { id: string; onDone: (check: Check) => void }) {
  const form = useForm({ reason: "" });
  const submit = async (v: { reason: string }) => {
    onDone(await api("POST /admin/cycles/{cycle_id}/fairness/override", { path: { cycle_id: id }, body: { reason: v.reason.trim() } }));
    say(t("staff.next.done"));
  };
  return (
    <Card title={t("fair.override")} tone="bad">
      <p>{t("fair.override.text")}</p>
      <Form form={form} onSubmit={submit}>
        <TextArea form={form} name="reason" label={t("staff.reason")} hint={t("staff.reason.logged")} max={1000} rows={3} />
        <div class="actions"><Submit form={form} tone="danger">{t("fair.override")}</Submit></div>
      </Form>
    </Card>
  );
}

export function FairnessPage({ route }: PageProps) {
  const id = route.params["cycle_id"] ?? "";
  const status = useLoad(() => api("GET /admin/cycles/{cycle_id}/status", { path: { cycle_id: id } }), [id]);
  const check = useLoad(() => api("GET /admin/cycles/{cycle_id}/fairness", { path: { cycle_id: id } }), [id], REFRESH_MS);
  if (!requireMe()) return null;
  const run = async () => {
    try {
      check.set(await api("POST /admin/cycles/{cycle_id}/fairness", { path: { cycle_id: id } }));
    } catch (error) {
      say(asApiError(error).message, "bad");
    }
  };
  const tone = (c: Check) => (c.state === "passed" ? "good" : c.state === "failed" ? "bad" : "info");
  return (
    <Loaded of={status}>{(s) => (
      <CycleFrame status={s} part="/fairness">
        <Loaded of={check} lines={6}>{(c) => (
          <div class="stack">
            {c.state === "none"
              ? <Empty title={t("fair.none")} action={may("cycles") && s.phase === "scored" && <Button tone="primary" onClick={run}>{t("fair.run")}</Button>}><p>{t("fair.none.text")}</p></Empty>
              : <Notice tone={tone(c)} title={t(`fair.state.${c.state}`)} actions={may("cycles") && c.state !== "running" && <Button onClick={run}>{t("fair.again")}</Button>}>
                {c.blocker && <p>{c.blocker}</p>}
                {c.finished_at && <p class="quiet small"><Time at={c.finished_at} /></p>}
              </Notice>}
            {c.report && (
              <Card title={t("fair.sample")}>
                <Facts items={[
                  [t("fair.evaluator"), c.report.evaluator ?? "–"], [t("fair.sampled"), t("fair.of", { n: c.report.sampled ?? 0, all: c.report.population ?? 0 })],
                  [t("fair.variants"), number(c.report.variants ?? 0)], [t("fair.noise"), points(c.report.noise?.deviation)],
                  [t("fair.hash"), c.report_sha256 ? <code>{c.report_sha256.slice(0, 16)}…</code> : "–"],
                ]} />
              </Card>
            )}
            <Report check={c} />
            {c.override_reason && <Notice tone="warn" title={t("fair.overridden")}><p>{c.override_reason}</p><p class="quiet small">{c.override_by} {c.override_at && <Time at={c.override_at} />}</p></Notice>}
            {!c.open && (c.state === "failed" || c.state === "stopped") && may("people") && <Override id={id} onDone={check.set} />}
          </div>
        )}</Loaded>
      </CycleFrame>
    )}</Loaded>
  );
}
