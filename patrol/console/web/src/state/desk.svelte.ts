/** What the desk has told this page: cameras, workers, candidates. Written by events, read by everything. */

import { api, type Filter } from '../api/client.ts';
import type { Camera, Candidate, CandidatePage, Cameras, Worker } from '../api/types.ts';
import { word } from '../i18n/index.svelte.ts';
import { byNewest, merge, NOTHING_READ, reachAfter, reaches, within, type Reach } from '../lib/roll.ts';
import { clock } from './clock.svelte.ts';
import { verdicts } from './verdicts.svelte.ts';

/** How many open candidates lie below the first page of them. */
function beyond(page: CandidatePage): number {
  return page.next === null ? 0 : Math.max(0, page.open - page.items.length);
}

class Desk {
  cameras = $state.raw<readonly Camera[]>([]);
  workers = $state.raw<readonly Worker[]>([]);
  camerasKnown = $state(false);
  problems = $state.raw<readonly string[]>([]);
  filter = $state<Filter>('open');
  search = $state('');
  #roll = $state.raw<ReadonlyMap<string, Candidate>>(new Map());
  #reach = $state.raw<Record<Filter, Reach>>({ open: NOTHING_READ, all: NOTHING_READ });
  #openBeyond = $state(0);
  /** Since when nothing is open, and whether this page saw the last one go; null while something is. */
  quiet = $state.raw<{ at: number; seen: boolean } | null>(null);

  #sorted = $derived([...this.#roll.values()].sort(byNewest));
  reach = $derived(this.#reach[this.filter]);
  /** The rows of the list: this filter, this search, newest first. */
  list = $derived(within(this.reach, this.#sorted).filter((item) => this.#wanted(item)));
  openCount = $derived(this.#sorted.filter((item) => this.isOpen(item)).length + this.#openBeyond);
  liveCount = $derived(this.cameras.filter((camera) => camera.state === 'live').length);

  candidate(id: string): Candidate | null {
    return this.#roll.get(id) ?? null;
  }

  camera(id: string): Camera | null {
    return this.cameras.find((camera) => camera.id === id) ?? null;
  }

  isOpen(item: Candidate): boolean {
    return verdicts.shown(item) === null;
  }

  /** Takes in the state of all cameras. */
  setCameras(all: Cameras): void {
    clock.set(all.server_time);
    this.cameras = all.cameras;
    this.workers = all.workers;
    this.camerasKnown = true;
  }

  /** Takes in what an event says of a candidate; true where it has only just arrived. */
  hear(item: Candidate): boolean {
    const arrived = !this.#roll.has(item.id);
    if (arrived && !reaches(this.#reach.open, item)) return false; // an old one, further down than was read
    this.put(item);
    return arrived && item.verdict === null;
  }

  put(...items: Candidate[]): void {
    this.#roll = merge(this.#roll, items, (item) => verdicts.waits(item.id));
    this.#noteQuiet(this.#reach.open.loaded);
  }

  /** Fetches everything anew: at the start, and after each gap in the line. */
  async refresh(): Promise<void> {
    this.setCameras(await api.cameras());
    await this.#read('open', null);
    if (this.filter === 'all') await this.#read('all', null);
    else this.#reach = { ...this.#reach, all: NOTHING_READ };
  }

  async show(filter: Filter): Promise<void> {
    this.filter = filter;
    if (!this.#reach[filter].loaded) await this.#read(filter, null);
  }

  async more(): Promise<void> {
    if (this.reach.next) await this.#read(this.filter, this.reach.next);
  }

  /** Fetches one candidate that is not on the roll: a link names it, or it was judged elsewhere meanwhile. */
  async fetch(id: string): Promise<void> {
    const item = await api.candidate(id);
    const counted = item.verdict === null && !this.#roll.has(id) && !reaches(this.#reach.open, item);
    if (counted) this.#openBeyond = Math.max(0, this.#openBeyond - 1);
    this.put(item);
  }

  async askHealth(): Promise<void> {
    const health = await api.health();
    this.problems = health.problems;
  }

  /** Marks the moment at which the last open candidate went. */
  #noteQuiet(seen: boolean): void {
    if (this.openCount > 0) this.quiet = null;
    else this.quiet ??= { at: clock.exact(), seen };
  }

  async #read(filter: Filter, cursor: string | null): Promise<void> {
    const before = this.#roll;
    const page = await api.candidates(filter, cursor);
    const first = filter === 'open' && cursor === null;
    if (first) this.#forgetOpen(before);
    // What events and answers said while the page was on its way is newer than the page.
    const items = page.items.filter(({ id }) => !this.#roll.has(id) || this.#roll.get(id) === before.get(id));
    const unseen = items.filter((item) => item.verdict === null && !this.#roll.has(item.id)).length;
    this.#openBeyond = first ? beyond(page) : Math.max(0, this.#openBeyond - unseen);
    this.put(...items);
    this.#reach = { ...this.#reach, [filter]: reachAfter(page) };
  }

  /** What was open before a gap may have been judged elsewhere; the page of open ones says which still is. */
  #forgetOpen(before: ReadonlyMap<string, Candidate>): void {
    const stays = (item: Candidate): boolean =>
      item.verdict !== null || verdicts.waits(item.id) || before.get(item.id) !== item;
    this.#roll = new Map([...this.#roll].filter(([, item]) => stays(item)));
  }

  #wanted(item: Candidate): boolean {
    if (this.filter === 'open' && !this.isOpen(item)) return false;
    const words = this.search.trim().toLowerCase();
    const said = `${item.camera_name} ${item.camera_id} ${item.zone_name} ${word('kind', item.kind)}`;
    return said.toLowerCase().includes(words);
  }
}

export const desk = new Desk();
