// The one place that talks to the service. A request carries what the session needs (the CSRF value
// of a cookie session, or the operator's token); an answer is its JSON or a ServiceError with words for
// people. A session that has ended while somebody works does not throw the page away: the request
// waits until they have signed in again, over the page, and is then sent once more.

export class ServiceError extends Error {
  constructor(
    readonly status: number, // 0: nobody answered
    readonly code: string,
    message: string,
    readonly retryAfterSeconds: number | null = null,
  ) {
    super(message);
    this.name = "ServiceError";
  }

  get isUnreachable() {
    return this.status === 0 || this.status === 502 || this.status === 503 || this.status === 504;
  }
}

const TOKEN_KEY = "cachery-operator-token";
const BASE = "/api/admin/v1";

let csrfToken: string | null = null;
let signInAgain: (() => Promise<void>) | null = null;
let waiting: Promise<void> | null = null;

export function setCsrfToken(token: string | null) {
  csrfToken = token;
}

// Of this tab, until it is closed.
export function operatorToken(): string | null {
  return sessionStorage.getItem(TOKEN_KEY);
}

export function setOperatorToken(token: string | null) {
  if (token === null) sessionStorage.removeItem(TOKEN_KEY);
  else sessionStorage.setItem(TOKEN_KEY, token);
}

// What asks the person to sign in again; null where nobody is signed in, so that 401 is just told.
export function onSessionEnd(ask: (() => Promise<void>) | null) {
  signInAgain = ask;
  if (ask === null) waiting = null;
}

export type Method = "GET" | "POST" | "PATCH" | "PUT" | "DELETE";

export interface Call {
  method?: Method;
  body?: unknown;
  signal?: AbortSignal;
  accept?: string;
  mayAsk?: boolean; // whether a 401 asks the person to sign in again; not where signing in itself
}

export async function send(path: string, call: Call = {}): Promise<Response> {
  const response = await sendOnce(path, call);
  if (response.status !== 401 || call.mayAsk === false || signInAgain === null) return response;
  waiting ??= signInAgain().finally(() => {
    waiting = null;
  });
  await waiting;
  return sendOnce(path, call);
}

async function sendOnce(path: string, call: Call): Promise<Response> {
  const method = call.method ?? "GET";
  const headers: Record<string, string> = { Accept: call.accept ?? "application/json" };
  const token = operatorToken();
  if (token !== null) headers["Authorization"] = `Bearer ${token}`;
  else if (method !== "GET" && csrfToken !== null) headers["X-CSRF-Token"] = csrfToken;
  if (call.body !== undefined) headers["Content-Type"] = "application/json";
  const init: RequestInit = { method, headers, credentials: "same-origin" };
  if (call.body !== undefined) init.body = JSON.stringify(call.body);
  if (call.signal !== undefined) init.signal = call.signal;
  try {
    return await fetch(BASE + path, init);
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ServiceError(0, "unreachable", "The service does not answer. Try again in a moment.");
  }
}

export async function request<T>(path: string, call: Call = {}): Promise<T> {
  const response = await send(path, call);
  if (!response.ok) throw await errorOf(response);
  if (response.status === 204) return undefined as T;
  return (await response.json()) as T;
}

export async function errorOf(response: Response): Promise<ServiceError> {
  const retryAfter = Number(response.headers.get("Retry-After") ?? Number.NaN);
  const after = Number.isFinite(retryAfter) ? retryAfter : null;
  try {
    const { error } = (await response.json()) as { error: { code: string; message: string } };
    return new ServiceError(response.status, error.code, sentence(error.message), after);
  } catch {
    const text = `The service answered with status ${response.status}.`;
    return new ServiceError(response.status, "unknown", text, after);
  }
}

// The service's messages begin small and end without a stop; a page shows sentences.
function sentence(text: string) {
  const begun = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(begun) ? begun : `${begun}.`;
}

export function query(values: Record<string, string | number | boolean | null | undefined>) {
  const pairs = Object.entries(values).filter(([, value]) => value !== null && value !== undefined);
  if (pairs.length === 0) return "";
  return `?${new URLSearchParams(pairs.map(([name, value]) => [name, String(value)]))}`;
}
