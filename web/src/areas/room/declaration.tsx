/* Before an interview begins its interviewer states three things, or declines with a reason. */
import { useSignal } from "@preact/signals";
import { api } from "../../core/api";
import { t, type Key } from "../../core/i18n";
import { Check, Form, Submit, TextArea, useForm } from "../../ui/form";
import { Card } from "../../ui/parts";

const statements = ["cannot_identify", "no_conflict", "will_disclose"] as const;
const REASON_MAX = 1000, REASON_MIN = 10;

function Decline({ id, onDone }: { id: string; onDone: () => void }) {
  const form = useForm({ reason: "" });
  return (
    <Form form={form} onSubmit={async (v) => { await api("POST /admin/interviews/{interview_id}/decline", { path: { interview_id: id }, body: { reason: v.reason } }); onDone(); }}>
      <TextArea form={form} name="reason" label={t("coi.reason")} hint={t("coi.reason.hint")} min={REASON_MIN} max={REASON_MAX} rows={3} />
      <div class="actions"><Submit form={form} tone="danger">{t("coi.decline.go")}</Submit></div>
    </Form>
  );
}

export function Declaration({ id, onAccepted, onDeclined }: { id: string; onAccepted: () => void; onDeclined: () => void }) {
  const form = useForm({ cannot_identify: "", no_conflict: "", will_disclose: "" }), declining = useSignal(false);
  const accept = async (v: Record<string, string>) => {
    const bad = Object.fromEntries(statements.filter((s) => v[s] !== "yes").map((s) => [s, t("coi.bad")]));
    form.errors.value = bad;
    if (Object.keys(bad).length) return;
    await api("POST /admin/interviews/{interview_id}/start-interview", { path: { interview_id: id }, body: { coi_accepted: true, cannot_identify: true, no_conflict: true, will_disclose: true } });
    onAccepted();
  };
  return (
    <Card title={t("coi.title")}>
      <p>{t("coi.text")}</p>
      {declining.value ? <Decline id={id} onDone={onDeclined} /> : (
        <Form form={form} onSubmit={accept}>
          {statements.map((s) => <Check key={s} form={form} name={s} label={t(`coi.${s}` as Key)} />)}
          <div class="actions apart"><button type="button" class="button quiet" onClick={() => { declining.value = true; }}>{t("coi.decline")}</button><Submit form={form}>{t("coi.accept")}</Submit></div>
        </Form>
      )}
    </Card>
  );
}
