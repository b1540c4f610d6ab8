/* Calls of the API, typed by /openapi.json:
 *   const cycles = await api("GET /admin/cycles", { query: { limit: 50 } });
 *   const { data, etag } = await call("GET /admin/cycles/{cycle_id}", { path: { cycle_id } });
 *   await api("PUT /admin/cycles/{cycle_id}", { path: { cycle_id }, body, ifMatch: etag });
 * A failure is an ApiError. 429 and 503 are waited out where a repetition is safe: reads, PUT, DELETE,
 * and POST with an idempotency key. 401 asks the area's sign-in and repeats the call after it. */
import { signal } from "@preact/signals";
import type { Calls } from "../api/types";

export type { Calls } from "../api/types";
export type CallName = keyof Calls;
export interface Issue {
  type: string;
  loc: (string | number)[];
  msg: string;
}
export type ErrorKind = "offline" | "aborted" | "http";

export class ApiError extends Error {
  constructor(
    readonly kind: ErrorKind,
    readonly status: number,
    message: string,
    readonly issues: Issue[] = [],
    readonly requestId = "",
    readonly retryAfterS = 0,
  ) {
    super(message);
  }
}

interface Common {
  ifMatch?: string | undefined;
  ifNoneMatch?: string | undefined;
  idempotencyKey?: string | undefined;
  signal?: AbortSignal | undefined;
  /** A 401 is the caller's to handle, as on the sign-in page itself. */
  plain401?: boolean | undefined;
  /** How often to try; 1 for autosaves that come again anyway. */
  tries?: number | undefined;
}
type PathPart<K extends CallName> = keyof Calls[K]["path"] extends never ? { path?: undefined } : { path: Calls[K]["path"] };
type BodyPart<K extends CallName> = undefined extends Calls[K]["body"] ? { body?: Calls[K]["body"] } : { body: Calls[K]["body"] };
export type Options<K extends CallName> = PathPart<K> & BodyPart<K> & Common & { query?: Calls[K]["query"] };
type Rest<K extends CallName> = Record<string, never> extends Options<K> ? [Options<K>?] : [Options<K>];

export interface Reply<T> {
  data: T;
  status: number;
  etag: string;
  /** Cursor of the next page of a list; empty at the end. */
  next: string;
  /** X-Total-Count, or -1. */
  total: number;
}

/** False after a call that did not reach the server, until one does. */
export const online = signal(true);
/** Seconds that a call is waiting because the server asked for it; 0: none waits. */
export const waitingS = signal(0);
/** Set by the area: shows its sign-in and resolves when the person is signed in again. */
export const session: { signIn: (() => Promise<void>) | null } = { signIn: null };

const TRIES = 4, WAIT_MAX_S = 30, PROBE_MS = 4000;
const sleep = (ms: number, stop?: AbortSignal) =>
  new Promise<void>((done, fail) => {
    const timer = setTimeout(done, ms);
    stop?.addEventListener("abort", () => { clearTimeout(timer); fail(new ApiError("aborted", 0, "aborted")); });
  });

let probing = false;
async function probe(): Promise<void> {
  if (probing) return;
  probing = true;
  while (!online.value) {
    await sleep(PROBE_MS);
    await fetch("/health/live", { cache: "no-store" }).then(() => (online.value = true), () => undefined);
  }
  probing = false;
}
addEventListener("offline", () => { online.value = false; void probe(); });
addEventListener("online", () => void fetch("/health/live").then(() => (online.value = true), () => undefined));

let written = 0;
/** How many calls of this page may have changed something: what was read before may be old. */
export const writes = (): number => written;
export const newKey = (): string => crypto.randomUUID();

function urlOf(template: string, path: Record<string, string> = {}, query: Record<string, unknown> = {}): string {
  const filled = template.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(path[name] ?? ""));
  const q = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    if (value !== undefined && value !== null && value !== "") q.set(name, String(value));
  const text = q.toString();
  return text ? `${filled}?${text}` : filled;
}

async function failure(reply: Response): Promise<ApiError> {
  const body = (await reply.json().catch(() => ({}))) as { detail?: unknown };
  const issues = Array.isArray(body.detail) ? (body.detail as Issue[]) : [];
  const text = typeof body.detail === "string" ? body.detail : issues.map((i) => i.msg).join(". ") || reply.statusText;
  return new ApiError("http", reply.status, text, issues, reply.headers.get("X-Request-ID") ?? "", Number(reply.headers.get("Retry-After") ?? 0));
}

async function once(method: string, url: string, o: Common & { body?: unknown }): Promise<Response> {
  const headers: Record<string, string> = { Accept: "application/json" };
  if (o.body !== undefined) headers["Content-Type"] = typeof o.body === "string" ? "application/x-ndjson" : "application/json";
  if (o.ifMatch) headers["If-Match"] = o.ifMatch;
  if (o.ifNoneMatch) headers["If-None-Match"] = o.ifNoneMatch;
  if (o.idempotencyKey) headers["Idempotency-Key"] = o.idempotencyKey;
  const body = o.body === undefined ? null : typeof o.body === "string" ? o.body : JSON.stringify(o.body);
  try {
    const reply = await fetch(url, { method, headers, body, credentials: "same-origin", cache: "no-cache", signal: o.signal ?? null });
    online.value = true;
    return reply;
  } catch {
    if (o.signal?.aborted) throw new ApiError("aborted", 0, "aborted");
    online.value = false;
    void probe();
    return lost();
  }
}

/* The connection went in the midst of an answer. */
function lost(): never {
  throw new ApiError("offline", 0, "The server was not reached.");
}

async function waitFor(seconds: number, stop?: AbortSignal): Promise<void> {
  waitingS.value = seconds;
  try {
    await sleep(seconds * 1000, stop);
  } finally {
    waitingS.value = 0;
  }
}

export async function call<K extends CallName>(name: K, ...rest: Rest<K>): Promise<Reply<Calls[K]["reply"]>> {
  const o = (rest[0] ?? {}) as Common & { path?: Record<string, string>; query?: Record<string, unknown>; body?: unknown };
  const [method = "GET", template = "/"] = name.split(" ", 2);
  const url = urlOf(template, o.path, o.query), safe = method !== "POST" || o.idempotencyKey !== undefined;
  let signedIn = false;
  if (method !== "GET") written++;
  for (let left = o.tries ?? TRIES; ; left--) {
    const reply = await once(method, url, o);
    if (reply.ok || reply.status === 304) {
      const text = reply.status === 204 || reply.status === 304 ? "" : await reply.text().catch(lost);
      const json = reply.headers.get("Content-Type")?.includes("json") ?? false;
      return {
        data: (text && json ? JSON.parse(text) : text || undefined) as Calls[K]["reply"],
        status: reply.status,
        etag: reply.headers.get("ETag") ?? "",
        next: /[?&]cursor=([^&>]+)[^>]*>;\s*rel="?next/.exec(reply.headers.get("Link") ?? "")?.[1] ?? "",
        total: Number(reply.headers.get("X-Total-Count") ?? -1),
      };
    }
    const error = await failure(reply);
    if (error.status === 401 && session.signIn && !o.plain401 && !signedIn) {
      await session.signIn();
      signedIn = true;
    } else if ((error.status === 429 || error.status === 503) && safe && left > 1 && error.retryAfterS <= WAIT_MAX_S) {
      await waitFor(Math.max(error.retryAfterS, 1), o.signal);
    } else {
      throw error;
    }
  }
}

export async function api<K extends CallName>(name: K, ...rest: Rest<K>): Promise<Calls[K]["reply"]> {
  return (await call(name, ...rest)).data;
}
