// What a page shows comes from one address of the server: asked for once, or again and again.
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { ApiError, request } from "../api/request";

export interface Resource<T> {
  value: T | undefined;
  error: ApiError | undefined;
  reload: () => Promise<void>;
  /** Put in what an action gave back, without asking again. */
  set: (value: T) => void;
}

/** Read `path`; again every `every_ms` while the page can be seen. An older answer stays shown. */
export function useResource<T>(path: string | null, every_ms = 0): Resource<T> {
  const [value, setValue] = useState<T>();
  const [error, setError] = useState<ApiError>();
  const asked = useRef("");

  const reload = useCallback(async () => {
    if (path === null) return;
    asked.current = path;
    try {
      const given = await request<T>("GET", path, { limit_ms: 60_000 });
      if (asked.current !== path) return; // the reader has gone elsewhere
      setValue(given);
      setError(undefined);
    } catch (failure) {
      if (asked.current === path) setError(asApiError(failure));
    }
  }, [path]);

  useEffect(() => {
    setValue(undefined);
    void reload();
    if (!every_ms) return;
    const timer = setInterval(() => document.hidden || void reload(), every_ms);
    return () => clearInterval(timer);
  }, [reload, every_ms]);

  return { value, error, reload, set: setValue };
}

export function asApiError(failure: unknown): ApiError {
  return failure instanceof ApiError ? failure : new ApiError(0, "failed", String(failure));
}
