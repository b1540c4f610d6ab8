/* What the public pages gain with scripts: the theme before the first paint, local times, a
 * countdown by the server's clock. They tell the same without. */
const stored = (name: string): string | null => {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
};
const theme = stored("enigma.theme");
if (theme === "light" || theme === "dark") document.documentElement.dataset["theme"] = theme;

const locale = document.documentElement.lang === "ur" ? "ur-PK-u-nu-latn" : "en-GB";
const SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE, DAY = 24 * HOUR;

function localTimes(): void {
  const day: Intl.DateTimeFormatOptions = { day: "numeric", month: "long", year: "numeric" };
  for (const el of document.querySelectorAll("time")) {
    const utc = el.textContent ?? "", only = "date" in el.dataset;
    el.title = utc;
    el.textContent = new Intl.DateTimeFormat(locale, only ? day : { ...day, hour: "2-digit", minute: "2-digit" }).format(new Date(el.dateTime));
  }
}

function countdown(el: HTMLElement): void {
  const { until = "", now = "", days = "", hours = "", over = "" } = el.dataset;
  const ahead = new Date(now).getTime() - Date.now(), end = new Date(until).getTime();
  const show = () => {
    const left = end - (Date.now() + ahead), words = left >= 2 * DAY ? days : hours;
    const value: Record<string, number> = { d: left / DAY, h: left >= 2 * DAY ? (left % DAY) / HOUR : left / HOUR, m: (left % HOUR) / MINUTE };
    el.textContent = left <= 0 ? over : words.replace(/\{(\w)\}/g, (_, name: string) => String(Math.floor(value[name] ?? 0)));
  };
  show();
  setInterval(show, SECOND * 10);
}

document.addEventListener("DOMContentLoaded", () => {
  localTimes();
  for (const el of document.querySelectorAll<HTMLElement>(".countdown")) countdown(el);
  for (const link of document.querySelectorAll<HTMLAnchorElement>("a.language")) {
    if (link.lang === document.documentElement.lang) link.setAttribute("aria-current", "page");
    link.addEventListener("click", () => {
      try {
        localStorage.setItem("enigma.language", link.lang);
      } catch {
        /* the choice holds for this page only */
      }
    });
  }
});
