/* "See what evaluators will see": one's texts beside their anonymous form. */
import { useSignal } from "@preact/signals";
import { api } from "../../core/api";
import { t } from "../../core/i18n";
import { useLoad } from "../../core/load";
import type { ScrubSpan } from "../../api/types";
import { Dialog } from "../../ui/dialog";
import { EYE, Icon } from "../../ui/icons";
import { Loaded, Notice } from "../../ui/states";
import { form } from "./draft";

/** The text in pieces; spans count bytes of UTF-8. */
function pieces(text: string, spans: ScrubSpan[]): { text: string; gone: boolean }[] {
  const bytes = new TextEncoder().encode(text), decode = new TextDecoder(), out: { text: string; gone: boolean }[] = [];
  let at = 0;
  for (const s of [...spans].sort((a, b) => (a.start ?? 0) - (b.start ?? 0))) {
    if (s.action === "keep" || (s.start ?? 0) < at) continue;
    out.push({ text: decode.decode(bytes.slice(at, s.start)), gone: false }, { text: decode.decode(bytes.slice(s.start, s.end)), gone: true });
    at = s.end ?? at;
  }
  out.push({ text: decode.decode(bytes.slice(at)), gone: false });
  return out;
}

function Marked({ parts, label }: { parts: { text: string; gone: boolean }[]; label: string }) {
  return <p class="preview-text" dir="auto">{parts.map((p, i) => (p.gone ? <mark key={i} title={label}>{p.text}</mark> : p.text))}</p>;
}

/** The result with its placeholders marked. */
function placed(text: string, spans: ScrubSpan[]): { text: string; gone: boolean }[] {
  const marks = [...new Set(spans.map((s) => s.placeholder ?? "").filter(Boolean))];
  if (marks.length === 0) return [{ text, gone: false }];
  const pattern = new RegExp(`(${marks.map((m) => m.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|")})`);
  return text.split(pattern).map((part) => ({ text: part, gone: marks.includes(part) }));
}

function Preview({ onClose }: { onClose: () => void }) {
  const v = form.values.value;
  const seen = useLoad(() => api("POST /applications/preview-scrub", {
    body: { name: v["name"] || null, phone: v["phone"] || null, address: v["address"] || null, essay: v["essay"] ?? "", achievements: v["achievements"] || null },
  }), []);
  return (
    <Dialog title={t("preview.title")} onClose={onClose} wide>
      <p class="quiet">{t("preview.lead")}</p>
      <Loaded of={seen} lines={8}>{(r) => (
        <div class="stack">
          {r.status === "held" && <Notice tone="info" title={t("preview.held")}><p>{t("preview.held.text")}</p></Notice>}
          <p><strong>{t("preview.count", { n: r.redactions ?? 0 })}</strong></p>
          {(["essay", "achievements"] as const).filter((f) => v[f]).map((f) => {
            const spans = (r.spans ?? []).filter((s) => s.field === f);
            return (
              <section key={f}>
                <h3>{t(f === "essay" ? "apply.essay" : "apply.achievements")}</h3>
                <div class="preview">
                  <div><h4>{t("preview.yours")}</h4><Marked parts={pieces(v[f] ?? "", spans)} label={t("preview.removed")} /></div>
                  <div class="theirs"><h4>{t("preview.theirs")}</h4><Marked parts={placed(r[f] ?? "", spans)} label={t("preview.removed")} /></div>
                </div>
              </section>
            );
          })}
        </div>
      )}</Loaded>
    </Dialog>
  );
}

export function PreviewButton() {
  const open = useSignal(false), long = (form.values.value["essay"] ?? "").trim() !== "";
  return (
    <>
      <button type="button" class="button" disabled={!long} onClick={() => { open.value = true; }}><Icon d={EYE} /> {t("preview.open")}</button>
      {open.value && <Preview onClose={() => { open.value = false; }} />}
    </>
  );
}
