// From what the form says to what the contract asks for.
import type { ExportOptions } from '../api/schemas';

export const kParts = ['bookmarks', 'categories', 'tags', 'savedSearches', 'searchHistory', 'settings'] as const;
export type ExportPart = (typeof kParts)[number];

export interface ExportChoices {
  format: ExportOptions['format'];
  parts: readonly ExportPart[];
  includeArchived: boolean;
  compressed: boolean;
  category: string;
  delimiter: ',' | ';' | '\t';
  bom: boolean;
}

export const kUsualExport: ExportChoices = {
  format: 'json',
  parts: ['bookmarks', 'categories', 'tags', 'savedSearches', 'settings'],
  includeArchived: true,
  compressed: false,
  category: '',
  delimiter: ',',
  bom: false,
};

// The first and last moment of a day where the reader is.
const begin = (day: string) => new Date(`${day}T00:00:00`).toISOString();
const end = (day: string) => new Date(`${day}T23:59:59.999`).toISOString();

export function makeOptions(choices: ExportChoices & { from: string; to: string }): ExportOptions {
  const { format, from, to } = choices;
  const has = (part: ExportPart) => choices.parts.includes(part);
  return {
    format,
    includeBookmarks: has('bookmarks'),
    includeCategories: has('categories'),
    includeTags: has('tags'),
    includeSavedSearches: has('savedSearches'),
    includeSearchHistory: has('searchHistory'),
    includeSettings: has('settings'),
    includeArchived: choices.includeArchived,
    ...(from || to ? { dateRange: { ...(from ? { from: begin(from) } : {}), ...(to ? { to: end(to) } : {}) } } : {}),
    ...(choices.category ? { categories: [choices.category] } : {}),
    ...(format !== 'zip' && format !== 'markdown' && choices.compressed ? { compressed: true } : {}),
    ...(format === 'csv' ? { csv: { delimiter: choices.delimiter, bom: choices.bom } } : {}),
  };
}
