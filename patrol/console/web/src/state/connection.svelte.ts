/** The line between this page and the desk, and what follows from what is heard on it. */

import { Line } from '../api/line.ts';
import type { Cameras, Candidate } from '../api/types.ts';
import { chime } from '../lib/sound.ts';
import { clock } from './clock.svelte.ts';
import { desk } from './desk.svelte.ts';
import { prefs } from './prefs.svelte.ts';
import { session } from './session.svelte.ts';
import { verdicts } from './verdicts.svelte.ts';

const HEALTH_EVERY_MS = 10_000;
const AGAIN_MS = 2000;

class Connection {
  /** Nothing heard for so long that the page may be out of date. */
  lost = $state(false);
  lostSince = $state(0);
  /** The candidate that arrived last, for screen readers. */
  arrival = $state.raw<Candidate | null>(null);
  /** No key or click yet: the browser would not let a sound be heard. */
  soundBlocked = $state(true);
  #line: Line | null = null;
  #health: number | undefined;
  #again: number | undefined;

  start(): void {
    this.stop();
    verdicts.confirmed = (candidate) => desk.put(candidate);
    this.#line = new Line({
      opened: () => this.#opened(),
      lost: () => this.#silent(),
      refused: () => this.#refused(),
      event: (name, data) => this.#event(name, data),
    });
    this.#line.start();
    this.#health = window.setInterval(() => void desk.askHealth().catch(() => undefined), HEALTH_EVERY_MS);
  }

  stop(): void {
    this.#line?.stop();
    this.#line = null;
    window.clearInterval(this.#health);
    window.clearTimeout(this.#again);
    this.lost = false;
  }

  #opened(): void {
    this.#heard();
    void this.#refresh();
    void verdicts.flush();
  }

  #refused(): void {
    void session.check();
    if (!desk.camerasKnown) void this.#refresh(); // no events, and yet better a first picture than none
  }

  #heard(): void {
    if (!this.lost) return;
    this.lost = false;
    void verdicts.flush();
  }

  #silent(): void {
    this.lost = true;
    this.lostSince = clock.exact();
  }

  #event(name: string, data: unknown): void {
    this.#heard();
    if (name === 'candidate') this.#arrived(data as Candidate);
    else if (name === 'cameras') this.#report(data as Cameras);
    else if (name === 'beat') clock.set((data as { server_time: string }).server_time);
    else if (name === 'resync') void this.#refresh();
  }

  #report(cameras: Cameras): void {
    desk.setCameras(cameras);
    // The desk knows the site's name and language from its workers: at a first start they come a little later.
    if (session.who?.site === '' && cameras.workers.length > 0) void session.check();
  }

  #arrived(candidate: Candidate): void {
    if (!desk.hear(candidate)) return;
    this.arrival = candidate;
    if (!prefs.muted) chime();
  }

  async #refresh(): Promise<void> {
    window.clearTimeout(this.#again);
    try {
      await desk.refresh();
      await desk.askHealth();
    } catch {
      this.#again = window.setTimeout(() => void this.#refresh(), AGAIN_MS);
    }
  }
}

export const connection = new Connection();
