/** The queue of verdicts on their way to the desk. Pure functions: a queue goes in, a queue comes out. */

import type { Candidate, Verdict } from '../api/types.ts';

/** One verdict that the desk has not confirmed yet. `verdict` null takes back what was said before. */
export interface Entry {
  id: string;
  verdict: Verdict | null;
  /** What the candidate's verdict was when the operator pressed the key. */
  base: Verdict | null;
  seat: string;
  /** Names this press of a key: the desk takes it at most once. */
  key: string;
  /** Its request is under way, or went out without an answer: the desk may have it already. */
  sent: boolean;
  /** It had to wait: the candidate may have changed meanwhile. */
  late: boolean;
}

export type Queue = readonly Entry[];
export type Fate = 'send' | 'done' | 'overtaken';

/** The verdict that the operator sees: the last one pressed, else what the desk says. */
export function shown(queue: Queue, id: string, confirmed: Verdict | null): Verdict | null {
  const last = queue.findLast((entry) => entry.id === id);
  return last ? last.verdict : confirmed;
}

/**
 * Adds a verdict. One that waits for the same candidate and has not gone out is replaced, and both vanish
 * where the new one takes the waiting one back: the desk then never hears of either.
 */
export function push(queue: Queue, entry: Entry): Queue {
  const waiting = queue.findLast((other) => other.id === entry.id);
  if (!waiting || waiting.sent) return [...queue, entry];
  const rest = queue.filter((other) => other !== waiting);
  if (entry.verdict === waiting.base) return rest;
  return [...rest, { ...entry, base: waiting.base }];
}

/** The queue with its first entry marked as gone out. */
export function markSent(queue: Queue): Queue {
  const [head, ...rest] = queue;
  return head ? [{ ...head, sent: true }, ...rest] : queue;
}

/** The queue after a failed attempt: everything in it has waited. */
export function markLate(queue: Queue): Queue {
  return queue.map((entry) => ({ ...entry, late: true }));
}

/** Whether the head may be sent as it is, without asking first what the desk has. */
export function isFresh(entry: Entry): boolean {
  return !entry.late && !entry.sent;
}

/**
 * What to do with an entry that has waited, once the desk's present verdict is known: `done`, it is there
 * already; `overtaken`, somebody has said something else meanwhile, and that stands; else `send`.
 */
export function fate(entry: Entry, candidate: Pick<Candidate, 'verdict'>): Fate {
  if (candidate.verdict === entry.verdict) return 'done';
  return candidate.verdict === entry.base ? 'send' : 'overtaken';
}

/** A name that no other press has. (`crypto.randomUUID` exists on HTTPS and loopback only.) */
export function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Reads a stored queue; anything that is not one counts as empty. */
export function parse(text: string | null): Queue {
  if (!text) return [];
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value.filter(isEntry).map((e) => ({ ...e, late: true })) : [];
  } catch {
    return [];
  }
}

function isEntry(value: unknown): value is Entry {
  if (typeof value !== 'object' || value === null) return false;
  const entry = value as Record<string, unknown>;
  const verdict = (v: unknown) => v === null || v === 'real' || v === 'false' || v === 'unsure';
  return (
    typeof entry['id'] === 'string' &&
    typeof entry['seat'] === 'string' &&
    typeof entry['key'] === 'string' &&
    typeof entry['sent'] === 'boolean' &&
    verdict(entry['verdict']) &&
    verdict(entry['base'])
  );
}
