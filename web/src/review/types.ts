// What the server says of a review; see server/lead/review.py.
import type { Estimate, Finding, StructureHead } from "../lead/types";

export interface ReviewVolume {
  volume_id: string;
  name: string;
  modality: string;
  slice_count: number;
  rows: number;
  columns: number;
  /** Along slice, row and column. */
  spacing_mm: [number, number, number];
  has_labels: boolean;
  has_reference: boolean;
}

export interface FlaggedSubject {
  volume_id: string;
  structure_id: number;
  priority: number;
  expected: Estimate | null;
  is_disputed: boolean;
  is_sent_back: boolean;
  is_complete: boolean;
  n_more: number;
  n_finished: number;
  reason: string;
  findings: Finding[];
}

export interface ReviewList {
  volumes: ReviewVolume[];
  structures: StructureHead[];
  subjects: FlaggedSubject[];
  general: Finding[];
}

/** row0, column0, row1, column1. */
export type BoxRow = [number, number, number, number];

export interface PersonSaid {
  annotator_id: string;
  name: string;
  weight: number | null;
  slices: { slice_index: number; state: "boxes" | "absent" | "unsure"; boxes: BoxRow[] }[];
}

export interface ReviewSubject {
  people: PersonSaid[];
  agreed: {
    slices: { slice_index: number; boxes: BoxRow[] }[];
    presence: number[];
    is_seen: boolean[];
  } | null;
  confidence: (number | null)[] | null;
  volume_dice: number | null;
}

export interface MaskRuns {
  offset: [number, number, number];
  shape: [number, number, number];
  runs: number[];
}

export interface Masks {
  mask: MaskRuns | null;
  reference: MaskRuns | null;
}

export interface NamedWindow {
  name: string;
  centre: number;
  width: number;
}
