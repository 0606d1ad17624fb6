/** How old a picture is, and from when on it must not look live. Pure functions; `now` is passed in. */

import type { Camera } from '../api/types.ts';

/** Workers report every two seconds (WorkerStatus), so the page cannot know of a look any sooner. */
const REPORT_EVERY_MS = 2000;

/** Milliseconds between two pictures of a camera, as the page can get them. */
export function interval(camera: Pick<Camera, 'look_every_s' | 'keyframe_gap_s'>): number {
  const looks = Math.max(camera.look_every_s, camera.keyframe_gap_s ?? 0) * 1000;
  return looks + REPORT_EVERY_MS;
}

/** Age in ms of something that happened at `at`; null where it never did. Never negative. */
export function ageOf(at: string | null | undefined, now: number): number | null {
  if (!at) return null;
  const then = Date.parse(at);
  return Number.isNaN(then) ? null : Math.max(0, now - then);
}

/** Older than twice its interval: such a picture wears a veil and says its age in words. */
export function isStale(age: number | null, every: number): boolean {
  return age === null || age > 2 * every;
}

export interface Duration {
  unit: 's' | 'min' | 'h' | 'd';
  big: number;
  /** The next smaller unit, where it still matters. */
  small: number;
}

/** A duration cut into at most two units, for people. */
export function split(ms: number): Duration {
  const s = Math.floor(ms / 1000);
  if (s < 60) return { unit: 's', big: s, small: 0 };
  const min = Math.floor(s / 60);
  if (min < 60) return { unit: 'min', big: min, small: s % 60 };
  const h = Math.floor(min / 60);
  if (h < 24) return { unit: 'h', big: h, small: min % 60 };
  return { unit: 'd', big: Math.floor(h / 24), small: h % 24 };
}
