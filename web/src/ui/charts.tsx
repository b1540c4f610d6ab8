/* Charts as SVG: theme colours, no dependency, and a table of the same numbers for who cannot see it. */
import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";
import { number, t } from "../core/i18n";

/** The numbers of a chart as a table behind a disclosure. */
export function Twin({ head, rows }: { head: string[]; rows: (string | number)[][] }) {
  return (
    <details class="twin">
      <summary>{t("chart.table")}</summary>
      <div class="scroll" tabIndex={0} role="region" aria-label={t("chart.table")}>
        <table><thead><tr>{head.map((h) => <th key={h} scope="col">{h}</th>)}</tr></thead>
          <tbody>{rows.map((r, i) => <tr key={i}>{r.map((v, k) => <td key={k} class={typeof v === "number" ? "number" : ""}>{typeof v === "number" ? number(v, { maximumFractionDigits: 3 }) : v}</td>)}</tr>)}</tbody></table>
      </div>
    </details>
  );
}

/** Marks as horizontal bars, 0 to 100. */
export function Bars({ items, max = 100 }: { items: { label: string; value: number; note?: ComponentChildren }[]; max?: number }) {
  return (
    <dl class="bars">
      {items.map((b) => (
        <div key={b.label}>
          <dt>{b.label}</dt>
          <dd>
            <span class="number bar-value">{number(b.value, { maximumFractionDigits: 2 })}</span>
            <svg class="bar" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true"><rect class="track" width="100" height="4" /><rect class="fill" width={Math.max(0, Math.min(100, (100 * b.value) / max))} height="4" /></svg>
            {b.note && <span class="bar-note">{b.note}</span>}
          </dd>
        </div>
      ))}
    </dl>
  );
}

export interface Bin {
  from: number;
  to: number;
  count: number;
  /** Of those, on the right side of the line. */
  within?: number;
}
const W = 640, H = 220, LEFT = 40, BOTTOM = 28, TOP = 12, RIGHT = 12;

interface HistogramProps {
  bins: Bin[];
  label: string;
  /** Line between taken and not taken; dragged, or moved by arrow keys (Page keys: ten steps). */
  cut?: number;
  onCut?: (value: number) => void;
  step?: number;
  /** Marks that tie at the line. */
  tie?: { from: number; to: number } | undefined;
}

export function Histogram({ bins, label, cut, onCut, step = 0.5, tie }: HistogramProps) {
  const svg = useRef<SVGSVGElement>(null);
  const low = bins[0]?.from ?? 0, high = bins.at(-1)?.to ?? 100, top = Math.max(1, ...bins.map((b) => b.count));
  const x = (v: number) => LEFT + ((v - low) / (high - low || 1)) * (W - LEFT - RIGHT), y = (n: number) => H - BOTTOM - (n / top) * (H - BOTTOM - TOP);
  const move = (value: number) => onCut?.(Math.round(Math.max(low, Math.min(high, value)) / step) * step);
  const drag = (event: PointerEvent) => {
    const box = svg.current?.getBoundingClientRect();
    if (!box || !(event.buttons & 1)) return;
    move(low + (((event.clientX - box.left) / box.width) * W - LEFT) / (W - LEFT - RIGHT) * (high - low));
  };
  const key = (event: KeyboardEvent) => {
    const by: Record<string, number> = { ArrowRight: step, ArrowUp: step, ArrowLeft: -step, ArrowDown: -step, PageUp: 10 * step, PageDown: -10 * step };
    const delta = by[event.key];
    const to = event.key === "Home" ? low : event.key === "End" ? high : delta !== undefined && cut !== undefined ? cut + delta : undefined;
    if (to === undefined) return;
    event.preventDefault();
    move(to);
  };
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((f) => low + f * (high - low));
  return (
    <figure class="chart" dir="ltr">
      <svg ref={svg} viewBox={`0 0 ${W} ${H}`} role="group" aria-label={label}
        onPointerMove={onCut ? drag : undefined} onPointerDown={onCut ? (e) => { e.currentTarget.setPointerCapture(e.pointerId); drag(e); } : undefined}>
        {tie && <rect class="tie" x={x(tie.from) - 2} y={TOP} width={Math.max(4, x(tie.to) - x(tie.from) + 4)} height={H - BOTTOM - TOP} />}
        {bins.map((b) => [b.count, b.within ?? 0].map((n, i) => n > 0 && (
          <rect key={`${b.from} ${i}`} class={i ? "bin in" : "bin"} x={x(b.from) + 1} y={y(n)} width={Math.max(1, x(b.to) - x(b.from) - 2)} height={H - BOTTOM - y(n)} />
        )))}
        <line class="axis" x1={LEFT} x2={W - RIGHT} y1={H - BOTTOM} y2={H - BOTTOM} />
        {ticks.map((v) => <text key={v} class="tick" x={x(v)} y={H - 8} text-anchor="middle">{number(v, { maximumFractionDigits: 1 })}</text>)}
        <text class="tick" x={LEFT - 6} y={y(top) + 4} text-anchor="end">{number(top)}</text>
        {cut !== undefined && (
          <g class="cut" tabindex={onCut ? 0 : undefined} role={onCut ? "slider" : undefined} aria-label={t("chart.cut")} aria-valuemin={low} aria-valuemax={high} aria-valuenow={cut} onKeyDown={onCut ? key : undefined}>
            <line x1={x(cut)} x2={x(cut)} y1={TOP} y2={H - BOTTOM} /><rect x={x(cut) - 12} y={TOP - 8} width="24" height="24" rx="5" />
            <path d={`M${x(cut) - 5} ${TOP + 4}h10M${x(cut) - 5} ${TOP}h10M${x(cut) - 5} ${TOP + 8}h10`} />
          </g>
        )}
      </svg>
      <Twin head={[t("chart.from"), t("chart.to"), t("chart.count")]} rows={bins.map((b) => [b.from, b.to, b.count])} />
    </figure>
  );
}

export interface ControlPoint {
  label: string;
  value: number;
  /** Own limits of the point; without them the chart's. */
  low?: number;
  high?: number;
}

/** Shewhart chart: points, centre line, control limits; a point outside is marked by shape too. */
export function ControlChart({ points, mean, low, high, label }: { points: ControlPoint[]; mean: number; low: number; high: number; label: string }) {
  const all = [...points.flatMap((p) => [p.value, p.low ?? low, p.high ?? high]), mean];
  const min = Math.min(...all), max = Math.max(...all), pad = (max - min || 1) * 0.1;
  const x = (i: number) => LEFT + ((i + 0.5) / Math.max(1, points.length)) * (W - LEFT - RIGHT), y = (v: number) => H - BOTTOM - ((v - min + pad) / (max - min + 2 * pad)) * (H - BOTTOM - TOP);
  const limit = (side: "low" | "high") => points.map((p, i) => `${i ? "L" : "M"}${x(i) - (W - LEFT - RIGHT) / points.length / 2} ${y(p[side] ?? (side === "low" ? low : high))}H${x(i) + (W - LEFT - RIGHT) / points.length / 2}`).join("");
  const outside = (p: ControlPoint) => p.value < (p.low ?? low) || p.value > (p.high ?? high);
  return (
    <figure class="chart" dir="ltr">
      <svg viewBox={`0 0 ${W} ${H}`} role="img" aria-label={`${label}. ${t("chart.outside", { n: points.filter(outside).length })}`}>
        <line class="centre" x1={LEFT} x2={W - RIGHT} y1={y(mean)} y2={y(mean)} />
        <path class="limit" d={limit("low") + limit("high")} />
        <path class="line" d={points.map((p, i) => `${i ? "L" : "M"}${x(i)} ${y(p.value)}`).join("")} />
        {points.map((p, i) => outside(p)
          ? <path key={i} class="point out" d={`M${x(i)} ${y(p.value) - 7}l7 7-7 7-7-7z`} />
          : <circle key={i} class="point" cx={x(i)} cy={y(p.value)} r="3.500" />)}
        {[low, mean, high].map((v, i) => <text key={i} class="tick" x={LEFT - 6} y={y(v) + 4} text-anchor="end">{number(v, { maximumFractionDigits: 1 })}</text>)}
      </svg>
      <Twin head={[t("chart.point"), t("chart.value"), t("chart.low"), t("chart.high")]} rows={points.map((p) => [p.label, p.value, p.low ?? low, p.high ?? high])} />
    </figure>
  );
}

/** A line of the size of a word; `label` says what it shows. */
export function Sparkline({ values, label }: { values: number[]; label: string }) {
  const min = Math.min(...values), max = Math.max(...values), at = (v: number) => 18 - ((v - min) / (max - min || 1)) * 16;
  const step = 80 / Math.max(1, values.length - 1);
  return <svg class="spark" viewBox="0 0 80 20" width="80" height="20" role="img" aria-label={label}><path d={values.map((v, i) => `${i ? "L" : "M"}${i * step} ${at(v)}`).join("")} /></svg>;
}
