// What the server says of a review, under the names that the page uses.
import type { components } from "../api/schema";

type Schemas = components["schemas"];

/** row0, column0, row1, column1. */
export type BoxRow = [number, number, number, number];
export type ReviewList = Schemas["ReviewList"];
export type ReviewVolume = Schemas["ReviewVolume"];
export type ReviewSubject = Schemas["ReviewSubject"];
export type FlaggedSubject = Schemas["FlaggedSubject"];
export type PersonSaid = Schemas["PersonSaid"];
export type Masks = Schemas["Masks"];
export type MaskRuns = Schemas["MaskRuns"];
export type NamedWindow = Schemas["WindowOut"];
