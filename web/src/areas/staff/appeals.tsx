/* Appeals of applicants against their results: read without a name, answered with a reason. */
import { useSignal } from "@preact/signals";
import type { StaffAppeal } from "../../api/types";
import { api } from "../../core/api";
import { t } from "../../core/i18n";
import { useLoad } from "../../core/load";
import { say } from "../../core/say";
import type { PageProps } from "../../core/start";
import { Form, Submit, TextArea, useForm } from "../../ui/form";
import { Badge, Card } from "../../ui/parts";
import { Empty, Loaded } from "../../ui/states";
import { Time } from "../../ui/time";
import { CycleFrame } from "./cycle-frame";
import { may, requireMe } from "./session";

function Answer({ appeal, cycleId, onDone }: { appeal: StaffAppeal; cycleId: string; onDone: () => void }) {
  const form = useForm({ decision: "rejected", reason: "" });
  const submit = async (v: { decision: string; reason: string }) => {
    await api("POST /admin/cycles/{cycle_id}/appeals/{anonymized_id}", { path: { cycle_id: cycleId, anonymized_id: appeal.anonymized_id }, body: { decision: v.decision as "granted" | "rejected", reason: v.reason.trim() } });
    say(t("review.done"));
    onDone();
  };
  return (
    <Form form={form} onSubmit={submit}>
      <fieldset class="choices">
        <legend class="hidden">{t("review.decide")}</legend>
        {(["granted", "rejected"] as const).map((d) => (
          <label key={d}><input type="radio" name={`d-${appeal.anonymized_id}`} checked={form.values.value.decision === d} onChange={() => form.set("decision", d)} /> <span>{t(`appeal.${d}`)}</span></label>
        ))}
      </fieldset>
      <TextArea form={form} name="reason" label={t("staff.reason")} hint={t("appeal.reason.hint")} max={2000} rows={3} />
      <div class="actions"><Submit form={form}>{t("review.decide")}</Submit></div>
    </Form>
  );
}

export function CycleAppeals({ route }: PageProps) {
  const id = route.params["cycle_id"] ?? "", all = useSignal(false);
  const status = useLoad(() => api("GET /admin/cycles/{cycle_id}/status", { path: { cycle_id: id } }), [id]);
  const list = useLoad(() => api("GET /admin/cycles/{cycle_id}/appeals", { path: { cycle_id: id }, query: { waiting: !all.value, limit: 200 } }), [id, all.value]);
  if (!requireMe()) return null;
  return (
    <Loaded of={status}>{(s) => (
      <CycleFrame status={s} part="/appeals">
        <div class="filters"><label class="inline"><input type="checkbox" checked={all.value} onChange={(e) => { all.value = e.currentTarget.checked; }} /> {t("review.decided")}</label></div>
        <Loaded of={list}>{(rows) => rows.length === 0
          ? <Empty title={t("appeal.none")}><p>{t("appeal.none.text")}</p></Empty>
          : <div class="stack">{rows.map((a) => (
            <Card key={a.anonymized_id} level={2} title={t("appeal.of", { id: a.anonymized_id })} actions={<Badge tone={a.state === "open" ? "warn" : a.state === "granted" ? "good" : "plain"}>{t(`appeal.${a.state}` as "appeal.open")}</Badge>}>
              <p class="reading" dir="auto">{a.reason}</p>
              <p class="quiet small"><Time at={a.created_at} /></p>
              {a.state === "open"
                ? may("cycles") && <Answer appeal={a} cycleId={id} onDone={() => void list.reload()} />
                : <p><strong>{t("appeal.answer")}</strong> {a.decision_reason}</p>}
            </Card>
          ))}</div>}</Loaded>
      </CycleFrame>
    )}</Loaded>
  );
}
