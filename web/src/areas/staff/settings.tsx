/* The installation: what doctor finds, whether the models answer, and every setting with its origin. */
import { useSignal } from "@preact/signals";
import type { Setting } from "../../api/types";
import { api } from "../../core/api";
import { number, t, tValue, type Key } from "../../core/i18n";
import { asApiError, useLoad } from "../../core/load";
import { setQuery } from "../../core/router";
import { announce } from "../../core/say";
import type { PageProps } from "../../core/start";
import { Icon, toneIcon } from "../../ui/icons";
import { Badge, Button, Card, Facts, Page } from "../../ui/parts";
import { Empty, ErrorBox, Loaded, Loading, Notice } from "../../ui/states";
import { may, requireMe } from "./session";

const tones = { ok: "good", warn: "warn", fail: "bad" } as const;

function Checks() {
  const found = useLoad(() => api("GET /admin/settings/checks"), []), busy = found.state.value.busy;
  return (
    <Card title={t("settings.checks")} actions={<Button onClick={found.reload} disabled={busy}>{t("settings.checks.again")}</Button>}>
      <p class="quiet">{t("settings.checks.text")}</p>
      <div aria-busy={busy}>
        <Loaded of={found} lines={5}>{(list) => (
          <>
            <p role="status">{list.every((f) => f.level === "ok") ? t("settings.checks.well") : t("settings.checks.bad", { n: list.filter((f) => f.level !== "ok").length })}</p>
            <ul class="findings">{[...list].sort((a, b) => Number(a.level === "ok") - Number(b.level === "ok")).map((f, i) => (
              <li key={i} class={tones[f.level]}>
                <Icon name={toneIcon[tones[f.level]]} /><span class="hidden">{t(`settings.level.${f.level}`)}</span>
                <strong>{f.check}</strong> <span lang="en" dir="ltr">{f.text}{f.remedy && <span class="remedy">{f.remedy}</span>}</span>
              </li>
            ))}</ul>
          </>
        )}</Loaded>
      </div>
    </Card>
  );
}

function Models({ settings }: { settings: Setting[] }) {
  const answers = useSignal<Awaited<ReturnType<typeof ask>> | null>(null), error = useSignal<ReturnType<typeof asApiError> | null>(null);
  const ask = () => api("POST /admin/settings/model-test");
  const valueOf = (name: string) => settings.find((s) => s.name === name)?.value ?? "–";
  const run = async () => {
    answers.value = error.value = null;
    try {
      answers.value = await ask();
      announce(t("settings.model.done"));
    } catch (thrown) {
      error.value = asApiError(thrown);
    }
  };
  return (
    <Card title={t("settings.model")} actions={<Button onClick={run}>{t("settings.model.test")}</Button>}>
      <p class="quiet">{t("settings.model.text")}</p>
      <Facts items={[[t("settings.model.who"), <code>{valueOf("LLM_PROVIDER")}</code>], [t("settings.model.where"), <code class="hash">{valueOf("LLM_BASE_URL")}</code>],
        [t("settings.model.worker"), <code>{valueOf("WORKER_MODEL")}</code>], [t("settings.model.judge"), <code>{valueOf("JUDGE_MODEL")}</code>]]} />
      {error.value && <ErrorBox error={error.value} />}
      <div class="stack">{answers.value?.map((a) => (
        <Notice key={a.model} tone={a.answered ? "good" : "bad"} title={t(a.answered ? "settings.model.yes" : "settings.model.no", { model: a.model })}>
          {a.answered ? <p>{t("settings.model.took", { ms: number(a.took_ms), n: a.tokens_in + a.tokens_out })}</p> : <p lang="en" dir="ltr">{a.message}</p>}
        </Notice>
      ))}</div>
    </Card>
  );
}

function Value({ of: s }: { of: Setting }) {
  if (s.secret) return <em class="quiet">{t(s.set ? "settings.secret.set" : "settings.secret.unset")}</em>;
  if (!s.set) return <em class="quiet">{t("settings.unset")}</em>;
  return <><code class="hash">{s.value}</code>{s.origin !== "default" && s.preset != null && s.preset !== s.value && <span class="quiet small"> {t("settings.preset", { value: s.preset })}</span>}</>;
}

function Group({ name, rows }: { name: string; rows: Setting[] }) {
  const title = tValue("settings.group", name);
  return (
    <Card title={title}>
      <dl class="settings">{rows.map((s) => (
        <div key={s.name}>
          <dt><code>{s.name}</code> {s.origin !== "default" && <Badge tone="info">{t(`settings.origin.${s.origin}` as Key)}</Badge>}</dt>
          <dd><Value of={s} /><p class="quiet small" lang="en" dir="ltr">{s.meaning}</p></dd>
        </div>
      ))}</dl>
    </Card>
  );
}

function List({ settings, route }: { settings: Setting[]; route: PageProps["route"] }) {
  const text = route.query.get("q") ?? "", changed = route.query.get("changed") === "1", words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const fits = (s: Setting) => words.every((w) => `${s.name} ${s.meaning} ${s.value ?? ""} ${tValue("settings.group", s.group)}`.toLowerCase().includes(w)) && (!changed || s.origin !== "default");
  const shown = settings.filter(fits), groups = [...new Set(shown.map((s) => s.group))];
  return (
    <>
      <div class="filters" role="search">
        <label class="inline">{t("settings.search")} <input type="search" value={text} onInput={(e) => setQuery({ q: e.currentTarget.value })} /></label>
        <label class="inline"><input type="checkbox" checked={changed} onChange={(e) => setQuery({ changed: e.currentTarget.checked ? "1" : undefined })} /> {t("settings.changed")}</label>
        <span class="quiet" role="status">{t("settings.count", { n: shown.length })}</span>
      </div>
      {groups.length === 0 ? <Empty title={t("settings.none")}><p>{t("settings.none.text")}</p></Empty> : groups.map((g) => <Group key={g} name={g} rows={shown.filter((s) => s.group === g)} />)}
    </>
  );
}

export function Settings({ route }: PageProps) {
  const settings = useLoad(() => api("GET /admin/settings"), []);
  if (!requireMe()) return null;
  if (!may("people")) return <Page title={t("settings.title")}><Notice tone="info" title={t("error.403")} /></Page>;
  const list = settings.state.value.data;
  return (
    <Page title={t("settings.title")} lead={t("settings.lead")}>
      <div class="stack">
        <div class="columns even"><Checks />{list ? <Models settings={list} /> : <Loading />}</div>
        <Loaded of={settings} lines={8}>{(all) => <List settings={all} route={route} />}</Loaded>
      </div>
    </Page>
  );
}
