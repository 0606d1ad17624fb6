/** Who sits here. There is no way in without a sign-in link, and each works once. */

import { api, Problem } from '../api/client.ts';
import type { Session } from '../api/types.ts';
import { clock } from './clock.svelte.ts';
import { prefs } from './prefs.svelte.ts';

/**
 * `asking`: not known yet. `in`: signed in. `out`: no session, or it has ended. `used`: the link does not work
 * (any more). `unreachable`: the desk did not answer when the page came up.
 */
export type Standing = 'asking' | 'in' | 'out' | 'used' | 'unreachable';

const TOKEN = /^#\/signin\/([^/]+)$/;

/** Takes the token out of the address bar and the browser's history at once, and returns it. */
export function takeToken(): string | null {
  const token = TOKEN.exec(location.hash)?.[1] ?? null;
  if (token) history.replaceState(null, '', location.pathname);
  return token ? decodeURIComponent(token) : null;
}

class SessionState {
  standing = $state<Standing>('asking');
  who = $state.raw<Session | null>(null);

  /** Signs in with a link's token, if there is one, and finds out who sits here. */
  async begin(token: string | null): Promise<void> {
    this.standing = 'asking';
    try {
      if (token) await api.signIn(token);
      await this.#greet();
    } catch (error) {
      this.standing = await this.#standingAfter(error, token);
    }
  }

  /** After a refusal: signed out, or only out of reach? */
  async check(): Promise<void> {
    try {
      await this.#greet();
    } catch (error) {
      if (error instanceof Problem && error.status === 401) this.end();
    }
  }

  end(): void {
    this.standing = 'out';
  }

  async signOut(): Promise<void> {
    await api.signOut();
    this.end();
  }

  async #greet(): Promise<void> {
    const who = await api.session();
    this.who = who;
    clock.set(who.server_time);
    clock.setZone(who.time_zone);
    prefs.siteLang(who.language);
    this.standing = 'in';
  }

  async #standingAfter(error: unknown, token: string | null): Promise<Standing> {
    if (!(error instanceof Problem)) return 'unreachable';
    if (error.status !== 401 && error.status !== 422) return 'unreachable';
    if (!token) return 'out';
    try {
      await this.#greet(); // a used link in a browser that is signed in already harms nothing
      return 'in';
    } catch {
      return 'used';
    }
  }
}

export const session = new SessionState();
