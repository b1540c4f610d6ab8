/* The application: you, grades, essay, achievements, then a look over all of it and one button. */
import type { ComponentChildren } from "preact";
import { useSignal } from "@preact/signals";
import { api, ApiError } from "../../core/api";
import { number, t, type Key } from "../../core/i18n";
import { useLoad } from "../../core/load";
import { go } from "../../core/router";
import { announce, say } from "../../core/say";
import type { PageProps } from "../../core/start";
import type { Consent } from "../../api/types";
import { Dialog } from "../../ui/dialog";
import { Check, codePoints, Field, Form, Submit, Summary, Text, TextArea, type Values } from "../../ui/form";
import { BACK, Icon } from "../../ui/icons";
import { Button, Page, Stepper } from "../../ui/parts";
import { Empty, ErrorBox, Loaded, NotFound, Notice } from "../../ui/states";
import { formatTime, Time } from "../../ui/time";
import { form, openDraft, other, refusal, save, savedAt, saveState, SCORE, settle, submit } from "./draft";
import { PreviewButton } from "./preview";
import { findMe, requireMe } from "./session";

const steps = ["you", "grades", "essay", "achievements", "review"] as const;
type StepName = (typeof steps)[number];
const ESSAY = { min: 100, max: 5000 }, ACHIEVEMENTS = { min: 10, max: 3000 };
const tests: Record<string, [number, number]> = { SAT: [400, 1600], ACT: [1, 36], IB: [0, 45], AP: [1, 5], TOEFL: [0, 120], IELTS: [0, 9], GRE: [260, 340] };
const CUSTOM: [number, number] = [0, 100];

const stepOf = (name: string): StepName =>
  name === "gpa" || name.startsWith("test_scores") ? "grades" : name === "essay" ? "essay" : name === "achievements" ? "achievements" : name === "consent" ? "review" : "you";

const isFigure = (text: string) => text.trim() !== "" && /^\d+(\.\d{1,2})?$/.test(text.trim());

/** What one step still lacks, in words; the server has the last one. */
function lacking(step: StepName, v: Values): Record<string, string> {
  const bad: Record<string, string> = {}, between = (text: string, [low, high]: [number, number]) => isFigure(text) && Number(text) >= low && Number(text) <= high;
  const length = (name: string, { min, max }: { min: number; max: number }) => {
    const n = codePoints((v[name] ?? "").trim());
    if (n < min || n > max) bad[name] = t("apply.bad.length", { min, max, n });
  };
  if (step === "you" && codePoints((v["name"] ?? "").trim()) < 2) bad["name"] = t("apply.bad.name");
  if (step === "grades") {
    if (!between(v["gpa"] ?? "", [0, 4])) bad["gpa"] = t("apply.bad.gpa");
    const scores = Object.keys(v).filter((name) => name.startsWith(SCORE));
    if (scores.length === 0) bad["test_scores"] = t("apply.bad.tests");
    for (const name of scores) {
      const range = tests[name.slice(SCORE.length)] ?? CUSTOM;
      if (!between(v[name] ?? "", range)) bad[name] = t("apply.bad.score", { low: range[0], high: range[1] });
    }
  }
  if (step === "essay") length("essay", ESSAY);
  if (step === "achievements") length("achievements", ACHIEVEMENTS);
  return bad;
}

function Saved() {
  const words: Record<string, ComponentChildren> = {
    dirty: t("apply.saving"), saving: t("apply.saving"), kept: t("apply.kept"), conflict: t("apply.conflict.short"), refused: t("apply.refused"),
    saved: <><Icon name="check" size={16} /> {t("apply.saved", { time: formatTime(savedAt.value || Date.now(), "time") })}</>,
  };
  const tone = saveState.value === "saved" ? "good" : ["kept", "conflict", "refused"].includes(saveState.value) ? "bad" : "";
  return <p class={`saved ${tone}`} id="saved">{words[saveState.value] ?? t("apply.autosave")}</p>;
}

function Conflict() {
  const theirs = other.value;
  if (saveState.value !== "conflict" || !theirs) return null;
  const mine = form.values.value;
  const rows = (["name", "phone", "address", "essay", "achievements"] as const).filter((f) => (theirs[f] ?? "") !== mine[f]);
  const choose = async (own: boolean) => {
    try {
      await settle(own);
    } catch (error) {
      say(error instanceof ApiError ? error.message : String(error), "bad");
    }
  };
  return (
    <Dialog title={t("apply.conflict")} wide>
      <p>{t("apply.conflict.text")}</p>
      <div class="scroll" tabIndex={0} role="region" aria-label={t("apply.conflict")}>
        <table>
          <thead><tr><th scope="col">{t("apply.field")}</th><th scope="col">{t("apply.conflict.mine")}</th><th scope="col">{t("apply.conflict.theirs")} (<Time at={theirs.saved_at} how="time" />)</th></tr></thead>
          <tbody>{rows.map((f) => <tr key={f}><th scope="row">{t(`apply.${f}` as Key)}</th><td class="conflict-text" dir="auto">{mine[f]}</td><td class="conflict-text" dir="auto">{theirs[f]}</td></tr>)}</tbody>
        </table>
      </div>
      <div class="actions end">
        <Button onClick={() => choose(false)}>{t("apply.conflict.use")}</Button>
        <Button tone="primary" onClick={() => choose(true)}>{t("apply.conflict.keep")}</Button>
      </div>
    </Dialog>
  );
}

function You() {
  return (
    <>
      <Text form={form} name="name" label={t("apply.name")} hint={t("apply.name.hint")} autocomplete="name" />
      <div class="pair">
        <Text form={form} name="phone" label={t("apply.phone")} type="tel" inputMode="tel" autocomplete="tel" optional />
      </div>
      <TextArea form={form} name="address" label={t("apply.address")} max={500} autocomplete="street-address" optional />
      <Notice tone="info"><p>{t("apply.you.note")}</p></Notice>
    </>
  );
}

function Grades() {
  const v = form.values.value, adding = useSignal(""), custom = useSignal("");
  const mine = Object.keys(v).filter((name) => name.startsWith(SCORE)).map((name) => name.slice(SCORE.length));
  form.labels.set("test_scores", t("apply.tests"));
  const add = () => {
    const name = adding.value === "other" ? custom.value.trim() : adding.value;
    if (!name || mine.includes(name)) return;
    form.set(SCORE + name, "");
    adding.value = custom.value = "";
    requestAnimationFrame(() => document.getElementById(`${form.id}-${SCORE}${name}`)?.focus());
  };
  const remove = (name: string) => {
    const { [SCORE + name]: _, ...rest } = form.values.value;
    form.values.value = rest;
    document.getElementById("add-test")?.focus();
  };
  return (
    <>
      <div class="pair"><Text form={form} name="gpa" label={t("apply.gpa")} hint={t("apply.gpa.hint")} inputMode="decimal" autocomplete="off" /></div>
      <fieldset class="fieldset" id={`${form.id}-test_scores`} tabIndex={-1}>
        <legend>{t("apply.tests")}</legend>
        <p class="hint">{t("apply.tests.hint")}</p>
        {form.errors.value["test_scores"] && <p class="field-error">{form.errors.value["test_scores"]}</p>}
        <div class="tests">
          {mine.map((name) => {
            const [low, high] = tests[name] ?? CUSTOM;
            return (
              <div key={name} class="test">
                <Field form={form} name={SCORE + name} label={name} hint={t("apply.range", { low, high })}>
                  {(w) => <input {...w} inputMode="decimal" autocomplete="off" onInput={(e) => form.set(SCORE + name, e.currentTarget.value)} />}
                </Field>
                <button type="button" class="icon-button" aria-label={t("apply.test.remove", { name })} onClick={() => remove(name)}><Icon name="close" /></button>
              </div>
            );
          })}
        </div>
        <div class="add-test">
          <div class="field"><label for="add-test">{t("apply.test.add")}</label>
            <select id="add-test" value={adding.value} onChange={(e) => { adding.value = e.currentTarget.value; if (adding.value && adding.value !== "other") add(); }}>
              <option value="">{t("apply.test.choose")}</option>
              {Object.keys(tests).filter((n) => !mine.includes(n)).map((n) => <option key={n} value={n}>{n}</option>)}
              <option value="other">{t("apply.test.other")}</option>
            </select>
          </div>
          {adding.value === "other" && (
            <>
              <div class="field"><label for="custom-test">{t("apply.test.name")}</label><input id="custom-test" maxLength={50} value={custom.value} onInput={(e) => { custom.value = e.currentTarget.value; }} /></div>
              <button type="button" class="button" onClick={add}>{t("apply.test.add")}</button>
            </>
          )}
        </div>
      </fieldset>
    </>
  );
}

/** Pasted text comes with odd blanks and hyphens of its old program; the server counts each. */
function tidy(text: string): string {
  return text.replace(/\r\n?/g, "\n").replace(/[\u00a0\u2007\u202f]/g, " ").replace(/[\u00ad\u200b\ufeff]/g, "");
}

function LongText({ name, label, hint, limits, rows }: { name: string; label: string; hint: string; limits: { min: number; max: number }; rows: number }) {
  const paste = (event: ClipboardEvent) => {
    const text = event.clipboardData?.getData("text/plain") ?? "", clean = tidy(text), el = event.currentTarget as HTMLTextAreaElement;
    if (clean === text) return;
    event.preventDefault();
    el.setRangeText(clean, el.selectionStart, el.selectionEnd, "end");
    form.set(name, el.value);
    say(t("apply.pasted"), "info");
  };
  return <TextArea form={form} name={name} label={label} hint={hint} min={limits.min} max={limits.max} rows={rows} spellcheck onPaste={paste} />;
}

function Review({ consent }: { consent: Consent }) {
  const v = form.values.value, all = steps.flatMap((s) => Object.entries(lacking(s, v)));
  const part = (step: StepName, title: string, items: [string, ComponentChildren][]) => (
    <section class="review-part">
      <div class="card-head"><h3>{title}</h3><a href={`/apply/${step}`}>{t("apply.change")}<span class="hidden"> {title}</span></a></div>
      <dl>{items.map(([k, x]) => <div key={k}><dt>{k}</dt><dd dir="auto">{x || <span class="quiet">–</span>}</dd></div>)}</dl>
    </section>
  );
  return (
    <>
      {all.length > 0 && (
        <Notice tone="warn" title={t("apply.lacking", { n: all.length })}>
          <ul>{all.map(([name, text]) => <li key={name}><a href={`/apply/${stepOf(name)}`}>{form.labels.get(name) ?? t(`apply.${name.startsWith("test_scores") ? "tests" : name}` as Key)}</a>: {text}</li>)}</ul>
        </Notice>
      )}
      {part("you", t("apply.step.you"), [[t("apply.name"), v["name"]], [t("apply.phone"), v["phone"]], [t("apply.address"), v["address"]]])}
      {part("grades", t("apply.step.grades"), [[t("apply.gpa"), v["gpa"]], ...Object.keys(v).filter((n) => n.startsWith(SCORE)).map((n): [string, ComponentChildren] => [n.slice(SCORE.length), v[n]])])}
      {part("essay", t("apply.step.essay"), [[t("apply.characters"), number(codePoints(v["essay"] ?? ""))], [t("apply.essay"), <span class="review-text">{v["essay"]}</span>]])}
      {part("achievements", t("apply.step.achievements"), [[t("apply.achievements"), <span class="review-text">{v["achievements"]}</span>]])}
      <div class="actions"><PreviewButton /></div>
      <details class="consent"><summary>{t("apply.consent.read")}</summary><p class="review-text">{consent.text}</p></details>
      <Check form={form} name="consent" label={t("apply.consent")} />
    </>
  );
}

function Steps({ at }: { at: StepName }) {
  const v = form.values.value, now = steps.indexOf(at);
  return (
    <Stepper label={t("apply.steps")} steps={steps.map((s, i) => ({
      key: s, label: t(`apply.step.${s}` as Key), href: `/apply/${s}`,
      state: i === now ? "now" : Object.keys(form.errors.value).some((n) => stepOf(n) === s) ? "bad" : s !== "review" && Object.keys(lacking(s, v)).length === 0 ? "done" : "next",
    }))} />
  );
}

function ApplyForm({ at, closes, consent }: { at: StepName; closes: string; consent: Consent }) {
  const next = steps[steps.indexOf(at) + 1], before = steps[steps.indexOf(at) - 1];
  for (const name of ["name", "phone", "address", "gpa", "essay", "achievements"] as const) form.labels.set(name, t(`apply.${name}`));
  const forward = async (v: Values) => {
    if (at !== "review") {
      form.errors.value = lacking(at, v);
      if (Object.keys(form.errors.value).length) return;
      void save();
      await go(`/apply/${next}`);
      return;
    }
    const bad = Object.assign({}, ...steps.map((s) => lacking(s, v))) as Record<string, string>;
    if (v["consent"] !== "yes") bad["consent"] = t("apply.bad.consent");
    form.errors.value = bad;
    if (Object.keys(bad).length) return;
    await submit(consent.version);
    await findMe();
    announce(t("apply.done"));
    await go("/student?done=1");
  };
  return (
    <>
      <div class="apply-bar"><Steps at={at} /></div>
      {refusal.value && <ErrorBox error={refusal.value} />}
      <Form form={form} onSubmit={forward} class="card" quietSummary>
        <div class="card-head"><h2 id="step-title">{t(`apply.step.${at}` as Key)}</h2><Saved /></div>
        <Summary form={form} link={(name) => (stepOf(name) === at ? undefined : `/apply/${stepOf(name)}`)} />
        <div class="form" onFocusOut={() => { if (saveState.value === "dirty") void save(); }}>
          {at === "you" && <You />}
          {at === "grades" && <Grades />}
          {at === "essay" && <><LongText name="essay" label={t("apply.essay")} hint={t("apply.essay.hint")} limits={ESSAY} rows={16} /><div class="actions"><PreviewButton /></div></>}
          {at === "achievements" && <><LongText name="achievements" label={t("apply.achievements")} hint={t("apply.achievements.hint")} limits={ACHIEVEMENTS} rows={10} /><div class="actions"><PreviewButton /></div></>}
          {at === "review" && <Review consent={consent} />}
        </div>
        <div class="actions apart">
          {before ? <a class="button quiet" href={`/apply/${before}`}><Icon d={BACK} flip /> {t("action.back")}</a> : <span />}
          <Submit form={form}>{at === "review" ? t("apply.submit") : t("action.next")}</Submit>
        </div>
      </Form>
      <p class="quiet small">{t("apply.closes")} <Time at={closes} both /></p>
      <Conflict />
    </>
  );
}

export function Apply({ route }: PageProps) {
  const who = requireMe(), at = (route.params["step"] ?? "you") as StepName;
  const ready = useLoad(async () => {
    if (!who) return null;
    const [info, consent] = await Promise.all([api("GET /admission/info"), api("GET /consent")]);
    if (info.is_open && !who.application) await openDraft();
    return { info, consent };
  }, [who?.student_id]);
  if (!steps.includes(at)) return <NotFound />;
  return (
    <Page title={t("apply.title")} narrow>
      <Loaded of={ready} lines={8}>{(r) => {
        if (!r || !who) return null;
        if (who.application) return <Empty title={t("apply.already")} action={<a class="button primary" href="/student">{t("nav.status")}</a>}><p>{t("apply.already.text")}</p></Empty>;
        if (!r.info.is_open) return <Empty title={t("apply.closed")} action={<a class="button" href="/student">{t("nav.status")}</a>}><p>{t("apply.closed.text")}</p></Empty>;
        return <ApplyForm at={at} closes={r.info.end_date ?? ""} consent={r.consent} />;
      }}</Loaded>
    </Page>
  );
}
