/* Evaluations that wait for a person: the anonymous texts beside what the models said, and the
 * decision with its reason. */
import { useSignal } from "@preact/signals";
import type { ReviewCase } from "../../api/types";
import { api } from "../../core/api";
import { number, t, tValue } from "../../core/i18n";
import { useLoad } from "../../core/load";
import { go } from "../../core/router";
import { say } from "../../core/say";
import type { PageProps } from "../../core/start";
import { Bars } from "../../ui/charts";
import { Form, Submit, Text, TextArea, useForm } from "../../ui/form";
import { Badge, Card, Facts } from "../../ui/parts";
import { Empty, Loaded, Notice } from "../../ui/states";
import { fromNow, Time } from "../../ui/time";
import { CycleFrame } from "./cycle-frame";
import { may, requireMe } from "./session";

const LIMIT = 500;

export function ReviewQueue({ route }: PageProps) {
  const id = route.params["cycle_id"] ?? "", decided = useSignal(false);
  const status = useLoad(() => api("GET /admin/cycles/{cycle_id}/status", { path: { cycle_id: id } }), [id]);
  const list = useLoad(() => api("GET /admin/cycles/{cycle_id}/review", { path: { cycle_id: id }, query: { waiting: !decided.value, limit: LIMIT } }), [id, decided.value]);
  if (!requireMe()) return null;
  return (
    <Loaded of={status}>{(s) => (
      <CycleFrame status={s} part="/review">
        <div class="filters">
          <label class="inline"><input type="checkbox" checked={decided.value} onChange={(e) => { decided.value = e.currentTarget.checked; }} /> {t("review.decided")}</label>
        </div>
        <Loaded of={list}>{(rows) => rows.length === 0
          ? <Empty title={decided.value ? t("review.none.decided") : t("review.none")}><p>{t("review.none.text")}</p></Empty>
          : (
            <ul class="queue">{rows.map((r) => (
              <li key={r.anonymized_id}>
                <a href={`/staff/cycles/${id}/${may("cycles") ? "review" : "applications"}/${r.anonymized_id}`}>
                  <code>{r.anonymized_id}</code>
                  <span>{r.explanation_of_reason}</span>
                  <span class="queue-end">
                    {r.total_score != null && <span class="number">{number(r.total_score, { minimumFractionDigits: 2 })}</span>}
                    <Badge tone={r.decision ? "good" : r.reason === "flagged" ? "bad" : "warn"}>{r.decision ? tValue("review.decision", r.decision) : tValue("review.reason", r.reason ?? "")}</Badge>
                    {r.opened_at && <span class="quiet small">{fromNow(r.opened_at)}</span>}
                  </span>
                </a>
              </li>
            ))}</ul>
          )}</Loaded>
      </CycleFrame>
    )}</Loaded>
  );
}

function Decide({ one, cycleId, onDone }: { one: ReviewCase; cycleId: string; onDone: (again: ReviewCase) => void }) {
  const form = useForm({ decision: "release", reason: "", achievement_score: "", essay_score: "", explanation: "" });
  const own = form.values.value.decision === "mark", mark = (text: string) => (text.trim() === "" ? null : Number(text.replace(",", ".")));
  const submit = async (v: typeof form.values.value) => {
    const body = { decision: v.decision as "release" | "mark", reason: v.reason.trim(), ...(own ? { achievement_score: mark(v.achievement_score), essay_score: mark(v.essay_score), explanation: v.explanation.trim() || null } : {}) };
    const again = await api("POST /admin/cycles/{cycle_id}/review/{anonymized_id}", { path: { cycle_id: cycleId, anonymized_id: one.anonymized_id ?? "" }, body });
    say(t("review.done"));
    onDone(again);
  };
  return (
    <Card title={t("review.decide")} tone="info">
      <Form form={form} onSubmit={submit}>
        <fieldset class="choices">
          <legend class="hidden">{t("review.decide")}</legend>
          {(["release", "mark"] as const).map((what) => (
            <label key={what}><input type="radio" name="decision" checked={form.values.value.decision === what} onChange={() => form.set("decision", what)} /> <span>{t(`review.decision.${what}`)}<span class="hint">{t(`review.decision.${what}.text`)}</span></span></label>
          ))}
        </fieldset>
        {own && (
          <>
            <Text form={form} name="achievement_score" label={t("mark.achievements")} hint="0–100" inputMode="decimal" />
            <Text form={form} name="essay_score" label={t("mark.essay")} hint="0–100" inputMode="decimal" />
            <TextArea form={form} name="explanation" label={t("review.explanation")} hint={t("review.explanation.hint")} max={5000} rows={4} optional />
          </>
        )}
        <TextArea form={form} name="reason" label={t("staff.reason")} hint={t("review.reason.hint")} max={1000} rows={3} />
        <div class="actions"><Submit form={form}>{t("review.decide")}</Submit></div>
      </Form>
    </Card>
  );
}

export function ReviewOne({ route }: PageProps) {
  const cycle_id = route.params["cycle_id"] ?? "", anonymized_id = route.params["anonymized_id"] ?? "";
  const status = useLoad(() => api("GET /admin/cycles/{cycle_id}/status", { path: { cycle_id } }), [cycle_id]);
  const one = useLoad(() => api("GET /admin/cycles/{cycle_id}/review/{anonymized_id}", { path: { cycle_id, anonymized_id } }), [cycle_id, anonymized_id]);
  if (!requireMe()) return null;
  const marks = (r: ReviewCase) => ([["mark.academic", r.academic_score], ["mark.test", r.test_score], ["mark.achievements", r.achievement_score], ["mark.essay", r.essay_score]] as const)
    .flatMap(([label, value]) => (value == null ? [] : [{ label: t(label), value }]));
  return (
    <Loaded of={status}>{(s) => (
      <CycleFrame status={s} part="/review" actions={<a class="button quiet" href={`/staff/cycles/${cycle_id}/review`}>{t("action.back")}</a>}>
        <Loaded of={one} lines={8}>{(r) => (
          <div class="columns">
            <div class="stack">
              <Notice tone={r.reason === "flagged" ? "bad" : "warn"} title={r.explanation_of_reason ?? ""}>{r.signs && <p>{r.signs}</p>}</Notice>
              <Card title={t("read.essay")}><p class="reading" dir="auto">{r.essay}</p></Card>
              <Card title={t("read.achievements")}><p class="reading" dir="auto">{r.achievements}</p></Card>
            </div>
            <div class="stack">
              <Card title={t("review.marks")}>
                <Facts items={[
                  [t("staff.anonymous"), <code>{r.anonymized_id}</code>],
                  [t("read.gpa"), number(r.gpa ?? 0, { maximumFractionDigits: 2 })],
                  [t("review.attempts"), number(r.attempts ?? 0)],
                  [t("review.model"), r.model ?? "–"],
                  [t("review.since"), r.opened_at && <Time at={r.opened_at} />],
                ]} />
                <Bars items={marks(r)} />
                {r.explanation && <><h3>{t("review.worker")}</h3><p>{r.explanation}</p></>}
                {r.feedback && <><h3>{t("review.judge")}</h3><p>{r.feedback}</p></>}
              </Card>
              {r.decision
                ? <Notice tone="good" title={tValue("review.decision", r.decision)}>{r.note && <p>{r.note}</p>}{r.decided_at && <p class="quiet small"><Time at={r.decided_at} /></p>}</Notice>
                : may("cycles") && <Decide one={r} cycleId={cycle_id} onDone={() => void go(`/staff/cycles/${cycle_id}/review`)} />}
            </div>
          </div>
        )}</Loaded>
      </CycleFrame>
    )}</Loaded>
  );
}
