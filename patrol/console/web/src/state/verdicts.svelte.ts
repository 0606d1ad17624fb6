/** Verdicts on their way: shown at once, sent in order, each applied once, taken back within five seconds. */

import { api, Problem, Unreachable } from '../api/client.ts';
import type { Candidate, Verdict } from '../api/types.ts';
import { recall, remember, tab } from '../lib/store.ts';
import * as q from '../lib/verdict-queue.ts';
import { session } from './session.svelte.ts';

export const UNDO_MS = 5000;
const STORE = 'queue';
const RETRY_MS = 2000;

export interface Undoable {
  id: string;
  before: Verdict | null;
  verdict: Verdict;
  until: number;
}

/** What happened to a verdict that could not be applied. */
export interface Notice {
  id: string;
  why: 'overtaken' | 'refused';
  detail: string;
}

class Verdicts {
  queue = $state.raw<q.Queue>(q.parse(recall(STORE, tab)));
  undoable = $state.raw<readonly Undoable[]>([]);
  notice = $state.raw<Notice | null>(null);
  #sending = false;
  #retry: number | undefined;
  /** Set by the composition root: where a confirmed candidate goes. */
  confirmed: (candidate: Candidate) => void = () => undefined;

  /** The verdict that the operator sees for a candidate. */
  shown(candidate: Candidate): Verdict | null {
    return q.shown(this.queue, candidate.id, candidate.verdict);
  }

  waits(id: string): boolean {
    return this.queue.some((entry) => entry.id === id);
  }

  judge(candidate: Candidate, verdict: Verdict): void {
    const before = this.shown(candidate);
    if (before === verdict) return;
    const until = performance.now() + UNDO_MS;
    this.undoable = [...this.#stillUndoable(), { id: candidate.id, before, verdict, until }];
    window.setTimeout(() => (this.undoable = this.#stillUndoable()), UNDO_MS + 50);
    this.#push(candidate.id, verdict, before);
  }

  /** Takes the last verdict back, if it is young enough; returns its candidate's id. */
  undo(): string | null {
    const last = this.#stillUndoable().at(-1);
    if (!last) return null;
    this.undoable = this.#stillUndoable().slice(0, -1);
    this.#push(last.id, last.before, last.verdict);
    return last.id;
  }

  /** Sends what waits, in order. Called when the line is back, and after each press. */
  async flush(): Promise<void> {
    window.clearTimeout(this.#retry);
    if (this.#sending) return;
    this.#sending = true;
    try {
      for (let head = this.queue[0]; head; head = this.queue[0]) {
        if (!(await this.#deliver(head))) break;
      }
    } finally {
      this.#sending = false;
    }
  }

  #push(id: string, verdict: Verdict | null, base: Verdict | null): void {
    const seat = session.who?.seat ?? '';
    this.#keep(q.push(this.queue, { id, verdict, base, seat, key: q.newKey(), sent: false, late: false }));
    void this.flush();
  }

  /** Tries to deliver the head; false where it must wait. */
  async #deliver(head: q.Entry): Promise<boolean> {
    try {
      if (head.seat !== session.who?.seat) return this.#drop(head, 'refused', head.seat);
      const fate = q.isFresh(head) ? 'send' : await this.#fateOf(head);
      if (fate === 'overtaken') return this.#drop(head, 'overtaken', '');
      if (fate === 'send') await this.#send(head);
      else this.#keep(this.queue.slice(1));
      return true;
    } catch (error) {
      return this.#failed(head, error);
    }
  }

  async #fateOf(head: q.Entry): Promise<q.Fate> {
    const candidate = await api.candidate(head.id);
    this.confirmed(candidate);
    return q.fate(head, candidate);
  }

  async #send(head: q.Entry): Promise<void> {
    this.#keep(q.markSent(this.queue));
    const candidate = await api.judge(head.id, head.verdict, head.key);
    this.confirmed(candidate);
    this.#keep(this.queue.slice(1));
  }

  #failed(head: q.Entry, error: unknown): boolean {
    if (error instanceof Problem && error.status === 401) {
      this.#keep(q.markLate(this.queue));
      session.end();
      return false;
    }
    if (error instanceof Problem && error.status < 500 && error.status !== 429) {
      return this.#drop(head, 'refused', error.message);
    }
    if (!(error instanceof Problem || error instanceof Unreachable)) throw error;
    this.#keep(q.markLate(this.queue));
    this.#retry = window.setTimeout(() => void this.flush(), RETRY_MS);
    return false;
  }

  #drop(head: q.Entry, why: Notice['why'], detail: string): boolean {
    this.notice = { id: head.id, why, detail };
    this.#keep(this.queue.slice(1));
    return true;
  }

  #stillUndoable(): Undoable[] {
    return this.undoable.filter((entry) => entry.until > performance.now());
  }

  #keep(queue: q.Queue): void {
    this.queue = queue;
    remember(STORE, JSON.stringify(queue), tab);
  }
}

export const verdicts = new Verdicts();
