/* Pages of an area by path. src/routes.json is the one list: the server answers exactly these paths
 * with the area's shell, so that every deep link works and every other path is a 404; the shell holds
 * the area's part of the list. */
import { signal } from "@preact/signals";

export interface Route {
  page: string;
  path: string;
  params: Record<string, string>;
  query: URLSearchParams;
}
interface Row {
  path: string;
  page: string;
}

let rows: Row[] = [];
const nowhere: Route = { page: "", path: "", params: {}, query: new URLSearchParams() };
export const route = signal<Route>(nowhere);
const guards = new Set<() => boolean | Promise<boolean>>();

function find(url: URL): Route | null {
  const parts = url.pathname.split("/");
  for (const row of rows) {
    const want = row.path.split("/"), params: Record<string, string> = {};
    const fits = want.length === parts.length && want.every((seg, i) => {
      const part = parts[i] ?? "";
      if (!seg.startsWith("{")) return seg === part;
      params[seg.slice(1, -1)] = decodeURIComponent(part);
      return part !== "";
    });
    if (fits) return { page: row.page, path: url.pathname, params, query: url.searchParams };
  }
  return null;
}

/** Asked before the page changes; false keeps it. Returns the function that takes it back. */
export function beforeLeave(guard: () => boolean | Promise<boolean>): () => void {
  guards.add(guard);
  return () => guards.delete(guard);
}

export async function go(to: string, options: { replace?: boolean } = {}): Promise<void> {
  const url = new URL(to, location.href), found = url.origin === location.origin ? find(url) : null;
  for (const guard of guards) if (!(await guard())) return;
  if (!found) {
    location.assign(url);
    return;
  }
  if (options.replace) history.replaceState(null, "", url);
  else history.pushState(null, "", url);
  const moved = found.path !== route.value.path;
  route.value = found;
  if (moved) {
    scrollTo(0, 0);
    requestAnimationFrame(() => document.querySelector<HTMLElement>("main h1")?.focus({ preventScroll: true }));
  }
}

/** Puts what a page shows into the address, so that back, reload and a bookmark come to it. */
export function setQuery(values: Record<string, string | undefined>): void {
  const url = new URL(location.href);
  for (const [name, value] of Object.entries(values)) value ? url.searchParams.set(name, value) : url.searchParams.delete(name);
  history.replaceState(null, "", url);
  route.value = { ...route.value, query: url.searchParams };
}

export function startRouter(): void {
  rows = JSON.parse(document.querySelector<HTMLMetaElement>('meta[name="routes"]')?.content ?? "[]") as Row[];
  route.value = find(new URL(location.href)) ?? nowhere;
  addEventListener("popstate", () => {
    route.value = find(new URL(location.href)) ?? nowhere;
  });
  document.addEventListener("click", (event) => {
    const link = (event.target as Element | null)?.closest?.("a");
    if (!link || event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const url = new URL(link.href, location.href);
    if (link.target || link.hasAttribute("download") || url.origin !== location.origin || !find(url)) return;
    if (url.pathname === location.pathname && url.search === location.search && url.hash) return;
    event.preventDefault();
    void go(link.href);
  });
}
