// One way to talk to the server: JSON both ways, a time limit, and errors that say what to do.

/** What the server said, or `offline` when it could not be reached at all. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly whatToDo: string = "",
    readonly retryAfter_s: number = 0,
  ) {
    super(message);
    this.name = "ApiError";
  }

  /** The network or the server is away for now: trying again later can help. */
  get isPassing(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

/** The server is away, or something else answered in its place. */
export const unreachable = () => new ApiError(0, "offline", "The server cannot be reached.");

export interface RequestOptions {
  body?: unknown;
  signal?: AbortSignal;
  /** Give up after so long; a save that is repeated is harmless, one that hangs is not. */
  limit_ms?: number;
}

const LIMIT_MS = 8000;

let account_id: string | undefined;

/** Say with every request whose page this is: another tab may have logged in somebody else since. */
export function speakFor(id: string | undefined): void {
  account_id = id;
}

/** Ask for JSON; null for 204. Throws ApiError, or the signal's AbortError. */
export async function request<T>(
  method: string,
  path: string,
  options: RequestOptions = {},
): Promise<T> {
  const response = await fetchChecked(method, path, options);
  if (response.status === 204) return null as T;
  return response.json().catch(() => {
    throw unreachable();
  });
}

/** Ask for bytes, such as a slice. Throws like `request`. */
export async function requestBytes(
  path: string,
  options: RequestOptions = {},
): Promise<ArrayBuffer> {
  const response = await fetchChecked("GET", path, { limit_ms: 30_000, ...options });
  return response.arrayBuffer();
}

async function fetchChecked(
  method: string,
  path: string,
  options: RequestOptions,
): Promise<Response> {
  const { body, signal, limit_ms = LIMIT_MS } = options;
  const limit = AbortSignal.timeout(limit_ms);
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      credentials: "same-origin",
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
      headers: {
        ...(account_id && { "Manyhands-Account": account_id }),
        ...(body !== undefined && { "Content-Type": "application/json" }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw unreachable();
  }
  if (!response.ok) throw await readError(response);
  return response;
}

async function readError(response: Response): Promise<ApiError> {
  const retryAfter_s = Number(response.headers.get("Retry-After") ?? 0) || 0;
  const told = (await response.json().catch(() => null)) as {
    error?: { code?: string; message?: string; what_to_do?: string };
  } | null;
  const { code, message, what_to_do } = told?.error ?? {};
  return new ApiError(
    response.status,
    code ?? `http-${response.status}`,
    message ?? `The server answered with status ${response.status}.`,
    what_to_do ?? "",
    retryAfter_s,
  );
}
