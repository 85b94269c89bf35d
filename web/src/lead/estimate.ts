// How long a job will take yet, from what it has done so far.
import type { Job } from "./types";

const LEAST_SHARE = 0.05;

/** Seconds left, if enough of it is done to tell; null else. Both clocks are the server's. */
export function leftOf(
  job: Pick<Job, "state" | "share" | "started_at">,
  now: string,
): number | null {
  if (job.state !== "running" || !job.started_at || job.share < LEAST_SHARE) return null;
  const passed_s = (Date.parse(now) - Date.parse(job.started_at)) / 1000;
  return Math.max(0, (passed_s * (1 - job.share)) / job.share);
}
