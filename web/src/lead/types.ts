// What the server says to leads and reviewers; see server/lead. Times are ISO 8601, UTC.

export interface Me {
  account_id: string;
  name: string;
  role: "annotator" | "reviewer" | "lead";
  study: { title: string };
}

export interface Estimate {
  estimate: number;
  low: number;
  high: number;
}

export type Severity = "error" | "warning" | "info";

export interface Finding {
  code: string;
  severity: Severity;
  message: string;
  suggestion: string;
  priority: number;
  place: {
    volume: string | null;
    structure: string | null;
    slices: [number, number] | null;
    annotator: string | null;
  };
}

export interface PersonProgress {
  annotator_id: string;
  name: string;
  /** A letter for each slice: b boxes, a absent, u unsure, . nothing. */
  slices: string;
  answered: number;
  asked: number;
  active_s: number;
  last_at: string;
  has_finished: boolean;
}

export interface SubjectProgress {
  volume_id: string;
  structure_id: number;
  people: PersonProgress[];
  unseen: [number, number][];
  is_begun: boolean;
  is_complete: boolean;
  is_disputed: boolean;
  is_sent_back: boolean;
  n_more: number;
  reason: string;
}

export interface StructureHead {
  structure_id: number;
  name: string;
  colour: string;
}

export interface Progress {
  stride: number;
  volumes: { volume_id: string; name: string; slice_count: number }[];
  structures: StructureHead[];
  subjects: SubjectProgress[];
}

export interface AnnotatorWork {
  annotator_id: string;
  name: string;
  n_volumes: number;
  n_slices: number;
  n_answers: number;
  n_boxes_slices: number;
  active_s: number;
  median_s: number | null;
  last_at: string | null;
  structures: {
    structure: string;
    n_answers: number;
    median_s: number | null;
    agreement: number | null;
  }[];
  agreement: Estimate | null;
  sensitivity: Estimate | null;
  specificity: Estimate | null;
  repeatability: Estimate | null;
  bias_mm: [number, number, number, number] | null;
  findings: Finding[];
}

export interface DayOfWork {
  day: string;
  annotator: string;
  n_answers: number;
  active_s: number;
}

export interface Charts {
  days: DayOfWork[];
  pace: { annotator: string; steps: { n_answers: number; median_s: number }[] }[];
  learning: { annotator: string; n_boxes: number[]; median_iou: number[] }[];
  expected: { volume: string; structure: string; dice: Estimate }[];
}

export type JobState = "waiting" | "running" | "done" | "failed" | "cancelled";

export interface Job {
  job_id: string;
  kind: string;
  asked_by: string;
  state: JobState;
  created_at: string;
  started_at: string | null;
  ended_at: string | null;
  attempts: number;
  is_cancel_wanted: boolean;
  share: number;
  unit: string;
  words: string;
}

export interface Jobs {
  kinds: string[];
  jobs: Job[];
  now: string;
}

export interface Download {
  name: string;
  made_at: string | null;
  size: number | null;
}

export type Role = "annotator" | "reviewer" | "lead";

export interface Invite {
  invite_id: string;
  role: Role;
  note: string;
  state: "open" | "expired" | "used-up" | "revoked";
  created_at: string;
  expires_at: string | null;
  most_uses: number | null;
  uses: number;
}

export interface NewInvite {
  invite: Invite;
  url: string;
  qr_svg: string;
}

export interface Account {
  account_id: string;
  name: string;
  role: Role;
  created_at: string;
  practised_at: string | null;
  disabled_at: string | null;
}

export type Setting = string | number | boolean | string[];

export interface StructureSettings extends StructureHead {
  partner: string | null;
  hint: string | null;
  has_example: boolean;
}

export interface StudySettings {
  folder: string;
  stride: number;
  consensus: string;
  model: string;
  nsd_tolerance_mm: number;
  gold: string[];
  asking: Record<string, number>;
  page: Record<string, Setting>;
  structures: StructureSettings[];
  methods: string[];
  models: string[];
}

export interface VolumeRow {
  volume_id: string;
  name: string;
  modality: string;
  split: string;
  slice_count: number;
  rows: number;
  columns: number;
  spacing_mm: [number, number, number];
  has_reference: boolean;
  is_there: boolean;
}

export interface AuditEntry {
  sequence: number;
  at: string;
  who: string;
  action: string;
  subject: string;
  details: Record<string, unknown>;
}
