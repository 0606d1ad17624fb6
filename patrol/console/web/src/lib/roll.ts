/** The roll of candidates that the page knows, and the lists cut from it. Pure functions. */

import type { Candidate, CandidatePage } from '../api/types.ts';

/** As many rows as a list keeps smooth, and a page may ask for. */
export const KEEP = 500;

/** Newest first, as the desk orders them; the id settles equal times. */
export function byNewest(a: Candidate, b: Candidate): number {
  const apart = Date.parse(b.received_at) - Date.parse(a.received_at);
  if (apart !== 0) return apart;
  return a.id < b.id ? 1 : a.id > b.id ? -1 : 0;
}

/** How far down a list has been read from the desk. Below its floor, what is known has holes. */
export interface Reach {
  loaded: boolean;
  next: string | null;
  floor: Candidate | null;
}

export const NOTHING_READ: Reach = { loaded: false, next: null, floor: null };

/** The reach after one more page. */
export function reachAfter(page: CandidatePage): Reach {
  const last = page.items.at(-1) ?? null;
  return { loaded: true, next: page.next, floor: page.next === null ? null : last };
}

/** Whether a list that has been read so far must show this candidate. */
export function reaches(reach: Reach, item: Candidate): boolean {
  return !reach.floor || Date.parse(item.received_at) >= Date.parse(reach.floor.received_at);
}

/** The part of the roll that a list may show without a hole in it. */
export function within(reach: Reach, sorted: readonly Candidate[]): readonly Candidate[] {
  return reach.floor ? sorted.filter((item) => reaches(reach, item)) : sorted;
}

/** Puts candidates into the roll and forgets the oldest judged ones beyond what it keeps. */
export function merge(
  roll: ReadonlyMap<string, Candidate>,
  items: readonly Candidate[],
  spare: (candidate: Candidate) => boolean,
  keep: number = KEEP * 2,
): Map<string, Candidate> {
  const merged = new Map(roll);
  for (const item of items) merged.set(item.id, item);
  if (merged.size <= keep) return merged;
  const judged = [...merged.values()].filter((item) => item.verdict !== null && !spare(item));
  judged.sort(byNewest);
  for (const item of judged.slice(-(merged.size - keep))) merged.delete(item.id);
  return merged;
}

/** The candidate to go to from `id`: the next that `wanted` accepts, below first, then above. */
export function neighbour(
  list: readonly Candidate[],
  id: string,
  wanted: (candidate: Candidate) => boolean,
): Candidate | null {
  const at = list.findIndex((item) => item.id === id);
  const below = list.slice(at + 1).find(wanted);
  return below ?? list.slice(0, Math.max(at, 0)).findLast(wanted) ?? null;
}
