/* Light, dark, or as the system has it. */
import { signal } from "@preact/signals";

export type Theme = "auto" | "light" | "dark";
const STORED = "enigma.theme";
export const theme = signal<Theme>("auto");

export function setTheme(value: Theme): void {
  theme.value = value;
  if (value === "auto") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = value;
  try {
    localStorage.setItem(STORED, value);
  } catch {
    /* a browser without storage forgets the choice */
  }
}

export function openTheme(): void {
  let stored: string | null = null;
  try {
    stored = localStorage.getItem(STORED);
  } catch {
    /* as above */
  }
  if (stored === "light" || stored === "dark") setTheme(stored);
}
