/* The unfinished application: every keystroke is kept on this device at once, and on the server when
 * typing pauses. "Saved" is said only after the server's answer, with the server's time. */
import { effect, signal } from "@preact/signals";
import { api, ApiError, call, newKey, online } from "../../core/api";
import type { ApplicationDraft, ApplicationReceipt, DraftState } from "../../api/types";
import { createForm, type Values } from "../../ui/form";
import { me } from "./session";

export const SCORE = "test_scores.";
export type SaveState = "none" | "dirty" | "saving" | "saved" | "kept" | "conflict" | "refused";
interface Kept {
  values: Values;
  etag: string;
  dirty: boolean;
  key: string;
}

const IDLE_MS = 1500, AGAIN_MS = 5000;
const empty: Values = { name: "", phone: "", address: "", gpa: "", essay: "", achievements: "", consent: "" };
export const form = createForm<Values>(empty);
export const saveState = signal<SaveState>("none");
export const savedAt = signal("");
/** Why the server takes no draft at all, such as an application that is in already. */
export const refusal = signal<ApiError | null>(null);
/** What the server has, when it is not what this page began with. */
export const other = signal<DraftState | null>(null);

let etag = "", submitKey = newKey(), timer = 0, loaded = false, running: Promise<void> | null = null, shown: Values = empty;

const place = () => `enigma.draft.${me.value?.student_id ?? ""}`;

function keep(dirty: boolean): void {
  try {
    localStorage.setItem(place(), JSON.stringify({ values: form.values.value, etag, dirty, key: submitKey } satisfies Kept));
  } catch {
    /* a browser without storage: the server's copy is the only one */
  }
}

function kept(): Kept | null {
  try {
    return JSON.parse(localStorage.getItem(place()) ?? "null") as Kept | null;
  } catch {
    return null;
  }
}

export function forget(): void {
  try {
    localStorage.removeItem(place());
  } catch {
    /* there was none */
  }
}

const figure = (text: string): number | null => (text.trim() !== "" && Number.isFinite(Number(text)) ? Number(text) : null);

export function scoresOf(v: Values): Record<string, number> {
  const found: Record<string, number> = {};
  for (const [name, text] of Object.entries(v)) {
    const n = name.startsWith(SCORE) ? figure(text) : null;
    if (n !== null) found[name.slice(SCORE.length)] = n;
  }
  return found;
}

function bodyOf(v: Values): ApplicationDraft {
  const scores = scoresOf(v);
  return {
    name: v["name"] || null, phone: v["phone"] || null, address: v["address"] || null, gpa: figure(v["gpa"] ?? ""),
    test_scores: Object.keys(scores).length ? scores : null, essay: v["essay"] || null, achievements: v["achievements"] || null,
  };
}

function valuesOf(d: DraftState): Values {
  const v: Values = { ...empty, consent: form.values.value["consent"] ?? "" };
  for (const name of ["name", "phone", "address", "essay", "achievements"] as const) v[name] = d[name] ?? "";
  v["gpa"] = d.gpa === null || d.gpa === undefined ? "" : String(d.gpa);
  for (const [name, score] of Object.entries(d.test_scores ?? {})) v[SCORE + name] = String(score);
  return v;
}

function put(v: Values): void {
  shown = v;
  form.values.value = v;
}

async function send(): Promise<void> {
  const sent = form.values.value;
  saveState.value = "saving";
  try {
    const reply = await call("PUT /applications/draft", { body: bodyOf(sent), ...(etag ? { ifMatch: etag } : { ifNoneMatch: "*" }), tries: 2 });
    etag = reply.etag;
    savedAt.value = reply.data.saved_at;
    const clean = form.values.value === sent;
    saveState.value = clean ? "saved" : "dirty";
    keep(!clean);
    if (!clean) plan(IDLE_MS);
  } catch (thrown) {
    const error = thrown as ApiError;
    if (error.status === 412 || error.status === 428) {
      other.value = await api("GET /applications/draft").catch(() => null);
      saveState.value = "conflict";
    } else if (error.kind === "offline" || error.status >= 500 || error.status === 429) {
      saveState.value = "kept";
      plan(AGAIN_MS);
    } else {
      refusal.value = error.status === 422 ? null : error;
      if (error.status === 422) form.fail(error);
      saveState.value = "refused";
    }
  }
}

/** Saves now if there is something to save; resolves when the server has it or cannot have it. */
export async function save(): Promise<void> {
  clearTimeout(timer);
  while (running) await running;
  if (!loaded || ["none", "saved", "conflict"].includes(saveState.value)) return;
  running = send().finally(() => { running = null; });
  await running;
}

function plan(ms: number): void {
  clearTimeout(timer);
  timer = setTimeout(() => void save(), ms) as unknown as number;
}

/** Reads the server's copy, and this device's where that one knows more. */
export async function openDraft(): Promise<void> {
  if (loaded) return;
  let stored: DraftState | null = null;
  try {
    const reply = await call("GET /applications/draft");
    stored = reply.data;
    etag = reply.etag;
  } catch (error) {
    if (!(error instanceof ApiError && error.status === 404)) throw error;
  }
  const local = kept();
  if (local?.key) submitKey = local.key;
  put(stored ? valuesOf(stored) : { ...empty, name: me.value?.display_name ?? "" });
  if (stored) { savedAt.value = stored.saved_at; saveState.value = "saved"; }
  loaded = true;
  if (local?.dirty) {
    const same = local.etag === etag;
    put({ ...empty, ...local.values });
    if (same) { saveState.value = "dirty"; plan(0); }
    else if (stored && JSON.stringify(bodyOf(local.values)) !== JSON.stringify(bodyOf(valuesOf(stored)))) { other.value = stored; saveState.value = "conflict"; }
    else saveState.value = "saved";
  }
}

/** After a conflict: what is typed here wins, or what the server has. */
export async function settle(mine: boolean): Promise<void> {
  const reply = await call("GET /applications/draft");
  etag = reply.etag;
  other.value = null;
  if (mine) {
    saveState.value = "dirty";
    await save();
  } else {
    put(valuesOf(reply.data));
    savedAt.value = reply.data.saved_at;
    saveState.value = "saved";
    keep(false);
  }
}

export async function submit(consentVersion: string): Promise<ApplicationReceipt> {
  await save();
  const v = form.values.value;
  const receipt = await api("POST /applications", {
    idempotencyKey: submitKey,
    body: {
      name: v["name"] ?? "", email: me.value?.primary_email ?? "", phone: v["phone"] || null, address: v["address"] || null,
      gpa: figure(v["gpa"] ?? "") as number, test_scores: scoresOf(v), essay: v["essay"] ?? "", achievements: v["achievements"] ?? "", consent_version: consentVersion,
    },
  }).catch((error: unknown) => {
    // The server remembers a key with its answer: what is mended goes under a new one.
    if (error instanceof ApiError && error.kind === "http" && error.status < 500) { submitKey = newKey(); keep(false); }
    throw error;
  });
  forget();
  loaded = false;
  saveState.value = "none";
  etag = "";
  submitKey = newKey();
  return receipt;
}

effect(() => {
  const now = form.values.value;
  if (!loaded || now === shown) return;
  shown = now;
  if (saveState.peek() !== "conflict") saveState.value = "dirty";
  keep(true);
  plan(IDLE_MS);
});
effect(() => { if (online.value && saveState.peek() === "kept") plan(0); });
addEventListener("pagehide", () => { if (saveState.peek() === "dirty") void save(); });
document.addEventListener("visibilitychange", () => { if (document.hidden && saveState.peek() === "dirty") void save(); });
