/* A table of any length: only the rows in sight are in the page, further ones are read by keyset
 * cursor as one scrolls. Arrow keys or j and k move, Enter opens. It is a real table for a screen
 * reader, with the count of all rows.
 *   <DataTable caption="…" columns={columns} rowKey={(r) => r.id} read={(cursor) => …} onOpen={…} /> */
import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { useSignal } from "@preact/signals";
import { writes, type ApiError } from "../core/api";
import { announce } from "../core/say";
import { number, t } from "../core/i18n";
import { asApiError } from "../core/load";
import { ErrorBox } from "./states";

export interface Column<R> {
  key: string;
  label: string;
  cell: (row: R) => ComponentChildren;
  /** Numbers stand at the end of the cell, in tabular figures. */
  numeric?: boolean;
  /** CSS width such as "8rem"; without it the column takes what is left. */
  width?: string;
}
export interface TablePage<R> {
  rows: R[];
  /** Cursor of the next page; empty at the end. */
  next: string;
  /** How many rows there are in all, or -1. */
  total: number;
}
interface TableProps<R> {
  caption: string;
  columns: Column<R>[];
  rowKey: (row: R) => string;
  read: (cursor: string) => Promise<TablePage<R>>;
  /** Reads anew when one of these changes: filters, sort. */
  deps?: unknown[];
  onOpen?: (row: R) => void;
  empty?: ComponentChildren;
  /** Height of the window onto the rows, in CSS. */
  height?: string;
  /** Whoever comes back to a table of this name finds its rows and its place, until something was
   * written or half an hour has passed. */
  keep?: string;
}
/* A column without a width keeps this much where the window is narrow: the table scrolls in its box. */
const FLEXIBLE = "8rem";
const ROW_PX = 42, AROUND = 8, NEAR_END = 30, KEPT_MS = 30 * 60000;
interface Kept {
  name: string;
  rows: unknown[];
  next: string;
  total: number;
  current: number;
  top: number;
  keyOf: (row: never) => string;
  at: number;
  writes: number;
}
let kept: Kept | null = null;

/** The row that was looked at meanwhile is the current one of the kept table, and stays in sight. */
export function keepCurrent(key: string): void {
  if (!kept) return;
  const { keyOf } = kept, found = kept.rows.findIndex((row) => keyOf(row as never) === key);
  kept.at = Date.now();
  if (found < 0 || found === kept.current) return;
  kept.current = found;
  kept.top = Math.max(0, (found - 4) * ROW_PX);
}

function takeKept(name: string | undefined): Kept | null {
  const found = kept;
  kept = null;
  return found && found.name === name && found.writes === writes() && Date.now() - found.at < KEPT_MS ? found : null;
}

export function DataTable<R>(p: TableProps<R>) {
  const rows = useSignal<R[]>([]), next = useSignal(""), total = useSignal(-1), busy = useSignal(true), error = useSignal<ApiError | null>(null);
  const first = useSignal(0), seen = useSignal(20), current = useSignal(0), box = useRef<HTMLDivElement>(null), turn = useRef(0), top = useRef(0);
  const lines = useRef<{ columns: unknown; made: Map<R, { at: number; here: boolean; node: ComponentChildren }> }>({ columns: null, made: new Map() });
  const more = async (cursor: string) => {
    const mine = cursor ? turn.current : ++turn.current;
    busy.value = true;
    try {
      const page = await p.read(cursor);
      if (mine !== turn.current) return;
      rows.value = cursor ? [...rows.value, ...page.rows] : page.rows;
      next.value = page.next;
      if (!cursor || page.total >= 0) total.value = page.total;
      error.value = null;
      if (!cursor) announce(t("table.count", { n: page.total >= 0 ? page.total : page.rows.length }));
    } catch (thrown) {
      if (mine === turn.current) error.value = asApiError(thrown);
    }
    if (mine === turn.current) busy.value = false;
  };
  const look = () => {
    const el = box.current;
    if (!el) return;
    top.current = el.scrollTop;
    const from = Math.max(0, Math.floor(el.scrollTop / ROW_PX) - AROUND), count = Math.ceil(el.clientHeight / ROW_PX) + 2 * AROUND;
    if (from !== first.value) first.value = from;
    if (count !== seen.value) seen.value = count;
    if (next.value && !busy.value && !error.value && from + count + NEAR_END > rows.value.length) void more(next.value);
  };
  useEffect(() => {
    const back = takeKept(p.keep);
    if (back) {
      turn.current++;
      rows.value = back.rows as R[];
      next.value = back.next;
      total.value = back.total;
      current.value = back.current;
      busy.value = false;
      requestAnimationFrame(() => { box.current?.scrollTo(0, back.top); look(); box.current?.querySelector<HTMLElement>(`[data-row="${back.current}"]`)?.focus({ preventScroll: true }); });
    } else {
      current.value = 0;
      box.current?.scrollTo(0, 0);
      void more("").then(look);
    }
  }, p.deps ?? []);
  useLayoutEffect(() => () => {
    if (p.keep && rows.value.length) kept = { name: p.keep, rows: rows.value, next: next.value, total: total.value, current: current.value, top: top.current, keyOf: p.rowKey as (row: never) => string, at: Date.now(), writes: writes() };
  }, [p.keep]);
  const go = (to: number) => {
    const el = box.current, at = Math.max(0, Math.min(rows.value.length - 1, to));
    if (!el) return;
    current.value = at;
    const head = ROW_PX;
    if (at * ROW_PX < el.scrollTop) el.scrollTop = at * ROW_PX;
    else if ((at + 1) * ROW_PX + head > el.scrollTop + el.clientHeight) el.scrollTop = (at + 1) * ROW_PX + head - el.clientHeight;
    look();
    requestAnimationFrame(() => el.querySelector<HTMLElement>(`[data-row="${at}"]`)?.focus({ preventScroll: true }));
  };
  const key = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || (event.target as Element).matches("input, select, textarea, button, a")) return;
    const span = Math.max(1, Math.floor((box.current?.clientHeight ?? 0) / ROW_PX) - 2), moves: Record<string, number> = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1, PageDown: span, PageUp: -span };
    const by = moves[event.key], row = rows.value[current.value];
    if (by !== undefined) go(current.value + by);
    else if (event.key === "Home") go(0);
    else if (event.key === "End") go(rows.value.length - 1);
    else if (event.key === "Enter" && row && p.onOpen) p.onOpen(row);
    else return;
    event.preventDefault();
  };
  const from = Math.min(first.value, Math.max(0, rows.value.length - seen.value)), shown = rows.value.slice(from, from + seen.value), after = rows.value.length - from - shown.length;
  /* A row that stays in sight keeps its node: the renderer passes over what is the same object. */
  if (lines.current.columns !== p.columns) lines.current = { columns: p.columns, made: new Map() };
  const before = lines.current.made, made: typeof before = new Map();
  lines.current.made = made;
  const line = (row: R, at: number) => {
    const here = at === current.value, old = before.get(row);
    const one = old && old.at === at && old.here === here ? old : { at, here, node: (
      <tr key={p.rowKey(row)} data-row={at} aria-rowindex={at + 2} class={here ? "current" : ""} tabIndex={here ? 0 : -1}
        onClick={() => { current.value = at; p.onOpen?.(row); }}>
        {p.columns.map((c) => <td key={c.key} class={c.numeric ? "number" : ""}>{c.cell(row)}</td>)}
      </tr>
    ) };
    made.set(row, one);
    return one.node;
  };
  if (!busy.value && !error.value && rows.value.length === 0) return <>{p.empty ?? <p class="empty">{t("table.empty")}</p>}</>;
  return (
    <div class="table-box">
      {error.value && <ErrorBox error={error.value} retry={() => void more(rows.value.length ? next.value : "")} />}
      <div ref={box} class="table-scroll" style={{ maxBlockSize: p.height ?? "70vh" }} onScroll={look} onKeyDown={key} role="region" aria-label={p.caption} tabIndex={0}>
        <table class="data" style={{ minInlineSize: `calc(${p.columns.map((c) => c.width ?? FLEXIBLE).join(" + ")})` }} aria-rowcount={(total.value >= 0 ? total.value : rows.value.length) + 1} aria-busy={busy.value}>
          <caption class="hidden">{p.caption}</caption>
          <colgroup>{p.columns.map((c) => <col key={c.key} style={c.width ? { width: c.width } : {}} />)}</colgroup>
          <thead><tr aria-rowindex={1}>{p.columns.map((c) => <th key={c.key} scope="col" class={c.numeric ? "number" : ""} title={c.label}>{c.label}</th>)}</tr></thead>
          <tbody>
            {from > 0 && <tr class="spacer" aria-hidden="true"><td colSpan={p.columns.length} style={{ height: `${from * ROW_PX}px` }} /></tr>}
            {shown.map((row, i) => line(row, from + i))}
            {after > 0 && <tr class="spacer" aria-hidden="true"><td colSpan={p.columns.length} style={{ height: `${after * ROW_PX}px` }} /></tr>}
          </tbody>
        </table>
      </div>
      <p class="quiet small table-foot">{busy.value ? t("state.loading") : t("table.shown", { n: rows.value.length, all: total.value >= 0 ? number(total.value) : number(rows.value.length) })}</p>
    </div>
  );
}
