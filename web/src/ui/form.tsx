/* Forms whose errors come from the server: every 422 entry is put at its field by `loc`, the rest
 * into a summary that takes the focus.
 *   const form = useForm({ name: "", gpa: "" });
 *   <Form form={form} onSubmit={async (v) => { await api("POST /x", { body: v }); }}>
 *     <Text form={form} name="name" label={t("apply.name")} hint="…" autocomplete="name" />
 *     <Submit form={form}>{t("action.save")}</Submit>
 *   </Form> */
import type { ComponentChildren, InputHTMLAttributes, TextareaHTMLAttributes } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { signal, type Signal } from "@preact/signals";
import { ApiError } from "../core/api";
import { t } from "../core/i18n";
import { asApiError } from "../core/load";
import { ErrorBox } from "./states";

export type Values = Record<string, string>;
export interface FormState<V extends Values> {
  id: string;
  values: Signal<V>;
  errors: Signal<Record<string, string>>;
  failure: Signal<ApiError | null>;
  busy: Signal<boolean>;
  labels: Map<string, string>;
  set: (name: keyof V & string, value: string) => void;
  /** Puts an API error or own findings where they belong and moves the focus to the summary. */
  fail: (error: unknown) => void;
  clear: () => void;
}

let forms = 0;

/** A form that outlives its components, such as one over several pages. rename: names of the API to
 * names of fields, where they differ. */
export function createForm<V extends Values>(initial: V, rename: Record<string, keyof V & string> = {}): FormState<V> {
  const values = signal(initial), errors = signal<Record<string, string>>({}), failure = signal<ApiError | null>(null);
  return {
    id: `form${++forms}`, values, errors, failure, busy: signal(false), labels: new Map(),
    set: (name, value) => {
      values.value = { ...values.value, [name]: value };
      if (errors.value[name]) {
        const { [name]: _, ...rest } = errors.value;
        errors.value = rest;
      }
    },
    fail: (thrown) => {
      const error = asApiError(thrown), found: Record<string, string> = {};
      for (const issue of error.issues) {
        const place = issue.loc.filter((l) => l !== "body" && l !== "query").join(".");
        const name = rename[place] ?? place;
        found[name] ??= issue.msg;
      }
      errors.value = found;
      failure.value = Object.keys(found).length ? null : error;
    },
    clear: () => { errors.value = {}; failure.value = null; },
  };
}

export function useForm<V extends Values>(initial: V, rename: Record<string, keyof V & string> = {}): FormState<V> {
  const kept = useRef<FormState<V> | null>(null);
  return (kept.current ??= createForm(initial, rename));
}

/** link: where a field stands that is not on this page. */
export function Summary<V extends Values>({ form, link }: { form: FormState<V>; link?: (name: string) => string | undefined }) {
  const box = useRef<HTMLDivElement>(null), list = Object.entries(form.errors.value);
  const shown = list.length > 0 || form.failure.value !== null;
  const key = form.failure.value?.message ?? list.map(([name]) => name).join(), last = useRef("");
  useEffect(() => {
    const before = last.current;
    last.current = shown ? key || "failed" : "";
    // A finding that was mended shortens the list: the focus stays in its field.
    if (shown && (before === "" || !before.includes(key))) box.current?.focus();
  }, [shown, key]);
  if (!shown) return null;
  return (
    <div ref={box} tabIndex={-1} class="summary">
      {form.failure.value ? <ErrorBox error={form.failure.value} /> : (
        <div class="notice bad" role="alert">
          <div class="notice-text">
            <p class="notice-title">{t("form.summary", { n: list.length })}</p>
            <ul>{list.map(([name, text]) => (
              <li key={name}>{form.labels.has(name)
                ? <a href={link?.(name) ?? `#${form.id}-${name}`} onClick={(e) => { if (link?.(name)) return; e.preventDefault(); document.getElementById(`${form.id}-${name}`)?.focus(); }}>{form.labels.get(name)}: {text}</a>
                : `${name ? `${name}: ` : ""}${text}`}</li>
            ))}</ul>
          </div>
        </div>
      )}
    </div>
  );
}

interface FormProps<V extends Values> {
  form: FormState<V>;
  onSubmit: (values: V) => unknown;
  children: ComponentChildren;
  class?: string;
  /** The caller puts the <Summary> itself. */
  quietSummary?: boolean;
}

export function Form<V extends Values>({ form, onSubmit, children, class: name, quietSummary }: FormProps<V>) {
  const submit = async (event: Event) => {
    event.preventDefault();
    if (form.busy.value) return;
    form.busy.value = true;
    form.clear();
    try {
      await onSubmit(form.values.value);
    } catch (error) {
      form.fail(error);
    } finally {
      form.busy.value = false;
    }
  };
  return (
    <form noValidate class={`form ${name ?? ""}`} onSubmit={(event) => void submit(event)}>
      {!quietSummary && <Summary form={form} />}
      {children}
    </form>
  );
}

interface FieldProps<V extends Values> {
  form: FormState<V>;
  name: keyof V & string;
  label: string;
  hint?: ComponentChildren;
  optional?: boolean;
}
interface Wiring {
  id: string;
  name: string;
  value: string;
  "aria-describedby": string | undefined;
  "aria-invalid": "true" | undefined;
}

/** Label, hint and error around any control; children get what ties them together. */
export function Field<V extends Values>(p: FieldProps<V> & { children: (wiring: Wiring) => ComponentChildren; aside?: ComponentChildren }) {
  const { form, name } = p, id = `${form.id}-${name}`, error = form.errors.value[name];
  form.labels.set(name, p.label);
  const by = [p.hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ") || undefined;
  return (
    <div class={`field ${error ? "invalid" : ""}`}>
      <div class="field-head">
        <label for={id}>{p.label}{p.optional && <span class="optional"> {t("form.optional")}</span>}</label>
        {p.aside}
      </div>
      {p.hint && <p class="hint" id={`${id}-hint`}>{p.hint}</p>}
      {p.children({ id, name, value: form.values.value[name] ?? "", "aria-describedby": by, "aria-invalid": error ? "true" : undefined })}
      {error && <p class="field-error" id={`${id}-error`}>{error}</p>}
    </div>
  );
}

type TextProps<V extends Values> = FieldProps<V> & Omit<InputHTMLAttributes<HTMLInputElement>, "name" | "form" | "value" | "label">;

export function Text<V extends Values>({ form, name, label, hint, optional, ...native }: TextProps<V>) {
  return (
    <Field form={form} name={name} label={label} hint={hint} {...(optional ? { optional } : {})}>
      {(wiring) => <input type="text" {...(native as object)} {...wiring} onInput={(e) => form.set(name, e.currentTarget.value)} />}
    </Field>
  );
}

/** Unicode characters, as the server counts. */
export const codePoints = (text: string): number => [...text].length;

type AreaProps<V extends Values> = FieldProps<V> & Omit<TextareaHTMLAttributes<HTMLTextAreaElement>, "name" | "form" | "value" | "label"> & { max: number; min?: number; rows?: number };

export function TextArea<V extends Values>({ form, name, label, hint, optional, max, min = 0, ...native }: AreaProps<V>) {
  const n = codePoints(form.values.value[name] ?? "");
  const tone = n > max ? "over" : n < min ? "under" : "";
  return (
    <Field form={form} name={name} label={label} hint={hint} {...(optional ? { optional } : {})}
      aside={<span class={`count ${tone}`}>{n < min ? t("form.count.min", { n, min }) : t("form.count", { n, max })}</span>}>
      {(wiring) => <textarea dir="auto" {...(native as object)} {...wiring} onInput={(e) => form.set(name, e.currentTarget.value)} />}
    </Field>
  );
}

type SelectProps<V extends Values> = FieldProps<V> & { options: { value: string; label: string }[] };

export function Select<V extends Values>({ form, name, label, hint, optional, options }: SelectProps<V>) {
  return (
    <Field form={form} name={name} label={label} hint={hint} {...(optional ? { optional } : {})}>
      {({ value, ...wiring }) => (
        <select {...wiring} onChange={(e) => form.set(name, e.currentTarget.value)}>
          {options.map((o) => <option key={o.value} value={o.value} selected={o.value === value}>{o.label}</option>)}
        </select>
      )}
    </Field>
  );
}

/** A tick that is "yes" or "". */
export function Check<V extends Values>({ form, name, label, hint }: FieldProps<V>) {
  const id = `${form.id}-${name}`, error = form.errors.value[name];
  form.labels.set(name, label);
  return (
    <div class={`field check ${error ? "invalid" : ""}`}>
      <input type="checkbox" id={id} checked={form.values.value[name] === "yes"} aria-invalid={error ? "true" : undefined}
        aria-describedby={error ? `${id}-error` : undefined} onChange={(e) => form.set(name, e.currentTarget.checked ? "yes" : "")} />
      <label for={id}>{label}{hint && <span class="hint">{hint}</span>}</label>
      {error && <p class="field-error" id={`${id}-error`}>{error}</p>}
    </div>
  );
}

export function Submit<V extends Values>({ form, children, tone = "primary" }: { form: FormState<V>; children: ComponentChildren; tone?: string }) {
  const busy = form.busy.value;
  return <button type="submit" class={`button ${tone}`} aria-disabled={busy ? "true" : undefined}>{busy ? t("state.working") : children}</button>;
}
