/* One's own account: password, second factor, logins, API tokens. */
import { useSignal } from "@preact/signals";
import { api } from "../../core/api";
import { t } from "../../core/i18n";
import { asApiError, useLoad } from "../../core/load";
import { say } from "../../core/say";
import { Form, Submit, Text, useForm } from "../../ui/form";
import { Button, Card, Page } from "../../ui/parts";
import { Loaded, Notice } from "../../ui/states";
import { Time } from "../../ui/time";
import { Logins } from "./logins";
import { requireMe } from "./session";

const scopes = ["cycles:read", "cycles:write", "applications:read", "batches:read", "batches:write", "jobs:read", "jobs:write", "audit:read", "users:read", "users:write"];

function Password() {
  const form = useForm({ current_password: "", new_password: "" });
  const submit = async (v: { current_password: string; new_password: string }) => {
    await api("POST /admin/auth/password", { body: v, plain401: true });
    form.values.value = { current_password: "", new_password: "" };
    say(t("account.password.done"));
  };
  return (
    <Card title={t("staff.password")}>
      <Form form={form} onSubmit={submit}>
        <Text form={form} name="current_password" label={t("account.password.now")} type="password" autocomplete="current-password" />
        <Text form={form} name="new_password" label={t("account.password.new")} hint={t("people.password.hint")} type="password" autocomplete="new-password" />
        <div class="actions"><Submit form={form} tone="">{t("account.password.do")}</Submit></div>
      </Form>
    </Card>
  );
}

/** Shown once: they open the account without the device. */
function Codes({ codes }: { codes: string[] }) {
  return (
    <Notice tone="warn" live title={t("account.codes")}>
      <p>{t("account.codes.text")}</p>
      <ul class="codes">{codes.map((c) => <li key={c}><code>{c}</code></li>)}</ul>
    </Notice>
  );
}

function SecondFactor() {
  const state = useLoad(() => api("GET /admin/auth/totp"), []), secret = useSignal<{ secret: string; otpauth_uri: string } | null>(null), codes = useSignal<string[]>([]);
  const begin = useForm({ password: "" }), confirm = useForm({ totp_code: "" }), end = useForm({ password: "", totp_code: "" });
  return (
    <Card title={t("people.factor")}>
      {codes.value.length > 0 && <Codes codes={codes.value} />}
      <Loaded of={state}>{(s) => s.enabled ? (
        <>
          <Notice tone="good" title={t("account.factor.on")}><p>{t("account.codes.left", { n: s.recovery_codes_left })}</p></Notice>
          <details><summary>{t("account.factor.end")}</summary>
            <Form form={end} onSubmit={async (v) => { await api("POST /admin/auth/totp/disable", { body: v, plain401: true }); codes.value = []; await state.reload(); }}>
              <Text form={end} name="password" label={t("staff.password")} type="password" autocomplete="current-password" />
              <Text form={end} name="totp_code" label={t("staff.code")} inputMode="numeric" autocomplete="one-time-code" />
              <div class="actions"><Submit form={end} tone="danger">{t("account.factor.end")}</Submit></div>
            </Form></details>
        </>
      ) : secret.value ? (
        <>
          <p>{t("account.factor.scan")}</p>
          <p><code class="hash">{secret.value.secret}</code></p>
          <p><a href={secret.value.otpauth_uri}>{t("account.factor.link")}</a></p>
          <Form form={confirm} onSubmit={async (v) => { codes.value = (await api("POST /admin/auth/totp/confirm", { body: { totp_code: v.totp_code.trim() }, plain401: true })).recovery_codes; secret.value = null; await state.reload(); }}>
            <Text form={confirm} name="totp_code" label={t("staff.code")} inputMode="numeric" autocomplete="one-time-code" />
            <div class="actions"><Submit form={confirm}>{t("account.factor.on.do")}</Submit></div>
          </Form>
        </>
      ) : (
        <>
          <p>{t("account.factor.text")}</p>
          <Form form={begin} onSubmit={async (v) => { secret.value = await api("POST /admin/auth/totp", { body: v, plain401: true }); begin.set("password", ""); }}>
            <Text form={begin} name="password" label={t("staff.password")} type="password" autocomplete="current-password" />
            <div class="actions"><Submit form={begin}>{t("account.factor.begin")}</Submit></div>
          </Form>
        </>
      )}</Loaded>
    </Card>
  );
}

function Tokens() {
  const list = useLoad(() => api("GET /admin/tokens"), []), made = useSignal(""), chosen = useSignal<string[]>([]);
  const form = useForm({ name: "", expires_in_days: "90" });
  const submit = async (v: { name: string; expires_in_days: string }) => {
    made.value = (await api("POST /admin/tokens", { body: { name: v.name.trim(), scopes: chosen.value, expires_in_days: Number(v.expires_in_days) } })).token;
    form.set("name", "");
    await list.reload();
  };
  const end = async (token_id: string) => {
    await api("DELETE /admin/tokens/{token_id}", { path: { token_id } }).catch((error: unknown) => say(asApiError(error).message, "bad"));
    await list.reload();
  };
  return (
    <Card title={t("account.tokens")}>
      <p class="quiet">{t("account.tokens.text")}</p>
      <Loaded of={list}>{(tokens) => tokens.length === 0 ? <p class="quiet">{t("account.tokens.none")}</p> : (
        <ul class="plain-list">{tokens.map((one) => (
          <li key={one.token_id}><span><bdi>{one.name}</bdi> <span class="quiet small">{one.scopes.join(", ")} · {t("account.until")} <Time at={one.expires_at} how="date" /></span></span>
            <Button tone="quiet" onClick={() => end(one.token_id)}>{t("account.end")}</Button></li>
        ))}</ul>
      )}</Loaded>
      {made.value && <Notice tone="warn" live title={t("account.token.once")}><p><code class="hash">{made.value}</code></p></Notice>}
      <Form form={form} onSubmit={submit}>
        <Text form={form} name="name" label={t("account.token.name")} />
        <fieldset class="choices"><legend>{t("account.scopes")}</legend>
          <div class="scopes">{scopes.map((s) => (
            <label key={s}><input type="checkbox" checked={chosen.value.includes(s)} onChange={(e) => { chosen.value = e.currentTarget.checked ? [...chosen.value, s] : chosen.value.filter((x) => x !== s); }} /> <code>{s}</code></label>
          ))}</div></fieldset>
        <Text form={form} name="expires_in_days" label={t("account.days")} inputMode="numeric" />
        <div class="actions"><Submit form={form} tone="">{t("account.token.make")}</Submit></div>
      </Form>
    </Card>
  );
}

export function Account() {
  const logins = useLoad(() => api("GET /admin/auth/sessions"), []);
  if (!requireMe()) return null;
  const attempt = async (work: Promise<unknown>) => {
    await work.catch((error: unknown) => say(asApiError(error).message, "bad"));
    await logins.reload();
  };
  return (
    <Page title={t("account.title")}>
      <div class="columns even">
        <div class="stack"><SecondFactor /><Password /></div>
        <div class="stack">
          <Card title={t("people.logins")} actions={<Button tone="quiet" onClick={() => attempt(api("DELETE /admin/auth/sessions"))}>{t("account.end.others")}</Button>}>
            <Loaded of={logins}>{(list) => <Logins list={list} onEnd={(session_id) => attempt(api("DELETE /admin/auth/sessions/{session_id}", { path: { session_id } }))} />}</Loaded>
          </Card>
          <Tokens />
        </div>
      </div>
    </Page>
  );
}
