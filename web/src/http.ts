/* One small face for the API: JSON in and out, errors in words. */

export interface Issue {
  loc: (string | number)[];
  msg: string;
}

export class ApiError extends Error {
  constructor(readonly status: number, readonly detail: string | Issue[], readonly requestId: string) {
    super(typeof detail === "string" ? detail : detail.map((i) => `${i.loc.at(-1)}: ${i.msg}`).join("\n"));
  }
}

export async function api<T>(method: "GET" | "POST", path: string, body?: unknown): Promise<T> {
  const reply = await fetch(path, {
    method,
    credentials: "same-origin",
    headers: body === undefined ? {} : { "Content-Type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const data: unknown = await reply.json().catch(() => ({}));
  if (!reply.ok) {
    const detail = (data as { detail?: string | Issue[] }).detail ?? reply.statusText;
    throw new ApiError(reply.status, detail, reply.headers.get("X-Request-ID") ?? "");
  }
  return data as T;
}

export function say(text: string, kind: "done" | "error" | ""): void {
  const status = document.getElementById("status");
  if (!status) return;
  status.textContent = text;
  status.className = kind;
}
