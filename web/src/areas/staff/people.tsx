/* Members of staff: who they are, what they may, and the end of a login or an account. */
import { useSignal } from "@preact/signals";
import type { AdminUser } from "../../api/types";
import { api, call } from "../../core/api";
import { t, tValue } from "../../core/i18n";
import { asApiError, useLoad } from "../../core/load";
import { say } from "../../core/say";
import { Confirm, Dialog } from "../../ui/dialog";
import { Form, Select, Submit, Text, useForm } from "../../ui/form";
import { Badge, Button, Facts, Page } from "../../ui/parts";
import { Loaded, Notice } from "../../ui/states";
import { DataTable } from "../../ui/table";
import { Time } from "../../ui/time";
import { Logins } from "./logins";
import { may, me, requireMe } from "./session";

const roles = ["admin", "super_admin", "auditor"] as const;
type Role = (typeof roles)[number];
const roleOptions = () => roles.map((r) => ({ value: r, label: tValue("people.role", r) }));

function NewPerson({ onDone }: { onDone: () => void }) {
  const form = useForm({ username: "", email: "", password: "", role: "admin" });
  const submit = async (v: typeof form.values.value) => {
    await api("POST /admin/users", { body: { username: v.username.trim(), email: v.email.trim(), password: v.password, role: v.role as Role } });
    say(t("people.made"));
    onDone();
  };
  return (
    <Form form={form} onSubmit={submit}>
      <Text form={form} name="username" label={t("staff.username")} autocomplete="off" />
      <Text form={form} name="email" label={t("people.email")} type="email" autocomplete="off" />
      <Text form={form} name="password" label={t("people.password")} hint={t("people.password.hint")} type="password" autocomplete="new-password" />
      <Select form={form} name="role" label={t("people.role")} options={roleOptions()} />
      <div class="actions end"><Submit form={form}>{t("people.new")}</Submit></div>
    </Form>
  );
}

function Person({ user, onChange, onClose }: { user: AdminUser; onChange: () => void; onClose: () => void }) {
  const asking = useSignal<"" | "shut" | "totp" | "logins">(""), role = useSignal<string>(user.role);
  const path = { admin_id: user.admin_id }, own = user.admin_id === me.value?.admin_id;
  const logins = useLoad(() => api("GET /admin/users/{admin_id}/sessions", { path }), [user.admin_id]);
  const attempt = async (work: () => Promise<unknown>) => {
    try {
      await work();
      say(t("staff.next.done"));
    } catch (error) {
      say(asApiError(error).message, "bad");
    }
    asking.value = "";
    onChange();
  };
  const patch = (body: { role?: Role; is_active?: boolean }) => attempt(() => api("PATCH /admin/users/{admin_id}", { path, body }));
  const run = () => asking.value === "shut" ? patch({ is_active: !user.is_active })
    : attempt(() => api(asking.value === "totp" ? "DELETE /admin/users/{admin_id}/totp" : "DELETE /admin/users/{admin_id}/sessions", { path }));
  return (
    <Dialog title={user.username} onClose={onClose} wide>
      <Facts items={[
        [t("people.email"), user.email], [t("people.state"), user.is_active ? t("people.active") : t("people.shut")],
        [t("people.factor"), user.second_factor ? t("people.yes") : t("people.no")], [t("people.last"), user.last_login ? <Time at={user.last_login} /> : t("people.never")],
      ]} />
      {own ? <Notice tone="info" title={t("people.own")} /> : (
        <>
          <div class="filters">
            <label for="role">{t("people.role")}</label>
            <select id="role" onChange={(e) => { role.value = e.currentTarget.value; }}>{roleOptions().map((o) => <option key={o.value} value={o.value} selected={o.value === role.value}>{o.label}</option>)}</select>
            <Button disabled={role.value === user.role} onClick={() => patch({ role: role.value as Role })}>{t("people.role.change")}</Button>
          </div>
          <div class="actions">
            <button type="button" class={`button ${user.is_active ? "danger" : ""}`} onClick={() => { asking.value = "shut"; }}>{user.is_active ? t("people.shut.do") : t("people.open.do")}</button>
            {user.second_factor && <button type="button" class="button" onClick={() => { asking.value = "totp"; }}>{t("people.totp.do")}</button>}
            <button type="button" class="button" onClick={() => { asking.value = "logins"; }}>{t("people.logins.do")}</button>
          </div>
        </>
      )}
      <h3>{t("people.logins")}</h3>
      <Loaded of={logins}>{(list) => <Logins list={list} onEnd={async (session_id) => { await attempt(() => api("DELETE /admin/users/{admin_id}/sessions/{session_id}", { path: { ...path, session_id } })); await logins.reload(); }} />}</Loaded>
      {asking.value && (
        <Confirm title={t(`people.ask.${asking.value}`)} yes={t("people.yes.do")} dangerous onYes={run} onClose={() => { asking.value = ""; }}><p>{t("people.ask.text")}</p></Confirm>
      )}
    </Dialog>
  );
}

export function People() {
  const adding = useSignal(false), open = useSignal<AdminUser | null>(null), turn = useSignal(0);
  if (!requireMe()) return null;
  if (!may("people")) return <Page title={t("people.title")}><Notice tone="warn" title={t("error.403")} /></Page>;
  const read = async (cursor: string) => {
    const page = await call("GET /admin/users", { query: { limit: 200, cursor } });
    return { rows: page.data, next: page.next, total: page.total };
  };
  return (
    <Page title={t("people.title")} actions={<button type="button" class="button primary" onClick={() => { adding.value = true; }}>{t("people.new")}</button>}>
      <DataTable caption={t("people.title")} read={read} deps={[turn.value]} rowKey={(u) => u.admin_id} onOpen={(u) => { open.value = u; }}
        columns={[
          { key: "name", label: t("staff.username"), cell: (u) => <bdi>{u.username}</bdi> },
          { key: "email", label: t("people.email"), cell: (u) => u.email },
          { key: "role", label: t("people.role"), width: "12rem", cell: (u) => tValue("people.role", u.role) },
          { key: "factor", label: t("people.factor"), width: "10rem", cell: (u) => u.second_factor ? <Badge tone="good">{t("people.yes")}</Badge> : <Badge tone="warn">{t("people.no")}</Badge> },
          { key: "state", label: t("people.state"), width: "9rem", cell: (u) => u.is_active ? t("people.active") : <Badge tone="plain">{t("people.shut")}</Badge> },
        ]} />
      {adding.value && <Dialog title={t("people.new")} onClose={() => { adding.value = false; }}><NewPerson onDone={() => { adding.value = false; turn.value++; }} /></Dialog>}
      {open.value && <Person user={open.value} onChange={() => { open.value = null; turn.value++; }} onClose={() => { open.value = null; }} />}
    </Page>
  );
}
