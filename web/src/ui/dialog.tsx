/* The native dialog: focus stays inside, Escape closes, focus returns to where it was. */
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { t } from "../core/i18n";
import { Icon } from "./icons";

interface DialogProps {
  title: string;
  children: ComponentChildren;
  /** Closing by Escape or the cross; absent: only the buttons inside end it. */
  onClose?: (() => void) | undefined;
  tone?: "bad" | undefined;
  wide?: boolean;
}

export function Dialog({ title, children, onClose, tone, wide }: DialogProps) {
  const box = useRef<HTMLDialogElement>(null);
  const id = useRef(`dialog-${Math.random().toString(36).slice(2)}`).current;
  useEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    box.current?.showModal();
    return () => { box.current?.close(); before?.focus?.(); };
  }, []);
  return (
    <dialog ref={box} class={`dialog ${tone ?? ""} ${wide ? "wide" : ""}`} aria-labelledby={id}
      onCancel={(event) => { event.preventDefault(); onClose?.(); }}>
      <div class="dialog-head">
        <h2 id={id}>{title}</h2>
        {onClose && <button type="button" class="icon-button" aria-label={t("action.close")} onClick={onClose}><Icon name="close" /></button>}
      </div>
      {children}
    </dialog>
  );
}

interface ConfirmProps {
  title: string;
  children?: ComponentChildren;
  /** Words of the button that does it. */
  yes: string;
  dangerous?: boolean;
  /** What must be typed first, for what cannot be undone. */
  typed?: string | undefined;
  wide?: boolean;
  onYes: () => unknown;
  onClose: () => void;
}

/** Asks before something is done; the button waits until it is. Errors are the caller's. */
export function Confirm({ title, children, yes, dangerous, typed, wide, onYes, onClose }: ConfirmProps) {
  const [text, setText] = useState(""), [busy, setBusy] = useState(false);
  const ready = (!typed || text.trim() === typed) && !busy;
  const submit = async (event: Event) => {
    event.preventDefault();
    if (!ready) return;
    setBusy(true);
    try {
      await onYes();
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog title={title} onClose={onClose} {...(wide ? { wide } : {})} tone={dangerous ? "bad" : undefined}>
      <form onSubmit={(event) => void submit(event)}>
        {children}
        {typed && (
          <div class="field">
            <label for="confirm-typed">{t("confirm.type", { text: typed })}</label>
            <input id="confirm-typed" autocomplete="off" value={text} onInput={(e) => setText(e.currentTarget.value)} />
          </div>
        )}
        <div class="actions end">
          <button type="button" class="button quiet" onClick={onClose}>{t("action.cancel")}</button>
          <button type="submit" class={`button ${dangerous ? "danger" : "primary"}`} disabled={!ready}>{yes}</button>
        </div>
      </form>
    </Dialog>
  );
}
