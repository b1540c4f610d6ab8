/* The states a page can be in besides "here it is": loading, empty, failed, not there. */
import type { ComponentChildren } from "preact";
import { ApiError, online } from "../core/api";
import { t, type Key } from "../core/i18n";
import type { Load } from "../core/load";
import { Icon, toneIcon } from "./icons";

/** A calm box that tells something: what happened, and what to do. */
export function Notice(p: { tone: "info" | "good" | "warn" | "bad"; title?: string; children?: ComponentChildren; actions?: ComponentChildren; live?: boolean }) {
  return (
    <div class={`notice ${p.tone}`} role={p.live ? (p.tone === "bad" ? "alert" : "status") : undefined}>
      <Icon name={toneIcon[p.tone]} size={20} />
      <div class="notice-text">
        {p.title && <p class="notice-title">{p.title}</p>}
        {p.children}
        {p.actions && <div class="actions">{p.actions}</div>}
      </div>
    </div>
  );
}

const advices: Record<number, Key> = { 401: "error.401", 403: "error.403", 404: "error.404", 409: "error.412", 412: "error.412", 429: "error.429" };
const advice = (error: ApiError): Key => (error.kind === "offline" ? "error.offline" : (advices[error.status] ?? (error.status >= 500 ? "error.5xx" : "error.other")));

export function ErrorBox({ error, retry }: { error: ApiError; retry?: () => void }) {
  const words = error.status >= 500 || error.kind === "offline" ? "" : error.message;
  return (
    <Notice tone="bad" live title={t(advice(error))}
      actions={retry && <button type="button" class="button" onClick={retry}>{t("action.retry")}</button>}>
      {words && <p>{words}</p>}
      {error.requestId && <p class="quiet small">{t("error.request")} <code>{error.requestId}</code></p>}
    </Notice>
  );
}

export function Empty({ title, children, action }: { title: string; children?: ComponentChildren; action?: ComponentChildren }) {
  return <div class="empty"><h2>{title}</h2>{children}{action && <div class="actions">{action}</div>}</div>;
}

export function Loading({ lines = 3 }: { lines?: number }) {
  return (
    <div class="skeleton" role="status">
      <span class="hidden">{t("state.loading")}</span>
      {Array.from({ length: lines }, (_, i) => <span key={i} class="bone" />)}
    </div>
  );
}

/** What a useLoad() has: bones, the error, or the children; an error beside old data stands above it. */
export function Loaded<T>({ of, lines, children }: { of: Load<T>; lines?: number; children: (data: T) => ComponentChildren }) {
  const { data, error } = of.state.value;
  return (
    <>
      {error && <ErrorBox error={error} retry={() => void of.reload()} />}
      {data !== undefined ? children(data) : error ? null : <Loading {...(lines ? { lines } : {})} />}
    </>
  );
}

export function NotFound() {
  return (
    <div class="page narrow">
      <h1 tabIndex={-1}>{t("notfound.title")}</h1>
      <p>{t("notfound.text")}</p>
      <p><a class="button" href="/">{t("notfound.home")}</a></p>
    </div>
  );
}

export function OfflineBar() {
  if (online.value) return null;
  return <div class="offline" role="status"><Icon name="warn" /> {t("state.offline")}</div>;
}
