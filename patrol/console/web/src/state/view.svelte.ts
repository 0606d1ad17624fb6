/** What the operator looks at: written by keys and clicks only, never by what arrives. */

import type { Candidate, EvidenceKind, Opened } from '../api/types.ts';

export type Pick = { what: 'candidate' | 'camera'; id: string };

const ROUTE = /^#\/(candidate|camera)\/([^/]+)$/;

class View {
  pick = $state.raw<Pick | null>(null);
  wall = $state(false);
  help = $state(false);
  /** The page of the wall, from 0. */
  wallPage = $state(0);
  evidence = $state<EvidenceKind>('still_boxes');
  /** An original that was opened for this candidate, with the purpose given. */
  original = $state.raw<(Opened & { candidate: string; purpose: string }) | null>(null);
  /** Rises when the preview is to play or pause. */
  playPresses = $state(0);
  /** Rises when the list is to show its newest row. */
  newestPresses = $state(0);
  /** Rises when the search box is to take the focus. */
  searchPresses = $state(0);

  constructor() {
    this.#follow();
    window.addEventListener('hashchange', () => this.#follow());
  }

  candidate(item: Candidate | null): void {
    this.#choose(item ? { what: 'candidate', id: item.id } : null);
  }

  camera(id: string): void {
    this.#choose({ what: 'camera', id });
  }

  toggleWall(): void {
    this.wall = !this.wall;
    this.#write();
  }

  isPicked(what: Pick['what'], id: string): boolean {
    return !this.wall && this.pick?.what === what && this.pick.id === id;
  }

  #choose(pick: Pick | null): void {
    if (pick?.id !== this.pick?.id) this.evidence = 'still_boxes';
    this.pick = pick;
    this.wall = false;
    this.#write();
  }

  #write(): void {
    const place = this.wall ? '#/wall' : this.pick ? `#/${this.pick.what}/${encodeURIComponent(this.pick.id)}` : '#/';
    if (location.hash !== place) history.replaceState(null, '', place);
  }

  #follow(): void {
    this.wall = location.hash === '#/wall';
    const route = ROUTE.exec(location.hash);
    if (route?.[1] && route[2]) {
      this.pick = { what: route[1] as Pick['what'], id: decodeURIComponent(route[2]) };
    }
  }
}

export const view = new View();
