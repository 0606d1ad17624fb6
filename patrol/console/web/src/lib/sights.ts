/** Why a rule does not see, in the page's language. */

import type { Task } from '../api/types.ts';
import { known, language, word } from '../i18n/index.svelte.ts';

/** The words for a code, with its values; the code and its values as they are where the page has no words. */
export function why(task: Task): string {
  const words = known('sight', task.reason);
  if (words === null) return [task.reason, ...Object.entries(task.values).map((pair) => pair.join(' '))].join(' · ');
  return words.replace(/\{(\w+)\}/g, (whole, name: string) => said(name, task.values[name]) ?? whole);
}

function said(name: string, value: number | string | undefined): string | null {
  if (value === undefined) return null;
  if (name === 'state') return word('state', String(value));
  if (typeof value === 'string') return value;
  return new Intl.NumberFormat(language(), { maximumFractionDigits: 1, useGrouping: false }).format(value);
}
