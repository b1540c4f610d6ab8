/* Small parts: card, stepper, tabs, badge, progress, definition list, a button that waits. */
import type { ComponentChildren } from "preact";
import { useRef, useState } from "preact/hooks";
import { number, t } from "../core/i18n";
import { Icon } from "./icons";

export function Page(p: { title: string; lead?: ComponentChildren; children: ComponentChildren; actions?: ComponentChildren; narrow?: boolean }) {
  document.title = `${p.title} · ENIGMA`;
  return (
    <div class={`page ${p.narrow ? "narrow" : ""}`}>
      <div class="page-head">
        <div><h1 tabIndex={-1}>{p.title}</h1>{p.lead && <p class="lead">{p.lead}</p>}</div>
        {p.actions && <div class="actions">{p.actions}</div>}
      </div>
      {p.children}
    </div>
  );
}

export function Card(p: { title?: string; children?: ComponentChildren; tone?: "good" | "warn" | "bad" | "info"; actions?: ComponentChildren; level?: 2 | 3 }) {
  const Heading = p.level === 3 ? "h3" : "h2";
  return (
    <section class={`card ${p.tone ?? ""}`}>
      {(p.title || p.actions) && <div class="card-head">{p.title && <Heading>{p.title}</Heading>}{p.actions && <div class="actions">{p.actions}</div>}</div>}
      {p.children}
    </section>
  );
}

export interface Step {
  key: string;
  label: string;
  state: "done" | "now" | "next" | "bad";
  detail?: ComponentChildren;
  href?: string;
}

/** Steps of a form or phases of a cycle; `tall` stands upright with its details. */
export function Stepper({ steps, label, tall }: { steps: Step[]; label: string; tall?: boolean }) {
  const words = { done: t("step.done"), now: t("step.now"), next: t("step.next"), bad: t("step.bad") };
  return (
    <ol class={`stepper ${tall ? "tall" : ""}`} aria-label={label}>
      {steps.map((s, i) => (
        <li key={s.key} class={s.state} aria-current={s.state === "now" ? "step" : undefined}>
          <span class="step-mark" aria-hidden="true">{s.state === "done" ? <Icon name="check" size={14} /> : i + 1}</span>
          <span class="step-text">
            {s.href ? <a href={s.href}>{s.label}</a> : <span class="step-label">{s.label}</span>}
            <span class="hidden"> ({words[s.state]})</span>
            {s.detail && <span class="step-detail">{s.detail}</span>}
          </span>
        </li>
      ))}
    </ol>
  );
}

/** Arrow keys move between the tabs; `label` names the group. */
export function Tabs({ tabs, label, initial = 0 }: { tabs: { key: string; label: string; panel: () => ComponentChildren }[]; label: string; initial?: number }) {
  const [at, setAt] = useState(initial), buttons = useRef<(HTMLButtonElement | null)[]>([]);
  const move = (event: KeyboardEvent) => {
    const forward = document.documentElement.dir === "rtl" ? "ArrowLeft" : "ArrowRight", back = forward === "ArrowRight" ? "ArrowLeft" : "ArrowRight";
    const to = event.key === forward ? at + 1 : event.key === back ? at - 1 : event.key === "Home" ? 0 : event.key === "End" ? tabs.length - 1 : -2;
    if (to === -2) return;
    event.preventDefault();
    const next = (to + tabs.length) % tabs.length;
    setAt(next);
    buttons.current[next]?.focus();
  };
  const tab = tabs[at];
  return (
    <div class="tabs">
      <div role="tablist" aria-label={label} onKeyDown={move}>
        {tabs.map((one, i) => (
          <button key={one.key} type="button" role="tab" id={`tab-${one.key}`} aria-selected={i === at} aria-controls={`panel-${one.key}`}
            tabIndex={i === at ? 0 : -1} ref={(el) => { buttons.current[i] = el; }} onClick={() => setAt(i)}>{one.label}</button>
        ))}
      </div>
      {tab && <div role="tabpanel" id={`panel-${tab.key}`} aria-labelledby={`tab-${tab.key}`} tabIndex={0}>{tab.panel()}</div>}
    </div>
  );
}

export function Badge({ tone = "info", children }: { tone?: "info" | "good" | "warn" | "bad" | "plain"; children: ComponentChildren }) {
  return <span class={`badge ${tone}`}>{children}</span>;
}

/** Shows how far something is; without `max` only that it runs. */
export function Progress({ value, max, label, text }: { value?: number; max?: number; label: string; text?: string }) {
  const known = value !== undefined && max !== undefined && max > 0;
  return (
    <div class="progress">
      <div class="progress-head"><span>{label}</span><span class="number">{text ?? (known ? `${number(value)} / ${number(max)}` : "")}</span></div>
      <progress aria-label={label} {...(known ? { value, max } : {})} />
    </div>
  );
}

export function Facts({ items }: { items: [string, ComponentChildren][] }) {
  return <dl class="facts">{items.map(([name, value]) => <div key={name}><dt>{name}</dt><dd>{value}</dd></div>)}</dl>;
}

/** A button that cannot be pressed twice while its work runs. */
export function Button(p: { onClick: () => unknown; children: ComponentChildren; tone?: "primary" | "danger" | "quiet"; disabled?: boolean }) {
  const [busy, setBusy] = useState(false);
  const run = async () => {
    if (busy) return;
    setBusy(true);
    try {
      await p.onClick();
    } finally {
      setBusy(false);
    }
  };
  return <button type="button" class={`button ${p.tone ?? ""}`} disabled={p.disabled} aria-disabled={busy ? "true" : undefined} onClick={() => void run()}>{busy ? t("state.working") : p.children}</button>;
}
