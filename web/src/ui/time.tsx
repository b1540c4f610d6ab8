/* Moments: local where the reader is, UTC beside it, machine-readable always. */
import { locale, t } from "../core/i18n";

type How = "datetime" | "date" | "time";
const styles: Record<How, Intl.DateTimeFormatOptions> = {
  datetime: { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit" },
  date: { day: "numeric", month: "short", year: "numeric" },
  time: { hour: "2-digit", minute: "2-digit", second: "2-digit" },
};

export function formatTime(at: string | number | Date, how: How = "datetime", utc = false): string {
  return new Intl.DateTimeFormat(locale(), { ...styles[how], ...(utc ? { timeZone: "UTC" } : {}) }).format(new Date(at));
}

/** "in 3 days", "2 hours ago". */
export function fromNow(at: string | number, now = Date.now()): string {
  const s = (new Date(at).getTime() - now) / 1000, units: [Intl.RelativeTimeFormatUnit, number][] = [["day", 86400], ["hour", 3600], ["minute", 60]];
  const [unit, size] = units.find(([, n]) => Math.abs(s) >= n) ?? ["second", 1];
  return new Intl.RelativeTimeFormat(locale(), { numeric: "auto" }).format(Math.round(s / size), unit);
}

/** Local time; UTC as well with `both`, else as its tooltip. */
export function Time({ at, how = "datetime", both = false }: { at: string; how?: How; both?: boolean }) {
  const utc = `${formatTime(at, how, true)} UTC`;
  return (
    <time dateTime={at} title={both ? undefined : utc}>
      <bdi>{formatTime(at, how)}</bdi>
      {both && <span class="utc" title={t("time.utc")}><bdi>{utc}</bdi></span>}
    </time>
  );
}
