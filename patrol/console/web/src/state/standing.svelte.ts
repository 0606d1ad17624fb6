/** What the page may claim of a camera now: while the line is lost, only what was said before. */

import type { Camera } from '../api/types.ts';
import { t, word } from '../i18n/index.svelte.ts';
import { stateLook, type Look } from '../lib/marks.ts';
import { connection } from './connection.svelte.ts';

export interface Standing {
  look: Look;
  words: string;
  /** It is known to see, at this moment. */
  sees: boolean;
}

export function standingOf(camera: Camera): Standing {
  const words = word('state', camera.state);
  if (connection.lost) return { look: stateLook('unknown'), words: t('state.before', { state: words }), sees: false };
  const cannot = camera.tasks.filter((task) => task.sight !== 'live').length;
  if (camera.state === 'live' && cannot > 0) {
    const all = cannot === camera.tasks.length;
    return { look: stateLook(all ? 'blind' : 'stalled'), words: t(all ? 'sight.none' : 'sight.part'), sees: !all };
  }
  return { look: stateLook(camera.state), words, sees: camera.state === 'live' };
}
