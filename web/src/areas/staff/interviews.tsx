/* Interviews: one's own with the way into the room, and those of a cycle: slots, and who waits. */
import { useSignal } from "@preact/signals";
import type { Interview, InterviewWaiting } from "../../api/types";
import { api } from "../../core/api";
import { t, tValue } from "../../core/i18n";
import { asApiError, useLoad } from "../../core/load";
import { say } from "../../core/say";
import type { PageProps } from "../../core/start";
import { Confirm, Dialog } from "../../ui/dialog";
import { Form, Select, Submit, Text, TextArea, useForm } from "../../ui/form";
import { Badge, Card, Page } from "../../ui/parts";
import { Empty, Loaded } from "../../ui/states";
import { Time } from "../../ui/time";
import { CycleFrame } from "./cycle-frame";
import { may, me, requireMe } from "./session";

const LIMIT = 500, HOUR_MS = 3600000;
const zone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;
const toneOf = (i: Interview) => (i.status === "completed" ? "good" : i.status === "cancelled" ? "plain" : i.reassign ? "warn" : "info");

/** Whether one may go in now; the server says the window. */
const open = (i: Interview): boolean => i.status === "scheduled" && Date.now() >= Date.parse(i.join_opens_at) && Date.now() <= Date.parse(i.join_closes_at);

function Row({ interview: i, onCancel }: { interview: Interview; onCancel?: (() => void) | undefined }) {
  const own = i.admin_id === me.value?.admin_id;
  return (
    <li>
      <span class="when"><Time at={i.interview_time} /> <span class="quiet small">{t("talk.minutes", { n: i.duration_minutes })}{i.time_zone ? ` · ${i.time_zone}` : ""}</span></span>
      <code>{i.anonymized_id ?? "–"}</code>
      <span class="queue-end">
        <Badge tone={toneOf(i)}>{i.reassign && i.status === "scheduled" ? t("talk.reassign") : tValue("talk.status", i.status)}</Badge>
        {i.scored && <Badge tone="good">{t("talk.scored")}</Badge>}
        {i.status !== "cancelled" && <a href={`/interviews/${i.id}/calendar.ics`} download>{t("talk.calendar")}</a>}
        {own && i.status === "scheduled" && <a class={`button ${open(i) ? "primary" : ""}`} href={`/interview/${i.id}`}>{t("talk.enter")}</a>}
        {onCancel && i.status === "scheduled" && <button type="button" class="button quiet" onClick={onCancel}>{t("talk.cancel")}</button>}
      </span>
    </li>
  );
}

export function Interviews() {
  const list = useLoad(() => api("GET /admin/interviews/me", { query: { limit: LIMIT } }), []);
  if (!requireMe()) return null;
  return (
    <Page title={t("talk.mine")}>
      <Loaded of={list}>{(rows) => rows.length === 0
        ? <Empty title={t("talk.none")}><p>{t("talk.none.text")}</p></Empty>
        : <ul class="queue rows">{rows.map((i) => <Row key={i.id} interview={i} />)}</ul>}</Loaded>
    </Page>
  );
}

function Schedule({ waiting, onDone }: { waiting: InterviewWaiting; onDone: () => void }) {
  const soon = new Date(Date.now() + 24 * HOUR_MS), local = new Date(soon.getTime() - soon.getTimezoneOffset() * 60000).toISOString().slice(0, 16);
  const people = useLoad(() => (may("people") ? api("GET /admin/users", { query: { limit: 200, active: true } }) : Promise.resolve([])), []);
  const form = useForm({ interview_time: local, duration_minutes: "30", admin_id: "", notes: "" });
  const submit = async (v: typeof form.values.value) => {
    await api("POST /admin/interviews/schedule", { body: {
      anonymized_id: waiting.anonymized_id ?? null, interview_time: v.interview_time ? new Date(v.interview_time).toISOString() : "", duration_minutes: Number(v.duration_minutes), time_zone: zone(),
      admin_id: v.admin_id || null, notes: v.notes.trim() || null,
    } });
    say(t("talk.scheduled"));
    onDone();
  };
  const names = (people.state.value.data ?? []).filter((p) => p.role !== "auditor");
  return (
    <Form form={form} onSubmit={submit}>
      <Text form={form} name="interview_time" label={t("talk.when")} type="datetime-local" hint={`${t("staff.localtime")} ${zone()}`} />
      <Text form={form} name="duration_minutes" label={t("talk.duration")} inputMode="numeric" />
      {names.length > 0 && <Select form={form} name="admin_id" label={t("talk.interviewer")} options={[{ value: "", label: t("talk.me") }, ...names.map((p) => ({ value: p.admin_id, label: p.username }))]} />}
      <TextArea form={form} name="notes" label={t("talk.notes")} max={2000} rows={2} optional />
      <div class="actions end"><Submit form={form}>{t("talk.schedule")}</Submit></div>
    </Form>
  );
}

export function CycleInterviews({ route }: PageProps) {
  const id = route.params["cycle_id"] ?? "", slot = useSignal<InterviewWaiting | null>(null), ending = useSignal<Interview | null>(null);
  const status = useLoad(() => api("GET /admin/cycles/{cycle_id}/status", { path: { cycle_id: id } }), [id]);
  const list = useLoad(() => api("GET /admin/interviews/cycle/{cycle_id}", { path: { cycle_id: id }, query: { limit: LIMIT } }), [id]);
  const waiting = useLoad(() => api("GET /admin/interviews/cycle/{cycle_id}/waiting", { path: { cycle_id: id } }), [id]);
  if (!requireMe()) return null;
  const reload = () => { void list.reload(); void waiting.reload(); };
  const cancel = async () => {
    try {
      await api("DELETE /admin/interviews/{interview_id}", { path: { interview_id: String(ending.value?.id) }, body: { code: "request" } });
      say(t("staff.next.done"));
    } catch (error) {
      say(asApiError(error).message, "bad");
    }
    ending.value = null;
    reload();
  };
  return (
    <Loaded of={status}>{(s) => (
      <CycleFrame status={s} part="/interviews">
        <Card title={t("talk.waiting")}>
          <Loaded of={waiting}>{(rows) => rows.length === 0 ? <p class="quiet">{t("talk.waiting.none")}</p> : (
            <ul class="queue rows">{rows.map((w) => (
              <li key={w.anonymized_id}>
                <code>{w.anonymized_id}</code> <Badge tone="warn">{tValue("talk.needs", w.needs ?? "")}</Badge>
                {may("cycles") && (w.needs === "slot" || w.needs === "rebooking") && <span class="queue-end"><button type="button" class="button" onClick={() => { slot.value = w; }}>{t("talk.schedule")}</button></span>}
              </li>
            ))}</ul>
          )}</Loaded>
        </Card>
        <Loaded of={list}>{(rows) => rows.length === 0
          ? <Empty title={t("talk.none")}><p>{t("talk.cycle.none.text")}</p></Empty>
          : <ul class="queue rows">{rows.map((i) => <Row key={i.id} interview={i} onCancel={may("cycles") ? () => { ending.value = i; } : undefined} />)}</ul>}</Loaded>
        {slot.value && <Dialog title={t("talk.schedule")} onClose={() => { slot.value = null; }}><Schedule waiting={slot.value} onDone={() => { slot.value = null; reload(); }} /></Dialog>}
        {ending.value && <Confirm title={t("talk.cancel")} yes={t("talk.cancel")} dangerous onYes={cancel} onClose={() => { ending.value = null; }}><p>{t("talk.cancel.text")}</p></Confirm>}
      </CycleFrame>
    )}</Loaded>
  );
}
