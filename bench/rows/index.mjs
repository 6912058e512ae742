// All rows, in the order of the report.
import { rows as create } from './create.mjs';
import { rows as exports } from './export.mjs';
import { rows as growth } from './growth.mjs';
import { rows as guards } from './guards.mjs';
import { rows as hit } from './hit.mjs';
import { rows as imports } from './import.mjs';
import { rows as jobs } from './jobs.mjs';
import { rows as miss } from './miss.mjs';
import { rows as overload } from './overload.mjs';
import { rows as resident } from './resident.mjs';
import { rows as search } from './search.mjs';
import { rows as service } from './service.mjs';
import { rows as sync } from './sync.mjs';

/** `{name, about, measure(context)}` */
export const rows = [...hit, ...miss, ...create, ...search, ...resident, ...growth, ...imports, ...exports, ...sync, ...jobs, ...overload, ...guards, ...service];

/** What is not measured yet, and why. */
export const absent = {
  page: 'the page is measured by its browser tests',
};
