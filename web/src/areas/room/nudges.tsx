/* What the monitor tells the interviewer: informations at the bottom that go by themselves, warnings
 * on top that stay, a block that ends the call. Only a block takes the focus. All stay in the list. */
import { useEffect, useRef } from "preact/hooks";
import { computed, signal, useSignal } from "@preact/signals";
import { t } from "../../core/i18n";
import { api } from "../../core/api";
import { say } from "../../core/say";
import { Dialog } from "../../ui/dialog";
import { Form, Submit, TextArea, useForm } from "../../ui/form";
import { Icon } from "../../ui/icons";
import type { Nudge } from "./wire";

const INFO_MS = 5000, REASON_MAX = 2000;
const disputed = signal<Nudge | null>(null);
export const nudges = signal<Nudge[]>([]);
export const open = signal<Set<number>>(new Set());
const openOf = (type: string) => computed(() => nudges.value.filter((n) => n.nudge_type === type && open.value.has(n.id)));
const infos = openOf("info"), warnings = openOf("warning");
export const blocked = computed(() => nudges.value.find((n) => n.nudge_type === "block"));

/** A nudge may come more than once; its id is known again. */
export function take(nudge: Nudge): void {
  if (nudges.value.some((n) => n.id === nudge.id)) return;
  nudges.value = [...nudges.value, nudge];
  const next = new Set(open.value).add(nudge.id);
  if (nudge.replaces) next.delete(nudge.replaces);
  open.value = next;
}

export function close(id: number): void {
  const next = new Set(open.value);
  next.delete(id);
  open.value = next;
}

function Info({ nudge, onAck }: { nudge: Nudge; onAck: (id: number) => void }) {
  const held = useSignal(false), left = useRef(nudge.duration_ms ?? INFO_MS);
  useEffect(() => {
    if (held.value) return undefined;
    const began = Date.now(), timer = setTimeout(() => { onAck(nudge.id); close(nudge.id); }, left.current);
    return () => { clearTimeout(timer); left.current -= Date.now() - began; };
  }, [held.value]);
  const hold = (yes: boolean) => () => { held.value = yes; };
  return (
    <div class="nudge info" onMouseEnter={hold(true)} onMouseLeave={hold(false)} onFocusIn={hold(true)} onFocusOut={hold(false)}>
      <Icon name="info" size={20} /><p>{nudge.message}</p>
      <button type="button" class="icon-button" aria-label={t("action.dismiss")} onClick={() => { onAck(nudge.id); close(nudge.id); }}><Icon name="close" /></button>
    </div>
  );
}

export function Warnings({ onAck }: { onAck: (id: number) => void }) {
  return (
    <div class="nudges top-nudges" role="alert" aria-atomic="false">
      {warnings.value.map((n) => (
        <div key={n.id} class="nudge warning">
          <Icon name="warn" size={22} />
          <div><p class="nudge-title">{t("nudge.warning")}</p>{n.quote && <q dir="auto">{n.quote}</q>}<p>{n.message}</p></div>
          <button type="button" class="button" onClick={() => { onAck(n.id); close(n.id); }}>{t("nudge.understood")}</button>
          <button type="button" class="button quiet" onClick={() => { disputed.value = n; }}>{t("nudge.disagree")} <kbd>D</kbd></button>
        </div>
      ))}
    </div>
  );
}

/** D: against the newest warning that is in sight. */
export function disagree(): void {
  disputed.value = warnings.value.at(-1) ?? null;
}

function Objection({ nudge }: { nudge: Nudge }) {
  const form = useForm({ reason: "" }), shut = () => { disputed.value = null; };
  return (
    <Dialog title={t("nudge.disagree")} onClose={shut}>
      <blockquote>{nudge.message}</blockquote>
      <Form form={form} onSubmit={async (body) => {
        await api("POST /admin/bias/nudges/{nudge_id}/appeal", { path: { nudge_id: String(nudge.id) }, body });
        shut();
        say(t("nudge.disagreed"));
      }}>
        <TextArea form={form} name="reason" label={t("nudge.why")} max={REASON_MAX} rows={3} />
        <div class="actions end"><Submit form={form}>{t("nudge.send")}</Submit></div>
      </Form>
    </Dialog>
  );
}

export function Disputed() {
  return disputed.value && <Objection nudge={disputed.value} />;
}

export function Infos({ onAck }: { onAck: (id: number) => void }) {
  return <div class="nudges bottom-nudges" role="status">{infos.value.map((n) => <Info key={n.id} nudge={n} onAck={onAck} />)}</div>;
}

export function NudgeList() {
  if (nudges.value.length === 0) return <p class="quiet">{t("nudge.none")}</p>;
  const icons = { info: "info", warning: "warn", block: "bad" } as const;
  return <ul class="nudge-list">{nudges.value.map((n) => <li key={n.id}><Icon name={icons[n.nudge_type]} /> <span><strong>{t(`nudge.${n.nudge_type}`)}:</strong> {n.message}</span></li>)}</ul>;
}
