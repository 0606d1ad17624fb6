/** Calls to the desk. Every failure is one of two: it could not be reached, or it said no with a reason. */

import type { Candidate, CandidatePage, Cameras, Health, History, Opened, Session, Verdict } from './types.ts';

/** The desk's no, as RFC 9457 words it. */
export class Problem extends Error {
  readonly status: number;
  constructor(status: number, detail: string) {
    super(detail);
    this.name = 'Problem';
    this.status = status;
  }
}

/** No answer: whether the desk has done it is not known. */
export class Unreachable extends Error {
  constructor() {
    super('the desk did not answer');
    this.name = 'Unreachable';
  }
}

const PATIENCE_MS = 10_000;

/** One request. Throws Problem or Unreachable, and nothing else. */
export async function ask(
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Response> {
  const init: RequestInit = { method, credentials: 'same-origin', signal: AbortSignal.timeout(PATIENCE_MS) };
  if (method !== 'GET') init.headers = { 'X-Patrol': '1', 'Content-Type': 'application/json', ...headers };
  if (body !== undefined) init.body = JSON.stringify(body);
  let response: Response;
  try {
    response = await fetch(path, init);
  } catch {
    throw new Unreachable();
  }
  if (!response.ok) throw await problem(response);
  return response;
}

async function problem(response: Response): Promise<Problem> {
  try {
    const body = (await response.json()) as { detail?: unknown; title?: unknown };
    const words = typeof body.detail === 'string' ? body.detail : body.title;
    return new Problem(response.status, typeof words === 'string' ? words : response.statusText);
  } catch {
    return new Problem(response.status, response.statusText);
  }
}

async function read<T>(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<T> {
  const response = await ask(method, path, body, headers);
  try {
    return (await response.json()) as T;
  } catch {
    throw new Unreachable();
  }
}

const of = (id: string): string => `/api/candidates/${encodeURIComponent(id)}`;

export type Filter = 'open' | 'all';

export const api = {
  session: () => read<Session>('GET', '/api/session'),
  signIn: (token: string) => ask('POST', '/api/session', { token }),
  signOut: () => ask('DELETE', '/api/session'),
  cameras: () => read<Cameras>('GET', '/api/cameras'),
  health: () => read<Health>('GET', '/api/health'),
  lookNow: (camera: string) => ask('POST', `/api/cameras/${encodeURIComponent(camera)}/look-now`),
  candidate: (id: string) => read<Candidate>('GET', of(id)),
  history: (id: string) => read<History>('GET', `${of(id)}/history`),
  judge: (id: string, verdict: Verdict | null, key: string) =>
    read<Candidate>('POST', `${of(id)}/verdict`, { verdict, reason: '' }, { 'Idempotency-Key': key }),
  open: (id: string, purpose: string) => read<Opened>('POST', `${of(id)}/original`, { purpose }),
  candidates(verdict: Filter, cursor: string | null, limit = 100): Promise<CandidatePage> {
    const query = new URLSearchParams({ verdict, limit: String(limit) });
    if (cursor) query.set('cursor', cursor);
    return read<CandidatePage>('GET', `/api/candidates?${query}`);
  },
};
