/** The shape and colour of each state. Colour means state only, and never stands without shape and word. */

import type { Shape } from '../parts/Mark.svelte';
import type { CameraState, Candidate, Task, Verdict } from '../api/types.ts';

export interface Look {
  shape: Shape;
  tone: 'green' | 'amber' | 'red' | 'blue' | 'grey';
}

const STATES: Record<CameraState, Look> = {
  live: { shape: 'dot', tone: 'green' },
  connecting: { shape: 'ring', tone: 'blue' },
  stalled: { shape: 'triangle', tone: 'amber' },
  'no-keyframes': { shape: 'triangle', tone: 'amber' },
  'no-video': { shape: 'square', tone: 'red' },
  'auth-failed': { shape: 'square', tone: 'red' },
  refused: { shape: 'square', tone: 'red' },
  blind: { shape: 'square', tone: 'red' },
  unknown: { shape: 'diamond', tone: 'grey' },
};

const VERDICTS: Record<Verdict, Look> = {
  real: { shape: 'check', tone: 'red' },
  false: { shape: 'cross', tone: 'grey' },
  unsure: { shape: 'question', tone: 'amber' },
};

const SIGHTS: Record<Task['sight'], Look> = {
  live: { shape: 'dot', tone: 'green' },
  stalled: { shape: 'triangle', tone: 'amber' },
  blind: { shape: 'square', tone: 'red' },
  paused: { shape: 'ring', tone: 'blue' },
  refused: { shape: 'square', tone: 'red' },
};

export function sightLook(sight: Task['sight']): Look {
  return SIGHTS[sight];
}

export function stateLook(state: string): Look {
  return STATES[state as CameraState] ?? STATES.unknown;
}

export function verdictLook(verdict: Verdict): Look {
  return VERDICTS[verdict];
}

export function phaseLook(phase: Candidate['phase']): Look {
  return phase === 'open' ? { shape: 'triangle', tone: 'amber' } : { shape: 'ring', tone: 'grey' };
}
