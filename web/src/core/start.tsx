/* Starts an area: language, theme, router, then the shell with the page of the address.
 *   start({ words, pages: { dashboard: Dashboard }, frame: StaffFrame }); */
import { render, type ComponentChildren, type ComponentType } from "preact";
import { type Catalogue, openLanguage } from "./i18n";
import { route, startRouter, type Route } from "./router";
import { openTheme } from "./theme";
import { NotFound } from "../ui/states";

export interface PageProps {
  route: Route;
}
export interface Area {
  words: Catalogue;
  pages: Record<string, ComponentType<PageProps>>;
  frame: ComponentType<{ children: ComponentChildren }>;
}

function App({ of: area }: { of: Area }) {
  const now = route.value, Page = area.pages[now.page] ?? NotFound, Frame = area.frame;
  return <Frame><Page route={now} key={now.page + JSON.stringify(now.params)} /></Frame>;
}

function watchBuild(): void {
  const url = document.querySelector<HTMLMetaElement>('meta[name="live-reload"]')?.content;
  if (url) new EventSource(url).addEventListener("changed", () => location.reload());
}

export async function start(area: Area): Promise<void> {
  openTheme();
  await openLanguage(area.words);
  startRouter();
  const root = document.getElementById("app") as HTMLElement;
  root.textContent = "";
  render(<App of={area} />, root);
  document.documentElement.dataset["ready"] = "";
  watchBuild();
}
