// The shapes of the HTTP contract by their names in docs/openapi.yaml.
import type { components } from './schema';

export type Schemas = components['schemas'];
export type Settings = Schemas['Settings'];
export type Job = Schemas['Job'];
export type JobType = Schemas['JobType'];
export type Pagination = Schemas['Pagination'];
export type ImportJob = Schemas['ImportJob'];
export type ImportResult = Schemas['ImportResult'];
export type ImportDiff = Schemas['ImportDiff'];
export type ExportJob = Schemas['ExportJob'];
export type ExportOptions = Schemas['ExportOptions'];
