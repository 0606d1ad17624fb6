/** The last look at one camera: fetched when its id changes, swapped when the new one is decoded. */

import type { Camera } from '../api/types.ts';
import { ageOf, interval, isStale } from '../lib/age.ts';
import { fetchLook, type Shot } from '../lib/pictures.ts';
import { clock } from './clock.svelte.ts';
import { connection } from './connection.svelte.ts';

const AGAIN_MS = 4000;

export class LookFeed {
  shot = $state.raw<Shot | null>(null);
  /** The last attempt gave no picture. */
  failed = $state(false);
  #shown = '';
  #wanted: Camera | null = null;
  #busy = false;
  #closed = false;
  #again: number | undefined;

  /** The camera has perhaps a newer look. */
  want(camera: Camera): void {
    this.#wanted = camera;
    if (camera.look_id && camera.look_id !== this.#shown) void this.#load();
  }

  close(): void {
    this.#closed = true;
    window.clearTimeout(this.#again);
    if (this.shot) URL.revokeObjectURL(this.shot.url);
  }

  async #load(): Promise<void> {
    if (this.#busy || this.#closed || !this.#wanted) return;
    const { look_id: id, look_url: address } = this.#wanted;
    this.#busy = true;
    try {
      this.#show(await fetchLook(address), id);
    } catch {
      this.failed = true; // shown by the picture's own age; tried again
      window.clearTimeout(this.#again);
      this.#again = window.setTimeout(() => void this.#load(), AGAIN_MS);
    } finally {
      this.#busy = false;
    }
    if (!this.failed && this.#wanted.look_id !== this.#shown) void this.#load();
  }

  #show(shot: Shot, id: string): void {
    const before = this.shot;
    if (this.#closed) {
      URL.revokeObjectURL(shot.url);
      return;
    }
    this.shot = shot;
    this.failed = false;
    this.#shown = id;
    if (before) window.setTimeout(() => URL.revokeObjectURL(before.url), 500);
  }
}

/** What may be claimed of a camera's picture now. */
export interface Freshness {
  age: number | null;
  /** It must not look live: too old, the camera is not live, or the page has lost the desk. */
  veiled: boolean;
}

export function freshness(camera: Camera, shot: Shot | null): Freshness {
  const age = ageOf(shot?.at ?? camera.last_look_at, clock.now);
  return { age, veiled: connection.lost || camera.state !== 'live' || isStale(age, interval(camera)) };
}
