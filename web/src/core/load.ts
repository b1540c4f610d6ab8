/* What a page reads: data, error, and reload in one signal.
 *   const cycles = useLoad(() => api("GET /admin/cycles"), []);
 *   <Loaded of={cycles}>{(list) => …}</Loaded>  */
import { useEffect, useRef } from "preact/hooks";
import { useSignal, type Signal } from "@preact/signals";
import { ApiError } from "./api";

export interface Load<T> {
  state: Signal<{ data?: T; error?: ApiError; busy: boolean }>;
  /** Reads again; what is shown stays until the answer is there. */
  reload: () => Promise<void>;
  /** Puts an answer in place that came by another way, such as a PUT. */
  set: (data: T) => void;
}

export function asApiError(error: unknown): ApiError {
  return error instanceof ApiError ? error : new ApiError("http", 0, error instanceof Error ? error.message : String(error));
}

/** deps decide when it reads again, as in useEffect. everyMs: reads again so often while visible. */
export function useLoad<T>(read: () => Promise<T>, deps: unknown[], everyMs = 0): Load<T> {
  const state = useSignal<{ data?: T; error?: ApiError; busy: boolean }>({ busy: true });
  const turn = useRef(0);
  const reload = async () => {
    const mine = ++turn.current;
    state.value = { ...state.value, busy: true };
    try {
      const data = await read();
      if (mine === turn.current) state.value = { data, busy: false };
    } catch (error) {
      if (mine === turn.current) state.value = { ...state.value, error: asApiError(error), busy: false };
    }
  };
  useEffect(() => {
    void reload();
    if (!everyMs) return undefined;
    const timer = setInterval(() => { if (!document.hidden) void reload(); }, everyMs);
    return () => clearInterval(timer);
  }, deps);
  return { state, reload, set: (data) => { turn.current++; state.value = { data, busy: false }; } };
}
