/* The interview room. One page, so it does without the router; the words come as a file of their own:
 * the program stays small, and nobody is in a hurry yet. */
import { render } from "preact";
import { type Catalogue, openLanguage } from "../../core/i18n";
import { openTheme } from "../../core/theme";
import { Shell } from "../../ui/shell";
import { Room } from "./room";

openTheme();
const file = document.querySelector<HTMLMetaElement>('meta[name="catalogue-en"]')?.content ?? "";
await openLanguage((await (await fetch(file)).json()) as Catalogue);
const root = document.getElementById("app") as HTMLElement;
root.textContent = "";
render(<Shell wide nav={[]}><Room id={decodeURIComponent(location.pathname.split("/")[2] ?? "")} /></Shell>, root);
document.documentElement.dataset["ready"] = "";
