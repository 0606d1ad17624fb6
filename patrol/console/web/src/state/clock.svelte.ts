/** The desk's time, told on with a clock that nobody can set. Ages and times on the page rest on it. */

import { clock as clockText, knownZone, moment as momentText } from '../lib/times.ts';

class Clock {
  #at = Date.now();
  #mark = performance.now();
  /** The desk's time now, in ms since 1970; moves once a second. */
  now = $state(Date.now());
  zone = $state<string | undefined>(undefined);

  constructor() {
    window.setInterval(() => this.#tick(), 1000);
  }

  /** The desk says what time it is. */
  set(serverTime: string): void {
    const at = Date.parse(serverTime);
    if (Number.isNaN(at)) return;
    this.#at = at;
    this.#mark = performance.now();
    this.#tick();
  }

  setZone(name: string | undefined): void {
    this.zone = knownZone(name);
  }

  /** The desk's time at this very moment. */
  exact(): number {
    return this.#at + (performance.now() - this.#mark);
  }

  clock(): string {
    return clockText(this.now, this.zone);
  }

  moment(at: string | number | null | undefined): string {
    return momentText(at, this.now, this.zone);
  }

  #tick(): void {
    this.now = this.exact();
  }
}

export const clock = new Clock();
