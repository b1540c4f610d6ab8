/* First run: the secret stands in the fragment, which browsers do not send; this page posts it. */
import { api, say } from "./http";

interface Admin {
  admin_id: string;
  username: string;
}

const form = document.getElementById("setup") as HTMLFormElement;
const button = form.querySelector("button") as HTMLButtonElement;
const secret = location.hash.slice(1);
if (!secret) {
  say("The link is not complete: open the one that the server printed.", "error");
  button.disabled = true;
}
history.replaceState(null, "", location.pathname);

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const fields = new FormData(form);
  button.disabled = true;
  say("Creating …", "");
  try {
    const admin = await api<Admin>("POST", "/setup", {
      secret,
      username: fields.get("username"),
      email: fields.get("email"),
      password: fields.get("password"),
    });
    say(`${admin.username} is super administrator now (${admin.admin_id}). You can close this page.`, "done");
    form.reset();
  } catch (error) {
    say(error instanceof Error ? error.message : "Something went wrong.", "error");
    button.disabled = false;
  }
});
