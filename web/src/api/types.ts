// What the annotator's page and the server say to each other, under the names that the page uses.
import type { components } from "./schema";

type Schemas = components["schemas"];

/** row0, column0, row1, column1 */
export type Edges = [number, number, number, number];
export type Structure = Schemas["StructureOut"];
export type Me = Schemas["MeOut"];
export type Picture = Schemas["PictureOut"];
export type PracticeItem = Schemas["PracticeItem"];
export type PracticeResult = Schemas["PracticeResult"];
export type Task = Schemas["TaskOut"];
export type TaskSummary = Schemas["TaskSummary"];
export type LiveMask = Schemas["MaskOut"];
export type PersonalLink = Schemas["LinkOut"];
