/* The anonymous applications of a cycle: by query, in an order, in saved views, any number of them. */
import { useSignal } from "@preact/signals";
import type { ApplicationRow } from "../../api/types";
import { api, call } from "../../core/api";
import { number, t, tValue, type Key } from "../../core/i18n";
import { useLoad } from "../../core/load";
import { go, setQuery } from "../../core/router";
import type { PageProps } from "../../core/start";
import { Badge } from "../../ui/parts";
import { Empty, Loaded } from "../../ui/states";
import { DataTable } from "../../ui/table";
import { CycleFrame } from "./cycle-frame";
import { conditions, names, parseQuery, sortOf, sorts, statuses } from "./query";
import { newsOf, openSeen } from "./seen";
import { requireMe } from "./session";

const PAGE = 200, VIEWS = "enigma.views", VIEWS_MAX = 30, VIEW_NAME_MAX = 40;
export const toneOf = (status: string) => (status === "selected" ? "good" : status === "failed" ? "bad" : status === "shortlisted" ? "info" : "plain");
export const mark = (value: number | null | undefined) => (value == null ? "–" : number(value, { minimumFractionDigits: 2, maximumFractionDigits: 2 }));

interface View {
  name: string;
  q: string;
  sort: string;
}
const fixed: [Key, string, string][] = [["list.view.all", "", ""], ["list.view.best", "", "-total"], ["list.view.review", "is:review", ""], ["list.view.held", "is:held", ""], ["list.view.flagged", "is:flagged", ""], ["list.view.failed", "status:failed", ""]];

function readViews(): View[] {
  try {
    return JSON.parse(localStorage.getItem(VIEWS) ?? "[]") as View[];
  } catch {
    return [];
  }
}

/** Views are kept in this browser, for all cycles. */
function Views({ q, sort }: { q: string; sort: string }) {
  const own = useSignal(readViews()), naming = useSignal<string | null>(null);
  const keep = (views: View[]) => {
    own.value = views.slice(0, VIEWS_MAX);
    try {
      localStorage.setItem(VIEWS, JSON.stringify(own.value));
    } catch {
      /* a browser without storage has them until the page is left */
    }
  };
  const show = (v: Pick<View, "q" | "sort">) => () => setQuery({ q: v.q || undefined, sort: v.sort || undefined });
  const here = (v: Pick<View, "q" | "sort">) => v.q === q && v.sort === sort;
  const save = (event: Event) => {
    event.preventDefault();
    const name = (naming.value ?? "").trim();
    if (name) keep([...own.value.filter((v) => v.name !== name), { name, q, sort }]);
    naming.value = null;
  };
  const mine = own.value.find(here);
  return (
    <div class="views" role="group" aria-label={t("list.views")}>
      {fixed.map(([label, query, order]) => <button key={label} type="button" class="chip" aria-pressed={here({ q: query, sort: order })} onClick={show({ q: query, sort: order })}>{t(label)}</button>)}
      {own.value.map((v) => <button key={v.name} type="button" class="chip" aria-pressed={here(v)} onClick={show(v)}><bdi>{v.name}</bdi></button>)}
      {mine && <button type="button" class="button quiet" onClick={() => keep(own.value.filter((v) => v !== mine))}>{t("list.view.forget", { name: mine.name })}</button>}
      {!mine && (q || sort) && (naming.value === null
        ? <button type="button" class="button quiet" onClick={() => { naming.value = ""; }}>{t("list.view.save")}</button>
        : (
          <form class="filters" onSubmit={save}>
            <label for="view-name">{t("list.view.name")}</label>
            <input id="view-name" maxLength={VIEW_NAME_MAX} value={naming.value} ref={(el) => { if (naming.value === "") el?.focus(); }} onInput={(e) => { naming.value = e.currentTarget.value; }} />
            <button type="submit" class="button">{t("action.save")}</button>
            <span class="quiet small">{t("list.view.where")}</span>
          </form>
        ))}
    </div>
  );
}

function QueryBox({ q, sort }: { q: string; sort: string }) {
  const text = useSignal(q), shown = useSignal(q);
  if (shown.value !== q) { shown.value = q; text.value = q; }
  const bad = parseQuery(text.value).bad;
  const submit = (event: Event) => {
    event.preventDefault();
    if (!bad) setQuery({ q: text.value.trim().replace(/\s+/g, " ") || undefined });
  };
  return (
    <form class="query" role="search" onSubmit={submit}>
      <label for="query">{t("list.query")}</label>
      <div class="filters">
        <input id="query" type="search" value={text.value} autocomplete="off" autocapitalize="off" spellcheck={false} dir="ltr" placeholder="status:scored essay:<60" aria-describedby="query-help" aria-invalid={bad ? "true" : undefined}
          onInput={(e) => { text.value = e.currentTarget.value; }} onChange={(e) => { if (e.currentTarget.value === "") setQuery({ q: undefined }); }} />
        <button type="submit" class="button primary" disabled={Boolean(bad)}>{t("list.search")}</button>
        <label for="sort">{t("list.sort")}</label>
        <select id="sort" onChange={(e) => setQuery({ sort: e.currentTarget.value || undefined })}>
          {sorts.map((one) => <option key={one} value={one} selected={one === sort}>{t(`list.sort.${one}` as Key)}</option>)}
        </select>
      </div>
      <div id="query-help">
        {bad && <p class="field-error" role="alert">{t(`list.bad.${bad.why}`, { word: bad.word, names: names.join(", "), statuses: statuses.join(", "), conditions: conditions.join(", ") })}</p>}
      </div>
      <details class="twin"><summary>{t("list.help")}</summary>
        <dl class="help">{(["status", "is", "marks", "counts", "id"] as const).map((one) => (
          <div key={one}><dt><code dir="ltr">{{ status: "status:scored", is: "is:review", marks: "total:>80 essay:<60 tests:70..90", counts: "redactions:>10 attempts:>1", id: "4F7K" }[one]}</code></dt>
            <dd>{t(`list.help.${one}`, { statuses: statuses.join(", ") })}</dd></div>
        ))}</dl>
      </details>
    </form>
  );
}

function News({ a }: { a: ApplicationRow }) {
  const what = newsOf(a.anonymized_id ?? "", a);
  return what ? <span class={`news ${what}`}><span class="hidden">{t(`list.${what}`)}</span></span> : null;
}

/** Path of one application, with the list that it was come from. */
export function readPath(cycle: string, anonymous: string, query: URLSearchParams): string {
  const kept = new URLSearchParams([...query].filter(([name]) => name === "q" || name === "sort")).toString();
  return `/staff/cycles/${cycle}/applications/${anonymous}${kept && `?${kept}`}`;
}

export function Applications({ route }: PageProps) {
  const id = route.params["cycle_id"] ?? "", q = route.query.get("q") ?? "", sort = route.query.get("sort") ?? "";
  const cycle = useLoad(() => api("GET /admin/cycles/{cycle_id}/status", { path: { cycle_id: id } }), [id]);
  if (!requireMe()) return null;
  openSeen(id);
  const { filter, bad } = parseQuery(q), [path, tail] = readPath(id, " ", route.query).split(" ");
  const read = async (cursor: string) => {
    const page = await call("GET /admin/cycles/{cycle_id}/applications", { path: { cycle_id: id }, query: { ...filter, ...sortOf(sort), limit: PAGE, cursor } });
    return { rows: page.data, next: page.next, total: page.total };
  };
  return (
    <Loaded of={cycle}>{(s) => (
      <CycleFrame status={s} part="/applications">
        <div class="stack tight">
          <QueryBox q={q} sort={sort} />
          <Views q={q} sort={sort} />
        </div>
        {!bad && (
          <DataTable caption={t("staff.part.applications")} read={read} deps={[id, q, sort]} keep={`${id} ${q} ${sort}`} rowKey={(a: ApplicationRow) => a.anonymized_id ?? ""}
            onOpen={(a) => void go(readPath(id, a.anonymized_id ?? "", route.query))}
            empty={<Empty title={t("staff.applications.none")}><p>{t(["submission", "frozen"].includes(s.phase) ? "list.early" : q ? "list.none" : "staff.applications.none.text")}</p></Empty>}
            columns={[
              { key: "id", label: t("staff.anonymous"), width: "19rem", cell: (a) => <><News a={a} /><a href={`${path}${a.anonymized_id}${tail}`}><code>{a.anonymized_id}</code></a></> },
              { key: "status", label: t("staff.status"), width: "10rem", cell: (a) => <Badge tone={toneOf(a.status)}>{tValue("value.status", a.status)}</Badge> },
              { key: "score", label: t("staff.score"), width: "6rem", numeric: true, cell: (a) => <b>{mark(a.final_score)}</b> },
              { key: "academic", label: t("mark.academic"), width: "6rem", numeric: true, cell: (a) => mark(a.academic_score) },
              { key: "test", label: t("mark.test"), width: "6rem", numeric: true, cell: (a) => mark(a.test_score) },
              { key: "achievement", label: t("mark.achievements"), width: "9.2rem", numeric: true, cell: (a) => mark(a.achievement_score) },
              { key: "essay", label: t("mark.essay"), width: "6rem", numeric: true, cell: (a) => mark(a.essay_score) },
              { key: "redactions", label: t("staff.redactions"), width: "8rem", numeric: true, cell: (a) => a.redactions ?? "–" },
              { key: "marks", label: t("list.notes"), width: "12rem", cell: (a) => (
                <>{a.held && <Badge tone="warn">{t("list.held")}</Badge>} {a.flagged && <Badge tone="bad">{t("list.flagged")}</Badge>} {a.in_review && <Badge>{t("list.review")}</Badge>}</>
              ) },
            ]} />
        )}
      </CycleFrame>
    )}</Loaded>
  );
}
