/* A table of any length: only the rows in sight are in the page, further ones are read by keyset
 * cursor as one scrolls. Arrow keys or j and k move, Enter opens. It is a real table for a screen
 * reader, with the count of all rows.
 *   <DataTable caption="…" columns={columns} rowKey={(r) => r.id} read={(cursor) => …} onOpen={…} /> */
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { useSignal } from "@preact/signals";
import type { ApiError } from "../core/api";
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
}
const ROW_PX = 42, AROUND = 8, NEAR_END = 30;

export function DataTable<R>(p: TableProps<R>) {
  const rows = useSignal<R[]>([]), next = useSignal(""), total = useSignal(-1), busy = useSignal(true), error = useSignal<ApiError | null>(null);
  const first = useSignal(0), seen = useSignal(20), current = useSignal(0), box = useRef<HTMLDivElement>(null), turn = useRef(0);
  const more = async (cursor: string) => {
    const mine = cursor ? turn.current : ++turn.current;
    busy.value = true;
    try {
      const page = await p.read(cursor);
      if (mine !== turn.current) return;
      rows.value = cursor ? [...rows.value, ...page.rows] : page.rows;
      next.value = page.next;
      total.value = page.total;
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
    const from = Math.max(0, Math.floor(el.scrollTop / ROW_PX) - AROUND), count = Math.ceil(el.clientHeight / ROW_PX) + 2 * AROUND;
    if (from !== first.value) first.value = from;
    if (count !== seen.value) seen.value = count;
    if (next.value && !busy.value && !error.value && from + count + NEAR_END > rows.value.length) void more(next.value);
  };
  useEffect(() => {
    current.value = 0;
    box.current?.scrollTo(0, 0);
    void more("").then(look);
  }, p.deps ?? []);
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
  if (!busy.value && !error.value && rows.value.length === 0) return <>{p.empty ?? <p class="empty">{t("table.empty")}</p>}</>;
  return (
    <div class="table-box">
      {error.value && <ErrorBox error={error.value} retry={() => void more(rows.value.length ? next.value : "")} />}
      <div ref={box} class="table-scroll" style={{ maxBlockSize: p.height ?? "70vh" }} onScroll={look} onKeyDown={key} role="region" aria-label={p.caption} tabIndex={0}>
        <table class="data" aria-rowcount={(total.value >= 0 ? total.value : rows.value.length) + 1} aria-busy={busy.value}>
          <caption class="hidden">{p.caption}</caption>
          <colgroup>{p.columns.map((c) => <col key={c.key} style={c.width ? { width: c.width } : {}} />)}</colgroup>
          <thead><tr aria-rowindex={1}>{p.columns.map((c) => <th key={c.key} scope="col" class={c.numeric ? "number" : ""}>{c.label}</th>)}</tr></thead>
          <tbody>
            {from > 0 && <tr class="spacer" aria-hidden="true"><td colSpan={p.columns.length} style={{ height: `${from * ROW_PX}px` }} /></tr>}
            {shown.map((row, i) => {
              const at = from + i;
              return (
                <tr key={p.rowKey(row)} data-row={at} aria-rowindex={at + 2} class={at === current.value ? "current" : ""} tabIndex={at === current.value ? 0 : -1}
                  onClick={() => { current.value = at; p.onOpen?.(row); }}>
                  {p.columns.map((c) => <td key={c.key} class={c.numeric ? "number" : ""}>{c.cell(row)}</td>)}
                </tr>
              );
            })}
            {after > 0 && <tr class="spacer" aria-hidden="true"><td colSpan={p.columns.length} style={{ height: `${after * ROW_PX}px` }} /></tr>}
          </tbody>
        </table>
      </div>
      <p class="quiet small table-foot">{busy.value ? t("state.loading") : t("table.shown", { n: rows.value.length, all: total.value >= 0 ? number(total.value) : number(rows.value.length) })}</p>
    </div>
  );
}
