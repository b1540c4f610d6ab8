/* Applications that the scrubber held: what evaluators would see, the original for a stated reason,
 * redactions added or taken back by selecting words, and the release. */
import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import type { ComponentChildren } from "preact";
import type { HeldOriginal, HeldView, ScrubCorrection, ScrubSpan } from "../../api/types";
import { api, call } from "../../core/api";
import { t, tValue } from "../../core/i18n";
import { useLoad } from "../../core/load";
import { go } from "../../core/router";
import { say } from "../../core/say";
import type { PageProps } from "../../core/start";
import { Form, Submit, TextArea, useForm } from "../../ui/form";
import { Badge, Card } from "../../ui/parts";
import { Empty, Loaded, Notice } from "../../ui/states";
import { DataTable } from "../../ui/table";
import { Time } from "../../ui/time";
import { CycleFrame } from "./cycle-frame";
import { may, requireMe } from "./session";

type Place = "essay" | "achievements";
const REASON_MAX = 1000;
const encoder = new TextEncoder(), decoder = new TextDecoder();
const bytesOf = (text: string): number => encoder.encode(text).length;

export function HeldQueue({ route }: PageProps) {
  const id = route.params["cycle_id"] ?? "";
  const status = useLoad(() => api("GET /admin/cycles/{cycle_id}/status", { path: { cycle_id: id } }), [id]);
  if (!requireMe()) return null;
  const read = async (cursor: string) => {
    const page = await call("GET /admin/cycles/{cycle_id}/held", { path: { cycle_id: id }, query: { limit: 100, cursor } });
    return { rows: page.data, next: page.next, total: page.total };
  };
  return (
    <Loaded of={status}>{(s) => (
      <CycleFrame status={s} part="/held">
        <DataTable caption={t("staff.part.held")} read={read} deps={[id]} rowKey={(h) => h.anonymized_id ?? ""} onOpen={(h) => void go(`/staff/cycles/${id}/held/${h.anonymized_id}`)}
          empty={<Empty title={t("held.none")}><p>{t("held.none.text")}</p></Empty>}
          columns={[
            { key: "id", label: t("staff.anonymous"), cell: (h) => <a href={`/staff/cycles/${id}/held/${h.anonymized_id}`}><code>{h.anonymized_id}</code></a> },
            { key: "why", label: t("held.why"), width: "18rem", cell: (h) => tValue("held.reason", h.held_reason ?? "") },
            { key: "n", label: t("staff.redactions"), width: "9rem", numeric: true, cell: (h) => h.redactions ?? 0 },
            { key: "at", label: t("held.since"), width: "13rem", cell: (h) => h.created_at && <Time at={h.created_at} /> },
          ]} />
      </CycleFrame>
    )}</Loaded>
  );
}

/** The text with its spans marked; byte offsets, as the API counts. */
function Marked({ text, spans }: { text: string; spans: ScrubSpan[] }) {
  const bytes = encoder.encode(text), parts: ComponentChildren[] = [];
  let at = 0;
  for (const span of [...spans].sort((a, b) => (a.start ?? 0) - (b.start ?? 0))) {
    const start = span.start ?? 0, end = span.end ?? 0;
    if (start < at || end > bytes.length) continue;
    parts.push(decoder.decode(bytes.slice(at, start)));
    parts.push(<mark class={`span ${span.action ?? ""}`} title={`${tValue("span.type", span.type ?? "")} · ${span.placeholder ?? ""}`}>{decoder.decode(bytes.slice(start, end))}</mark>);
    at = end;
  }
  parts.push(decoder.decode(bytes.slice(at)));
  return <>{parts}</>;
}

/** Bytes of the selected words in the element, or null. */
function selected(box: HTMLElement | null): { start: number; end: number; text: string } | null {
  const selection = getSelection();
  if (!box || !selection || selection.rangeCount === 0 || selection.isCollapsed) return null;
  const range = selection.getRangeAt(0);
  if (!box.contains(range.commonAncestorContainer)) return null;
  const before = document.createRange();
  before.selectNodeContents(box);
  before.setEnd(range.startContainer, range.startOffset);
  const text = range.toString(), start = bytesOf(before.toString());
  return { start, end: start + bytesOf(text), text };
}

interface Change extends ScrubCorrection {
  words: string;
}

function Original({ place, text, spans, onChange }: { place: Place; text: string; spans: ScrubSpan[]; onChange: (change: Change) => void }) {
  const box = useRef<HTMLParagraphElement>(null), hint = useSignal(false);
  const take = (action: "redact" | "restore") => () => {
    const found = selected(box.current);
    hint.value = !found;
    if (!found) return;
    onChange({ field: place, start: found.start, end: found.end, action, ...(action === "redact" ? { type: "custom" as const } : {}), words: found.text });
    getSelection()?.removeAllRanges();
  };
  return (
    <Card level={3} title={t(place === "essay" ? "read.essay" : "read.achievements")} actions={
      <>
        <button type="button" class="button" onMouseDown={(e) => e.preventDefault()} onClick={take("redact")}>{t("held.redact")}</button>
        <button type="button" class="button" onMouseDown={(e) => e.preventDefault()} onClick={take("restore")}>{t("held.restore")}</button>
      </>}>
      {hint.value && <p class="field-error" role="alert">{t("held.select")}</p>}
      <p ref={box} class="reading" dir="auto"><Marked text={text} spans={spans.filter((s) => s.field === place)} /></p>
    </Card>
  );
}

function Decide({ id, original, again }: { id: string; original: HeldOriginal; again: (view: HeldView) => void }) {
  const form = useForm({ reason: "" }), changes = useSignal<Change[]>([]), verb = useSignal<"correct" | "release">("correct");
  const add = (change: Change) => { changes.value = [...changes.value, change]; };
  const submit = async (v: { reason: string }) => {
    const spans = changes.value.map(({ words: _, ...change }) => change);
    const view = await api("POST /admin/held/{anonymized_id}/decision", { path: { anonymized_id: id }, body: { decision: verb.value, spans, reason: v.reason.trim() } });
    changes.value = [];
    say(t(verb.value === "release" ? "held.released" : "held.corrected"));
    again(view as HeldView);
  };
  return (
    <>
      <Original place="essay" text={original.essay_original ?? ""} spans={original.spans ?? []} onChange={add} />
      <Original place="achievements" text={original.achievements_original ?? ""} spans={original.spans ?? []} onChange={add} />
      <Card title={t("held.decide")} tone="info">
        {changes.value.length > 0 && (
          <ul class="changes">{changes.value.map((c, i) => (
            <li key={i}>
              <Badge tone={c.action === "redact" ? "bad" : "good"}>{t(c.action === "redact" ? "held.redact" : "held.restore")}</Badge> <span>{c.words}</span>
              <button type="button" class="button quiet" onClick={() => { changes.value = changes.value.filter((_, k) => k !== i); }}>{t("held.undo")}</button>
            </li>
          ))}</ul>
        )}
        <Form form={form} onSubmit={submit}>
          <TextArea form={form} name="reason" label={t("staff.reason")} hint={t("staff.reason.logged")} max={REASON_MAX} rows={3} />
          <div class="actions">
            <button type="submit" class="button" disabled={changes.value.length === 0} onClick={() => { verb.value = "correct"; }}>{t("held.correct")}</button>
            <button type="submit" class="button primary" onClick={() => { verb.value = "release"; }}>{t("held.release")}</button>
          </div>
        </Form>
      </Card>
    </>
  );
}

/** The original is read for a reason that goes into the log; only a super_admin may. */
function AskOriginal({ id, onRead }: { id: string; onRead: (original: HeldOriginal) => void }) {
  const form = useForm({ reason: "" });
  const submit = async (v: { reason: string }) => onRead(await api("POST /admin/held/{anonymized_id}/original", { path: { anonymized_id: id }, body: { reason: v.reason.trim() } }));
  return (
    <Card title={t("held.original")} tone="warn">
      <p>{t("held.original.text")}</p>
      <Form form={form} onSubmit={submit}>
        <TextArea form={form} name="reason" label={t("staff.reason")} hint={t("staff.reason.logged")} max={REASON_MAX} rows={3} />
        <div class="actions"><Submit form={form}>{t("held.original.read")}</Submit></div>
      </Form>
    </Card>
  );
}

export function HeldOne({ route }: PageProps) {
  const cycle_id = route.params["cycle_id"] ?? "", id = route.params["anonymized_id"] ?? "";
  const status = useLoad(() => api("GET /admin/cycles/{cycle_id}/status", { path: { cycle_id } }), [cycle_id]);
  const view = useLoad(() => api("GET /admin/held/{anonymized_id}", { path: { anonymized_id: id } }), [id]);
  const original = useSignal<HeldOriginal | null>(null);
  if (!requireMe()) return null;
  const again = (fresh: HeldView) => {
    if (fresh.held_reason == null) void go(`/staff/cycles/${cycle_id}/held`);
    else { original.value = null; view.set(fresh); }
  };
  return (
    <Loaded of={status}>{(s) => (
      <CycleFrame status={s} part="/held" actions={<a class="button quiet" href={`/staff/cycles/${cycle_id}/held`}>{t("action.back")}</a>}>
        <Loaded of={view} lines={8}>{(h) => (
          <>
            <Notice tone="warn" title={tValue("held.reason", h.held_reason ?? "")}><p>{t("held.text")} <code>{h.anonymized_id}</code></p></Notice>
            <div class="columns even">
              <div class="stack">
                <Card title={t("held.seen")}>
                  <h3>{t("read.essay")}</h3><p class="reading" dir="auto">{h.essay}</p>
                  <h3>{t("read.achievements")}</h3><p class="reading" dir="auto">{h.achievements}</p>
                </Card>
              </div>
              <div class="stack">
                {original.value ? <Decide id={id} original={original.value} again={again} />
                  : may("people") ? <AskOriginal id={id} onRead={(o) => { original.value = o; }} />
                    : <Notice tone="info" title={t("held.super")} />}
              </div>
            </div>
          </>
        )}</Loaded>
      </CycleFrame>
    )}</Loaded>
  );
}
