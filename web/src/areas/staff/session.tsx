/* Who is signed in; the sign-in form with the second factor, as a page and over a lost login. */
import { signal, useSignal } from "@preact/signals";
import { api, ApiError, session } from "../../core/api";
import { t } from "../../core/i18n";
import { go } from "../../core/router";
import type { PageProps } from "../../core/start";
import type { AdminMe } from "../../api/types";
import { Dialog } from "../../ui/dialog";
import { Form, Submit, Text, useForm } from "../../ui/form";
import { Page } from "../../ui/parts";

/** undefined: not known yet; null: nobody. */
export const me = signal<AdminMe | null | undefined>(undefined);
const asked = signal<(() => void) | null>(null);

export async function findMe(): Promise<void> {
  try {
    me.value = await api("GET /admin/auth/me", { plain401: true });
  } catch (error) {
    if (error instanceof ApiError && (error.status === 401 || error.status === 403)) me.value = null;
    else throw error;
  }
}

/** Pages that need a login call this first; it leads to the sign-in page and back. */
export function requireMe(): AdminMe | null {
  if (me.value === null) void go(`/staff/signin?next=${encodeURIComponent(location.pathname + location.search)}`, { replace: true });
  return me.value ?? null;
}

/** What the role of who is signed in allows; the server decides, this only spares useless buttons. */
export function may(what: "cycles" | "people"): boolean {
  const role = me.value?.role;
  return what === "people" ? role === "super_admin" : role === "admin" || role === "super_admin";
}

session.signIn = () => new Promise<void>((done) => { asked.value = done; });

export async function signOut(): Promise<void> {
  await api("POST /admin/auth/logout", { plain401: true }).catch(() => undefined);
  me.value = null;
  await go("/staff/signin");
}

function SignInForm({ onDone }: { onDone: () => void }) {
  const form = useForm({ username: "", password: "", totp_code: "" }), wantsCode = useSignal(false);
  const submit = async (v: { username: string; password: string; totp_code: string }) => {
    try {
      await api("POST /admin/auth/login", { plain401: true, body: { username: v.username.trim(), password: v.password, totp_code: v.totp_code.trim() || null, cookie: true } });
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) wantsCode.value = true;
      throw error;
    }
    await findMe();
    onDone();
  };
  return (
    <Form form={form} onSubmit={submit} class="card">
      <Text form={form} name="username" label={t("staff.username")} autocomplete="username" />
      <Text form={form} name="password" label={t("staff.password")} type="password" autocomplete="current-password" />
      {wantsCode.value && <Text form={form} name="totp_code" label={t("staff.code")} hint={t("staff.code.hint")} inputMode="numeric" autocomplete="one-time-code" optional />}
      <div class="actions"><Submit form={form}>{t("action.signin")}</Submit></div>
    </Form>
  );
}

export function SignIn({ route }: PageProps) {
  const next = route.query.get("next") ?? "/staff";
  return (
    <Page title={t("staff.signin")} narrow>
      <SignInForm onDone={() => void go(next.startsWith("/staff") ? next : "/staff")} />
    </Page>
  );
}

/** Over the page when a call found the login ended: what was typed stays beneath. */
export function SignInAgain() {
  const done = asked.value;
  if (!done) return null;
  return (
    <Dialog title={t("staff.signin.again")}>
      <p>{t("error.401")}</p>
      <SignInForm onDone={() => { asked.value = null; done(); }} />
    </Dialog>
  );
}
