/** Sentences of the vision room, in the page's language where they are known. */

import { t, type Key } from '../i18n/index.svelte.ts';

/** How a sentence begins, or what it holds -> the page's words. Anything else is shown as it came. */
const KNOWN: readonly (readonly [RegExp, Key])[] = [
  [/worker restarted before the clip/i, 'reason.restarted'],
  [/worker was stopped before/i, 'reason.stopped'],
  [/too many incidents at once/i, 'reason.crowded'],
  [/could not be decoded|does not decode|not one picture decoded/i, 'reason.undecoded'],
  [/(folder|disk) .*is (nearly )?full|disk is full|no space|not enough (room|space)/i, 'reason.disk'],
  [/quota|deleted to make room|made room/i, 'reason.quota'],
  [/\bring\b|no packets|before the recording|not one keyframe was kept/i, 'reason.ring'],
  [/sha-?256|checksum|differs/i, 'reason.checksum'],
  [/unreachable|not reachable|did not answer|no worker/i, 'reason.unreachable'],
];

export function reason(raw: string): string {
  if (raw === '') return t('reason.none');
  const match = KNOWN.find(([pattern]) => pattern.test(raw));
  return match ? t(match[1]) : raw;
}
