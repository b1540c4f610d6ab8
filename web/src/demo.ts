/* Demo: lists the synthetic people and signs in as the chosen one. */
import { api, say } from "./http";

interface Persona {
  persona_id: string;
  display_name: string;
  note: string;
}
interface Student {
  student_id: string;
  display_name: string;
}

async function choose(persona: Persona): Promise<void> {
  try {
    const student = await api<Student>("POST", "/auth/demo/personas", { persona_id: persona.persona_id });
    say(`Signed in as ${student.display_name} (${student.student_id}).`, "done");
  } catch (error) {
    say(error instanceof Error ? error.message : "Something went wrong.", "error");
  }
}

async function list(): Promise<void> {
  const people = document.getElementById("people") as HTMLUListElement;
  for (const persona of await api<Persona[]>("GET", "/auth/demo/personas")) {
    const item = document.createElement("li");
    const button = document.createElement("button");
    button.className = "plain";
    button.textContent = persona.display_name;
    button.addEventListener("click", () => void choose(persona));
    const note = document.createElement("span");
    note.className = "note";
    note.textContent = ` ${persona.note}`;
    item.append(button, note);
    people.append(item);
  }
}

list().catch((error: unknown) => say(error instanceof Error ? error.message : "Something went wrong.", "error"));
