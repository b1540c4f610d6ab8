/* Which applications this browser has read, and in which state: for the marks in the list. */
import { signal } from "@preact/signals";

const KEPT_MAX = 5000;
const place = (cycle: string) => `enigma.read.${cycle}`;
let open = "";
export const seen = signal<Record<string, string>>({});

interface Like {
  status?: string;
  final_score?: number | null;
}
const stateOf = (a: Like): string => `${a.status ?? ""} ${a.final_score ?? ""}`;

export function openSeen(cycle: string): void {
  if (open === cycle) return;
  open = cycle;
  try {
    seen.value = JSON.parse(localStorage.getItem(place(cycle)) ?? "{}") as Record<string, string>;
  } catch {
    seen.value = {};
  }
}

export function markSeen(cycle: string, id: string, a: Like): void {
  openSeen(cycle);
  if (seen.value[id] === stateOf(a)) return;
  const { [id]: _, ...rest } = seen.value;
  seen.value = Object.fromEntries([...Object.entries(rest).slice(1 - KEPT_MAX), [id, stateOf(a)]]);
  try {
    localStorage.setItem(place(cycle), JSON.stringify(seen.value));
  } catch {
    /* a browser without storage forgets what was read */
  }
}

/** Since it was last read here. */
export function newsOf(id: string, a: Like): "unread" | "changed" | "" {
  const before = seen.value[id];
  return before === undefined ? "unread" : before === stateOf(a) ? "" : "changed";
}
