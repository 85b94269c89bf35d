import { afterEach, expect, test, vi } from "vitest";
import { ApiError, request, speakFor } from "./request";

afterEach(() => {
  speakFor(undefined);
  vi.unstubAllGlobals();
});

/** A network that gives this answer; what it was asked is in its calls. */
function network(answer: Response) {
  const fetch = vi.fn(async (_path: string, _options: RequestInit) => answer);
  vi.stubGlobal("fetch", fetch);
  return fetch;
}

test("every request says for whom it speaks, once that is known", async () => {
  const fetch = network(Response.json({}));
  speakFor("ann");
  await request("GET", "/api/v1/me");
  expect(new Headers(fetch.mock.calls[0]?.[1].headers).get("Manyhands-Account")).toBe("ann");
});

test("a page of the network's own instead of the server's answer counts as no network", async () => {
  network(new Response("<h1>Log in to the hotel's network</h1>"));
  const error: unknown = await request("POST", "/api/v1/tasks/1/answers").catch(error => error);
  expect(error).toBeInstanceOf(ApiError);
  expect((error as ApiError).isPassing).toBe(true);
});
