/* First run: the secret stands in the fragment, which browsers do not send; this page posts it. */
import { api } from "../../core/api";

function say(text: string, tone: "good" | "bad" | ""): void {
  const status = document.getElementById("status") as HTMLElement;
  status.textContent = text;
  status.className = tone ? `notice ${tone}` : "";
}

const form = document.getElementById("setup") as HTMLFormElement;
const button = form.querySelector("button") as HTMLButtonElement;
const secret = location.hash.slice(1);
if (!secret) {
  say("The link is not complete: open the one that the server printed.", "bad");
  button.disabled = true;
}
history.replaceState(null, "", location.pathname);

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const fields = new FormData(form), text = (name: string) => String(fields.get(name) ?? "");
  button.disabled = true;
  say("Creating …", "");
  try {
    const admin = await api("POST /setup", { body: { secret, username: text("username"), email: text("email"), password: text("password") } });
    say(`${admin.username} is super administrator now (${admin.admin_id}). Sign in on the staff pages.`, "good");
    form.reset();
  } catch (error) {
    say(error instanceof Error ? error.message : "Something went wrong.", "bad");
    button.disabled = false;
  }
});
