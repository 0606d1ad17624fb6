/** Reads a candidate's history: what was decided, and who opened the original for what. */

import type { History, Verdict } from '../api/types.ts';

export type Step =
  | { at: string; who: string; what: 'decision'; verdict: Verdict | null }
  | { at: string; who: string; what: 'opening'; purpose: string };

/** All steps, newest first. */
export function steps(history: History): Step[] {
  const decisions = history.decisions.map(({ at, who, verdict }): Step => ({ at, who, what: 'decision', verdict }));
  const openings = history.openings.map(({ at, who, purpose }): Step => ({ at, who, what: 'opening', purpose }));
  return [...decisions, ...openings].sort((a, b) => Date.parse(b.at) - Date.parse(a.at));
}
