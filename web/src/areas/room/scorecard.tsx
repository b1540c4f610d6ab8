/* Three marks with what was seen for each; saved as one types, handed in once. */
import { useEffect, useRef } from "preact/hooks";
import { useSignal } from "@preact/signals";
import { api, ApiError, call, type Calls } from "../../core/api";
import { t, type Key } from "../../core/i18n";
import { asApiError, useLoad } from "../../core/load";
import { Form, Submit, Text, TextArea, useForm, type Values } from "../../ui/form";
import { Card } from "../../ui/parts";
import { Loaded, Notice } from "../../ui/states";
import { formatTime } from "../../ui/time";

const marks = ["communication", "critical_thinking", "motivation"] as const;
const IDLE_MS = 1200, NOTES_MAX = 2000;
const figure = (text: string) => (text.trim() !== "" && Number.isFinite(Number(text)) ? Number(text) : null);

type Body = Calls["POST /admin/interviews/{interview_id}/scores"]["body"];
/* Draft and marks have the same members; what is not filled in is null, which only a draft may have. */
function bodyOf(v: Values): Body {
  const note = (name: string) => v[name]?.trim() || null, body = { notes: note("notes") } as Body;
  for (const m of marks) {
    body[`${m}_score` as const] = figure(v[`${m}_score`] ?? "") as number;
    body[`${m}_notes` as const] = note(`${m}_notes`);
  }
  return body;
}

function Card_({ id, initial, tag, onDone }: { id: string; initial: Values; tag: string; onDone: () => void }) {
  const form = useForm(initial), savedAt = useSignal(""), failed = useSignal<ApiError | null>(null), etag = useRef(tag), first = useRef(form.values.value), path = { interview_id: id };
  const values = form.values.value;
  useEffect(() => {
    if (values === first.current) return undefined;
    const timer = setTimeout(async () => {
      try {
        const reply = await call("PUT /admin/interviews/{interview_id}/scores/draft", { path, body: bodyOf(values), ifMatch: etag.current || undefined, tries: 2 });
        etag.current = reply.etag;
        savedAt.value = reply.data.saved_at ?? new Date().toISOString();
        failed.value = null;
      } catch (error) {
        failed.value = asApiError(error);
      }
    }, IDLE_MS);
    return () => clearTimeout(timer);
  }, [values]);
  const submit = async (v: Values) => {
    const bad: Record<string, string> = {};
    for (const m of marks) {
      const n = figure(v[`${m}_score`] ?? "");
      if (n === null || n < 0 || n > 10) bad[`${m}_score`] = t("card.bad.score");
      if (!v[`${m}_notes`]?.trim()) bad[`${m}_notes`] = t("card.bad.notes");
    }
    form.errors.value = bad;
    if (Object.keys(bad).length) return;
    await api("POST /admin/interviews/{interview_id}/scores", { path, body: bodyOf(v) });
    onDone();
  };
  return (
    <Form form={form} onSubmit={submit}>
      {failed.value && <Notice tone="bad" live>{failed.value.message}</Notice>}
      {marks.map((m) => (
        <fieldset key={m} class="fieldset score-part">
          <legend>{t(`card.${m}` as Key)}</legend>
          <Text form={form} name={`${m}_score`} label={t("card.score")} hint={t("card.score.hint")} inputMode="decimal" autocomplete="off" />
          <TextArea form={form} name={`${m}_notes`} label={t("card.notes")} max={NOTES_MAX} rows={2} />
        </fieldset>
      ))}
      <div class="actions apart"><span class={savedAt.value ? "saved good" : "saved"}>{savedAt.value ? t("card.saved", { time: formatTime(savedAt.value, "time") }) : t("card.autosave")}</span><Submit form={form}>{t("card.submit")}</Submit></div>
    </Form>
  );
}

export function Scorecard({ id, onDone }: { id: string; onDone: () => void }) {
  const draft = useLoad(() => call("GET /admin/interviews/{interview_id}/scores/draft", { path: { interview_id: id } }), [id]);
  return (
    <Card title={t("card.title")}>
      <p class="quiet">{t("card.text")}</p>
      <Loaded of={draft}>{({ data, etag }) => {
        const card = (data.card ?? {}) as Record<string, unknown>, text = (name: string) => (card[name] === null || card[name] === undefined ? "" : String(card[name]));
        const initial: Values = { notes: text("notes") };
        for (const m of marks) { initial[`${m}_score`] = text(`${m}_score`); initial[`${m}_notes`] = text(`${m}_notes`); }
        return <Card_ id={id} initial={initial} tag={etag} onDone={onDone} />;
      }}</Loaded>
    </Card>
  );
}
