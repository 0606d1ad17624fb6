/** The line to the desk: server-sent events, with an ear for silence and patience in calling again. */

/** The desk beats every 2 s: with two beats missing the silence is shown, so that the banner stands within 5 s. */
const SILENT_MS = 4200;
/** A connection that is known to be broken is shown sooner; a desk that restarts at once is no news. */
const BROKEN_MS = 3000;
/** A call that stays silent this long is given up and made anew: a dead network raises no error. */
const HANG_UP_MS = 9000;
const LISTEN_EVERY_MS = 200;
const LONGEST_WAIT_MS = 10_000;

export interface Listener {
  /** A connection stands, the first one or another: what is known must be fetched again. */
  opened(): void;
  /** Nothing has been heard for longer than allowed. */
  lost(): void;
  /** The connection could not be made: the session may have ended. */
  refused(): void;
  event(name: string, data: unknown): void;
}

const EVENTS = ['candidate', 'cameras', 'beat', 'resync'] as const;

/** Holds one connection open for as long as the page is signed in. */
export class Line {
  readonly #listener: Listener;
  #source: EventSource | null = null;
  #heard = 0;
  #failures = 0;
  #lost = false;
  #timers: number[] = [];
  #again: number | undefined;

  constructor(listener: Listener) {
    this.#listener = listener;
  }

  start(): void {
    this.#heard = performance.now();
    this.#timers = [window.setInterval(() => this.#listen(), LISTEN_EVERY_MS)];
    this.#call();
  }

  stop(): void {
    for (const timer of this.#timers) window.clearInterval(timer);
    window.clearTimeout(this.#again);
    this.#again = undefined;
    this.#source?.close();
    this.#source = null;
  }

  #call(): void {
    this.#again = undefined;
    const source = new EventSource('/api/events');
    this.#source = source;
    source.onopen = () => this.#opened();
    source.onerror = () => this.#failed();
    for (const name of EVENTS) {
      source.addEventListener(name, (event: MessageEvent<string>) => this.#hear(name, event.data));
    }
  }

  #opened(): void {
    this.#failures = 0;
    this.#hearing();
    this.#listener.opened();
  }

  #hear(name: string, text: string): void {
    this.#hearing();
    let data: unknown;
    try {
      data = JSON.parse(text);
    } catch {
      return;
    }
    this.#listener.event(name, data);
  }

  #hearing(): void {
    this.#heard = performance.now();
    this.#lost = false;
  }

  #failed(): void {
    this.#source?.close();
    this.#source = null;
    this.#listener.refused();
    this.#callLater();
  }

  #callLater(): void {
    if (this.#again !== undefined) return;
    const most = Math.min(LONGEST_WAIT_MS, 1000 * 2 ** this.#failures);
    this.#failures += 1;
    this.#again = window.setTimeout(() => this.#call(), most / 2 + (Math.random() * most) / 2);
  }

  #listen(): void {
    const silence = performance.now() - this.#heard;
    const allowed = this.#source?.readyState === EventSource.OPEN ? SILENT_MS : BROKEN_MS;
    if (silence > allowed && !this.#lost) {
      this.#lost = true;
      this.#listener.lost();
    }
    if (silence > HANG_UP_MS && this.#source !== null && this.#again === undefined) {
      this.#source.close();
      this.#source = null;
      this.#callLater();
    }
  }
}
