/* Who is signed in, and the sign-in that a lost login asks for. */
import { signal } from "@preact/signals";
import { api, ApiError, session } from "../../core/api";
import { t } from "../../core/i18n";
import { go } from "../../core/router";
import { asApiError, useLoad } from "../../core/load";
import type { Persona, StudentMe } from "../../api/types";
import { Dialog } from "../../ui/dialog";
import { Icon, NEXT, PERSON } from "../../ui/icons";
import { ErrorBox, Loaded } from "../../ui/states";
import { useSignal } from "@preact/signals";

/** undefined: not known yet; null: nobody. */
export const me = signal<StudentMe | null | undefined>(undefined);
const asked = signal<(() => void) | null>(null);

export async function findMe(): Promise<void> {
  try {
    me.value = await api("GET /auth/student/me", { plain401: true });
  } catch (error) {
    if (error instanceof ApiError && (error.status === 401 || error.status === 403)) me.value = null;
    else throw error;
  }
}

/** Pages that need a login call this first; it leads to the sign-in page and back. */
export function requireMe(): StudentMe | null {
  if (me.value === null) void go(`/signin?next=${encodeURIComponent(location.pathname)}`, { replace: true });
  return me.value ?? null;
}

session.signIn = () => new Promise<void>((done) => { asked.value = done; });

export async function signOut(): Promise<void> {
  await api("POST /auth/student/logout", { plain401: true }).catch(() => undefined);
  me.value = null;
  location.assign("/");
}

/** The ways to sign in: the identity provider, and in a demonstration the made-up people. */
export function SignInWays({ onDone, sameTab }: { onDone: () => void; sameTab: boolean }) {
  const people = useLoad(async () => {
    try {
      return await api("GET /auth/demo/personas", { plain401: true });
    } catch (error) {
      if (error instanceof ApiError && (error.status === 404 || error.status === 405)) return null;
      throw error;
    }
  }, []);
  const failure = useSignal<ApiError | null>(null);
  const choose = async (one: Persona) => {
    try {
      me.value = await api("POST /auth/demo/personas", { body: { persona_id: one.persona_id } });
      onDone();
    } catch (error) {
      failure.value = asApiError(error);
    }
  };
  return (
    <Loaded of={people} lines={4}>{(list) => (
      <div class="stack">
        {failure.value && <ErrorBox error={failure.value} />}
        {list === null
          ? <a class="button primary big" href="/auth/student/google/start" target={sameTab ? undefined : "_blank"} rel="noopener">{t("signin.provider")}</a>
          : (
            <section aria-labelledby="people-title">
              <h2 id="people-title">{t("signin.demo")}</h2>
              <p class="quiet">{t("signin.demo.text")}</p>
              <ul class="people" id="people">
                {list.map((one) => (
                  <li key={one.persona_id}>
                    <button type="button" class="person" onClick={() => void choose(one)}>
                      <span class="face" aria-hidden="true"><Icon d={PERSON} size={22} /></span>
                      <span><bdi class="person-name">{one.display_name}</bdi><span class="quiet small">{one.note}</span></span>
                      <Icon d={NEXT} flip />
                    </button>
                  </li>
                ))}
              </ul>
            </section>
          )}
      </div>
    )}</Loaded>
  );
}

/** Over the page when a call found the login ended: what was typed stays beneath. */
export function SignInAgain() {
  const done = asked.value;
  if (!done) return null;
  const back = () => { asked.value = null; done(); };
  const look = async () => { await findMe(); if (me.value) back(); };
  return (
    <Dialog title={t("signin.again")} wide>
      <p>{t("signin.again.text")}</p>
      <SignInWays onDone={back} sameTab={false} />
      <div class="actions end"><button type="button" class="button" onClick={() => void look()}>{t("signin.again.done")}</button></div>
    </Dialog>
  );
}
