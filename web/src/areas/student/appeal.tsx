/* Against a result: until when, in one's own words; and the answer with its reason. */
import { api } from "../../core/api";
import { t } from "../../core/i18n";
import { useLoad } from "../../core/load";
import { say } from "../../core/say";
import type { Appeal as AppealState } from "../../api/types";
import { Form, Submit, TextArea, useForm } from "../../ui/form";
import { Badge, Card } from "../../ui/parts";
import { Loaded } from "../../ui/states";
import { Time } from "../../ui/time";

const REASON = { min: 30, max: 2000 };

function Ask({ appeal, onDone }: { appeal: AppealState; onDone: (made: AppealState) => void }) {
  const form = useForm({ reason: "" });
  return (
    <Form form={form} onSubmit={async (v) => {
      onDone(await api("POST /appeals", { body: { application_id: appeal.application_id, reason: v.reason } }));
      say(t("appeal.sent"));
    }}>
      <p>{t("appeal.text")} {t("appeal.until")} <Time at={appeal.until} />.</p>
      <TextArea form={form} name="reason" label={t("appeal.reason")} hint={t("appeal.reason.hint")} min={REASON.min} max={REASON.max} rows={5} />
      <div class="actions"><Submit form={form} tone="">{t("appeal.send")}</Submit></div>
    </Form>
  );
}

function Made({ appeal }: { appeal: AppealState }) {
  const tone = appeal.state === "granted" ? "good" : appeal.state === "open" ? "info" : "plain";
  return (
    <div class="appeal">
      <p><Badge tone={tone}>{t(`appeal.state.${appeal.state as "open" | "granted" | "rejected"}`)}</Badge> {appeal.created_at && <span class="quiet"><Time at={appeal.created_at} /></span>}</p>
      <blockquote class="review-text" dir="auto">{appeal.reason}</blockquote>
      {appeal.decision_reason
        ? <section><h3>{t("appeal.answer")}</h3><p class="review-text" dir="auto">{appeal.decision_reason}</p></section>
        : <p class="quiet">{t("appeal.waits")}</p>}
    </div>
  );
}

export function Appeal({ application }: { application: string }) {
  const own = useLoad(async () => (await api("GET /appeals")).find((a) => a.application_id === application) ?? null, [application]);
  return (
    <Loaded of={own} lines={2}>{(appeal) => appeal && (
      <Card title={t("appeal.title")}>
        {appeal.state === "possible" ? <Ask appeal={appeal} onDone={own.set} />
          : appeal.state === "over" ? <p class="quiet">{t("appeal.over")} <Time at={appeal.until} />.</p>
            : <Made appeal={appeal} />}
      </Card>
    )}</Loaded>
  );
}
