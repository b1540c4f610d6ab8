/* The frame of every page: skip link, header with navigation, language, theme and account, the
 * offline bar, the live region, toasts and the footer. */
import type { ComponentChildren } from "preact";
import { waitingS } from "../core/api";
import { language, languages, setLanguage, t, type Language } from "../core/i18n";
import { route } from "../core/router";
import { dismiss, say, spoken, toasts } from "../core/say";
import { setTheme, theme, type Theme } from "../core/theme";
import { Icon, toneIcon } from "./icons";
import { OfflineBar } from "./states";

export interface NavItem {
  href: string;
  label: string;
  /** Also current on pages below it. */
  deep?: boolean;
}

export function Brand() {
  return (
    <a class="brand" href="/">
      <svg class="mark" viewBox="0 0 32 32" width="28" height="28" aria-hidden="true"><rect x="1" y="1" width="30" height="30" rx="8" /><path d="M10 9h12M10 16h8M10 23h12" /></svg>
      <span>ENIGMA</span>
    </a>
  );
}

function Preferences() {
  const choose = (code: Language) => setLanguage(code).catch(() => say(t("error.language"), "bad"));
  return (
    <div class="preferences">
      <label><Icon name="globe" /><span class="hidden">{t("shell.language")}</span>
        <select value={language.value} onChange={(e) => void choose(e.currentTarget.value as Language)}>
          {languages.map((l) => <option key={l.code} value={l.code} lang={l.code}>{l.name}</option>)}
        </select>
      </label>
      <label><Icon name="sun" /><span class="hidden">{t("shell.theme")}</span>
        <select value={theme.value} onChange={(e) => setTheme(e.currentTarget.value as Theme)}>
          <option value="auto">{t("theme.auto")}</option><option value="light">{t("theme.light")}</option><option value="dark">{t("theme.dark")}</option>
        </select>
      </label>
    </div>
  );
}

function Toasts() {
  return (
    <div class="toasts" aria-live="polite">
      {toasts.value.map((one) => (
        <div key={one.id} class={`toast ${one.tone}`} role={one.tone === "bad" ? "alert" : undefined}>
          <Icon name={toneIcon[one.tone]} />
          <span>{one.text}</span>
          <button type="button" class="icon-button" aria-label={t("action.dismiss")} onClick={() => dismiss(one.id)}><Icon name="close" size={16} /></button>
        </div>
      ))}
    </div>
  );
}

interface ShellProps {
  nav: NavItem[];
  /** Name of the area, beside the brand. */
  area?: string;
  /** Who is signed in, and what they can do about it. */
  account?: ComponentChildren;
  children: ComponentChildren;
  /** Staff pages use the whole width. */
  wide?: boolean;
}

export function Shell({ nav, area, account, children, wide }: ShellProps) {
  const path = route.value.path, here = (n: NavItem) => path === n.href || (n.deep && path.startsWith(`${n.href}/`));
  const skip = (event: Event) => {
    event.preventDefault();
    document.getElementById("main")?.focus();
  };
  return (
    <div class={`shell ${wide ? "wide" : ""}`}>
      <a class="skip" href="#main" onClick={skip}>{t("shell.skip")}</a>
      <header class="top">
        <div class="top-in">
          <Brand />
          {area && <span class="area">{area}</span>}
          {nav.length > 0 && (
            <nav aria-label={t("shell.nav")}>
              <ul>{nav.map((n) => <li key={n.href}><a href={n.href} aria-current={here(n) ? "page" : undefined}>{n.label}</a></li>)}</ul>
            </nav>
          )}
          <div class="top-end"><Preferences />{account}</div>
        </div>
      </header>
      <OfflineBar />
      {waitingS.value > 0 && <div class="offline" role="status"><Icon name="clock" /> {t("state.waiting", { n: waitingS.value })}</div>}
      <main id="main" tabIndex={-1}>{children}</main>
      <footer class="foot">
        <Preferences />
        <a href="/privacy">{t("shell.privacy")}</a><a href="/accessibility">{t("shell.accessibility")}</a><a href="/docs">{t("shell.docs")}</a>
      </footer>
      <div class="hidden" role="status" aria-live="polite">{spoken.value}</div>
      <Toasts />
    </div>
  );
}
