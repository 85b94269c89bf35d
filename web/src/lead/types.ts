// What the server says to leads and reviewers, under the names that the pages use.
import type { components } from "../api/schema";

type Schemas = components["schemas"];

export type Me = Schemas["MeOut"];
export type Role = Schemas["Role"];
export const ROLES = ["annotator", "reviewer", "lead"] as const satisfies readonly Role[];
export type Estimate = Schemas["Estimate"];
export type Severity = Schemas["Severity"];
export type Finding = Schemas["Finding"];
export type Progress = Schemas["Progress"];
export type SubjectProgress = Schemas["SubjectProgress"];
export type PersonProgress = Schemas["PersonProgress"];
export type StructureHead = Schemas["StructureHead"];
export type AnnotatorWork = Schemas["AnnotatorWork"];
export type Charts = Schemas["Charts"];
export type DayOfWork = Schemas["DayOfWork"];
export type Jobs = Schemas["Jobs"];
export type Job = Schemas["JobOut"];
export type Download = Schemas["Download"];
export type Invite = Schemas["InviteOut"];
export type NewInvite = Schemas["NewInvite"];
export type Account = Schemas["AccountOut"];
export type Link = Schemas["LinkOut"];
export type StudySettings = Schemas["StudySettings"];
export type StructureSettings = Schemas["StructureSettings"];
export type VolumeRow = Schemas["VolumeOut"];
export type AuditEntry = Schemas["AuditOut"];
