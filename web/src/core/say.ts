/* What is said aside: toasts for the eye, a live region for a screen reader. */
import { signal } from "@preact/signals";

export type Tone = "info" | "good" | "warn" | "bad";
export interface Toast {
  id: number;
  tone: Tone;
  text: string;
}
const LIFE_MS = 7000;
export const toasts = signal<Toast[]>([]);
export const spoken = signal("");
let last = 0;

export function dismiss(id: number): void {
  toasts.value = toasts.value.filter((toast) => toast.id !== id);
}

/** Shows a toast. Bad news stays until it is dismissed. */
export function say(text: string, tone: Tone = "good"): void {
  const id = ++last;
  toasts.value = [...toasts.value.slice(-3), { id, tone, text }];
  if (tone !== "bad") setTimeout(() => dismiss(id), LIFE_MS);
}

/** Only for a screen reader: what others see on the page itself. */
export function announce(text: string): void {
  spoken.value = spoken.value === text ? `${text}\u00a0` : text;
}
