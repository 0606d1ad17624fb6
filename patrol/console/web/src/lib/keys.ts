/** From a key press to what it asks for. Pure. */

export type Action =
  | 'real'
  | 'false'
  | 'unsure'
  | 'undo'
  | 'next'
  | 'previous'
  | 'evidence1'
  | 'evidence2'
  | 'evidence3'
  | 'evidence4'
  | 'play'
  | 'wall'
  | 'look'
  | 'filter'
  | 'newest'
  | 'mute'
  | 'help'
  | 'escape';

const KEYS: Readonly<Record<string, Action>> = {
  r: 'real',
  f: 'false',
  d: 'unsure',
  u: 'undo',
  j: 'next',
  arrowdown: 'next',
  k: 'previous',
  arrowup: 'previous',
  '1': 'evidence1',
  '2': 'evidence2',
  '3': 'evidence3',
  '4': 'evidence4',
  ' ': 'play',
  c: 'wall',
  l: 'look',
  '/': 'filter',
  n: 'newest',
  m: 'mute',
  '?': 'help',
  '？': 'help',
  '、': 'filter',
  escape: 'escape',
};

/** Held down, these go on; anything else acts once a press, so that a leaning elbow judges nothing. */
const REPEATS: ReadonlySet<Action> = new Set(['next', 'previous']);

export interface Press {
  key: string;
  code: string;
  repeat: boolean;
  ctrlKey: boolean;
  altKey: boolean;
  metaKey: boolean;
}

/** What has the focus: text takes all letters for itself, a control takes Space and the arrows it knows. */
export type Focus = 'page' | 'text' | 'control';

/** What a press asks for, or null. A Chinese input method that is on hides the key: then its place counts. */
export function actionOf(press: Press, focus: Focus): Action | null {
  if (press.ctrlKey || press.altKey || press.metaKey) return null;
  const key = press.key === 'Process' ? letterAt(press.code) : press.key.toLowerCase();
  const action = KEYS[key] ?? null;
  if (action === null || (press.repeat && !REPEATS.has(action))) return null;
  if (focus === 'text') return action === 'escape' ? action : null;
  if (focus === 'control' && (key === ' ' || key.startsWith('arrow'))) return null;
  return action;
}

function letterAt(code: string): string {
  if (code === 'Slash') return '/';
  if (code === 'Space') return ' ';
  return code.replace(/^(Key|Digit)/, '').toLowerCase();
}
