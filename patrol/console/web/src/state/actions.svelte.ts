/** What each key does, and whether it works now. The bottom line and the keyboard both ask here. */

import { api } from '../api/client.ts';
import type { Candidate, EvidenceKind, Verdict } from '../api/types.ts';
import type { Action } from '../lib/keys.ts';
import { neighbour } from '../lib/roll.ts';
import { desk } from './desk.svelte.ts';
import { prefs } from './prefs.svelte.ts';
import { verdicts } from './verdicts.svelte.ts';
import { view } from './view.svelte.ts';

export const EVIDENCE: readonly EvidenceKind[] = ['still', 'still_boxes', 'preview', 'original'];

/** The candidate on the screen, or null. */
export function current(): Candidate | null {
  if (view.wall || view.pick?.what !== 'candidate') return null;
  return desk.candidate(view.pick.id);
}

/** The camera on the screen, or null. */
export function currentCamera(): string | null {
  return !view.wall && view.pick?.what === 'camera' ? view.pick.id : null;
}

/** Says what the candidate on the screen is, and goes on to the next open one. */
export function judge(verdict: Verdict): void {
  const item = current();
  if (!item) return;
  const next = neighbour(desk.list, item.id, (other) => other.id !== item.id && desk.isOpen(other));
  verdicts.judge(item, verdict);
  if (next) view.candidate(next);
  else if (desk.filter === 'open') view.candidate(null);
}

export function undo(): void {
  const id = verdicts.undo();
  const item = id ? desk.candidate(id) : null;
  if (item) view.candidate(item);
}

/** Goes down (1) or up (-1) the list that the picture belongs to. */
export function move(step: 1 | -1): void {
  const camera = currentCamera();
  if (camera !== null) {
    const at = desk.cameras.findIndex((item) => item.id === camera);
    const to = desk.cameras[at + step];
    if (to) view.camera(to.id);
    return;
  }
  const at = desk.list.findIndex((item) => item.id === view.pick?.id);
  const to = at < 0 ? desk.list[0] : desk.list[at + step];
  if (to) view.candidate(to);
}

export function showEvidence(kind: EvidenceKind): void {
  if (kind !== 'original' || isOpened()) view.evidence = kind;
}

/** Whether the original of the candidate on the screen has been opened here. */
export function isOpened(): boolean {
  return view.original !== null && view.original.candidate === current()?.id;
}

export async function lookNow(): Promise<void> {
  const camera = currentCamera() ?? current()?.camera_id;
  if (camera) await api.lookNow(camera).catch(() => undefined);
}

function escape(): void {
  if (view.help) view.help = false;
  else if (desk.search) desk.search = '';
  else if (view.wall) view.toggleWall();
}

function newest(): void {
  const first = desk.list[0];
  if (first) view.candidate(first);
  view.newestPresses += 1;
}

const DOES: Readonly<Record<Action, () => void>> = {
  real: () => judge('real'),
  false: () => judge('false'),
  unsure: () => judge('unsure'),
  undo,
  next: () => move(1),
  previous: () => move(-1),
  evidence1: () => showEvidence('still'),
  evidence2: () => showEvidence('still_boxes'),
  evidence3: () => showEvidence('preview'),
  evidence4: () => showEvidence('original'),
  play: () => (view.playPresses += 1),
  wall: () => view.toggleWall(),
  look: () => void lookNow(),
  filter: () => (view.searchPresses += 1),
  newest,
  mute: () => prefs.toggleMute(),
  help: () => (view.help = !view.help),
  escape,
};

/** Whether an action would do something now. */
export function works(action: Action): boolean {
  const item = current();
  switch (action) {
    case 'real':
    case 'false':
    case 'unsure':
    case 'evidence1':
    case 'evidence2':
    case 'evidence3':
      return item !== null;
    case 'evidence4':
      return isOpened();
    case 'play':
      return item !== null && (view.evidence === 'preview' || view.evidence === 'original');
    case 'look':
      return item !== null || currentCamera() !== null;
    case 'undo':
      return verdicts.undoable.length > 0;
    default:
      return true;
  }
}

export function act(action: Action): void {
  if (works(action)) DOES[action]();
}
