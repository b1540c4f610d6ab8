/* The query box over applications: words such as status:scored essay:<60 total:80..90 redactions:>10
 * is:review, and any part of an anonymous number. The server filters; this only translates. */
import type { Calls } from "../../api/types";

export type Filter = NonNullable<Calls["GET /admin/cycles/{cycle_id}/applications"]["query"]>;
export type Status = NonNullable<Filter["status"]>;
export const statuses: readonly Status[] = ["submitted", "finalized", "batch_ready", "processing", "scored", "shortlisted", "selected", "not_selected", "failed", "withdrawn"];
export const conditions = ["held", "flagged", "review"] as const;
/* What one types, and the API's name of it. Marks go in steps of a hundredth, counts in whole ones. */
const marks: Record<string, string> = { total: "total", score: "total", grades: "academic", tests: "test", achievements: "achievement", essay: "essay" };
const counts: Record<string, string> = { redactions: "redactions", attempts: "attempts" };
export const names = ["status", "is", ...Object.keys(marks).filter((name) => name !== "score"), ...Object.keys(counts)];
/** -total: from the highest down. */
export const sorts = ["", "-total", "total", "-essay", "essay", "-achievement", "achievement", "-redactions", "-attempts"] as const;

export type Trouble = "name" | "status" | "condition" | "number" | "range" | "twice" | "id";
export interface Parsed {
  filter: Filter;
  /** The first word that was not understood, and why. */
  bad?: { word: string; why: Trouble };
}

const NUMBER = /^\d{1,9}(\.\d{1,2})?$/;

/** "<60", ">=80", "80..90" or "80" as bounds that both count. */
function bounds(text: string, step: number): [number | undefined, number | undefined] | null {
  const two = text.split("..");
  if (two.length === 2 && two.every((part) => NUMBER.test(part))) return [Number(two[0]), Number(two[1])];
  const [, sign = "", digits = ""] = /^(<=|>=|<|>|=)?(.*)$/.exec(text) ?? [];
  if (!NUMBER.test(digits)) return null;
  const n = Number(digits), less = Math.round((n - step) * 100) / 100, more = Math.round((n + step) * 100) / 100;
  return sign === "<" ? [undefined, less] : sign === "<=" ? [undefined, n] : sign === ">" ? [more, undefined] : sign === ">=" ? [n, undefined] : [n, n];
}

function take(filter: Record<string, unknown>, word: string): Trouble | "" {
  const colon = word.indexOf(":"), name = word.slice(0, colon).toLowerCase(), value = word.slice(colon + 1);
  const put = (key: string, what: unknown): Trouble | "" => {
    if (filter[key] !== undefined) return "twice";
    filter[key] = what;
    return "";
  };
  if (colon < 0) return /^[\w-]+$/.test(word) ? put("id", word.toUpperCase()) : "id";
  if (name === "status") return (statuses as readonly string[]).includes(value) ? put("status", value) : "status";
  if (name === "is") return (conditions as readonly string[]).includes(value) ? put("condition", value) : "condition";
  const field = marks[name] ?? counts[name];
  if (!field) return "name";
  const found = bounds(value, marks[name] ? 0.01 : 1);
  if (!found) return "number";
  const [min, max] = found;
  if ((min !== undefined && max !== undefined && min > max) || (max ?? 0) < 0 || (marks[name] && ((min ?? 0) > 100 || (max ?? 0) > 100))) return "range";
  return (min !== undefined && put(`${field}_min`, min)) || (max !== undefined && put(`${field}_max`, max)) || "";
}

export function parseQuery(text: string): Parsed {
  const filter: Record<string, unknown> = {};
  for (const word of text.split(/\s+/).filter(Boolean)) {
    const why = take(filter, word);
    if (why) return { filter: filter as Filter, bad: { word, why } };
  }
  return { filter: filter as Filter };
}

/** The order as the API takes it; turned round for the way back. */
export function sortOf(sort: string, back = false): Pick<Filter, "sort" | "descending"> {
  const down = sort.startsWith("-"), name = down ? sort.slice(1) : sort;
  return { sort: (name || "order") as NonNullable<Filter["sort"]>, descending: down !== back };
}
