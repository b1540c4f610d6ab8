/* A cycle's name, seats and dates: a new one, or another shape of one that is there. */
import type { Cycle } from "../../api/types";
import { api, call } from "../../core/api";
import { t } from "../../core/i18n";
import { useLoad } from "../../core/load";
import { go } from "../../core/router";
import { say } from "../../core/say";
import type { PageProps } from "../../core/start";
import { Form, Submit, Text, useForm } from "../../ui/form";
import { Page } from "../../ui/parts";
import { Loaded } from "../../ui/states";
import { requireMe } from "./session";

const DAY_MS = 86400000;

/** What <input type="datetime-local"> takes: the reader's own time, without a zone. */
function toLocal(at: string | number): string {
  const d = new Date(at);
  return new Date(d.getTime() - d.getTimezoneOffset() * 60000).toISOString().slice(0, 16);
}
const fromLocal = (text: string): string => (text ? new Date(text).toISOString() : "");

function EditForm({ cycle, etag, onDone }: { cycle?: Cycle; etag?: string; onDone: (id: string) => void }) {
  const now = Date.now();
  const form = useForm({
    cycle_name: cycle?.cycle_name ?? "", max_seats: String(cycle?.max_seats ?? ""),
    start_date: toLocal(cycle?.start_date ?? now), end_date: toLocal(cycle?.end_date ?? now + 30 * DAY_MS), result_date: toLocal(cycle?.result_date ?? now + 60 * DAY_MS),
  });
  const submit = async (v: typeof form.values.value) => {
    const body = {
      cycle_name: v.cycle_name.trim(), max_seats: v.max_seats.trim() === "" ? (undefined as never) : Number(v.max_seats),
      start_date: fromLocal(v.start_date), end_date: fromLocal(v.end_date), result_date: fromLocal(v.result_date),
    };
    const saved = cycle
      ? await api("PUT /admin/cycles/{cycle_id}", { path: { cycle_id: cycle.cycle_id }, body, ifMatch: etag })
      : await api("POST /admin/cycles", { body });
    say(t("staff.cycle.saved"));
    onDone(saved.cycle_id);
  };
  return (
    <Form form={form} onSubmit={submit} class="card">
      <Text form={form} name="cycle_name" label={t("staff.cycle.name")} hint={t("staff.cycle.name.hint")} />
      <Text form={form} name="max_seats" label={t("staff.seats")} inputMode="numeric" />
      <Text form={form} name="start_date" label={t("staff.opens")} type="datetime-local" hint={t("staff.localtime")} />
      <Text form={form} name="end_date" label={t("staff.closes")} type="datetime-local" />
      <Text form={form} name="result_date" label={t("staff.results")} type="datetime-local" />
      <div class="actions">
        <Submit form={form}>{cycle ? t("action.save") : t("staff.cycle.create")}</Submit>
        <a class="button quiet" href={cycle ? `/staff/cycles/${cycle.cycle_id}` : "/staff"}>{t("action.cancel")}</a>
      </div>
    </Form>
  );
}

const open = (id: string) => void go(`/staff/cycles/${id}`);

export function CycleNew() {
  if (!requireMe()) return null;
  return <Page title={t("staff.cycle.new")} lead={t("staff.cycle.new.text")} narrow><EditForm onDone={open} /></Page>;
}

export function CycleEdit({ route }: PageProps) {
  const id = route.params["cycle_id"] ?? "";
  const cycle = useLoad(() => call("GET /admin/cycles/{cycle_id}", { path: { cycle_id: id } }), [id]);
  if (!requireMe()) return null;
  return (
    <Page title={t("staff.cycle.edit")} narrow>
      <Loaded of={cycle} lines={5}>{(got) => <EditForm key={got.etag} cycle={got.data} etag={got.etag} onDone={open} />}</Loaded>
    </Page>
  );
}
