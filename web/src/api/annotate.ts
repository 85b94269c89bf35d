// The routes that the annotator's page uses, one function each.
import type { Box, Origin } from "../geometry/boxes";
import type { SentAnswer } from "../offline/db";
import type { AnswerResult } from "../offline/outbox";
import { request, requestBytes } from "./request";
import type {
  Edges,
  LiveMask,
  Me,
  PersonalLink,
  PracticeItem,
  PracticeResult,
  Task,
  TaskSummary,
} from "./types";

const API = "/api/v1";

export const getMe = () => request<Me>("GET", `${API}/me`);
export const makeLink = () => request<PersonalLink>("POST", `${API}/me/link`, { body: {} });
export const logOut = () => request<null>("POST", `${API}/logout`, { body: {} });

/** Slices to practise one structure on. */
export async function getPractice(structure_id: number): Promise<PracticeItem[]> {
  const { items } = await request<{ items: PracticeItem[] }>(
    "GET",
    `${API}/practice?structure_id=${structure_id}`,
  );
  return items.filter(item => item.structure_id === structure_id);
}
export const judgePractice = (id: string, boxes: readonly Box[]) =>
  request<PracticeResult>("POST", `${API}/practice/${id}`, {
    body: { boxes, state: boxes.length > 0 ? "boxes" : "absent" },
  });
export const endPractice = (structure_id: number) =>
  request<null>("POST", `${API}/practice/done`, { body: { structure_id } });

/** The next task; null when there is nothing to do. */
export const nextTask = () =>
  request<Task | null>("POST", `${API}/tasks/next`, { body: {}, limit_ms: 30_000 });
export const getTasks = () => request<{ tasks: TaskSummary[] }>("GET", `${API}/tasks`);
export const getTask = (id: string) => request<Task>("GET", `${API}/tasks/${id}`);
export const giveBack = (id: string) =>
  request<null>("POST", `${API}/tasks/${id}/give-back`, { body: {} });
export const finishTask = (id: string) =>
  request<unknown>("POST", `${API}/tasks/${id}/finish`, { body: {} });

export async function sendAnswers(id: string, answers: SentAnswer[]): Promise<AnswerResult[]> {
  const told = await request<{ results: AnswerResult[] }>("POST", `${API}/tasks/${id}/answers`, {
    body: { answers },
  });
  return told.results;
}

export const getMask = (id: string, slices: [number, number], signal: AbortSignal) =>
  request<LiveMask>("POST", `${API}/tasks/${id}/mask`, {
    body: { slices },
    signal,
    limit_ms: 30_000,
  });

export const getSlice = (task: Task, slice: number, isSaving: boolean, signal: AbortSignal) =>
  requestBytes(
    `${task.slices_url.replace("{k}", String(slice))}${isSaving ? "?quality=saver" : ""}`,
    {
      signal,
    },
  );
export const getStrip = (task: Task) => requestBytes(task.strip_url);

export function toBoxes(edges: readonly Edges[], origin: Origin): Box[] {
  return edges.map(([row0, column0, row1, column1]) => ({ row0, column0, row1, column1, origin }));
}
