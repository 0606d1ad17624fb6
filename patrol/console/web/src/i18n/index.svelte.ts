/** The page's words. Every string that people see comes from here, in Chinese and in English. */

import en from './en.json';
import zh from './zh-CN.json';

export type Key = keyof typeof en;
export type Lang = 'zh-CN' | 'en';

const WORDS: Record<Lang, Record<Key, string>> = { en, 'zh-CN': zh };

/** The languages, each by its own name. */
export const LANGS: readonly (readonly [Lang, string])[] = [
  ['zh-CN', '中文'],
  ['en', 'English'],
];

let lang = $state<Lang>('zh-CN');

export function language(): Lang {
  return lang;
}

export function speak(chosen: Lang): void {
  lang = chosen;
  document.documentElement.lang = chosen;
}

/** The language that somebody wants who names it like this: `zh`, `zh-CN`, `en-GB`. */
export function langOf(name: string): Lang {
  return name.toLowerCase().startsWith('zh') ? 'zh-CN' : 'en';
}

/** The words for `key`, with `{name}` replaced. */
export function t(key: Key, values: Record<string, string | number> = {}): string {
  return WORDS[lang][key].replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

/** Families of keys whose last part comes from the desk: `kind.gathering`, `state.live`, ... */
export type Family =
  | 'kind'
  | 'quiet'
  | 'state'
  | 'todo'
  | 'verdict'
  | 'unit'
  | 'part'
  | 'value'
  | 'end'
  | 'zonekind'
  | 'zone'
  | 'platform'
  | 'class'
  | 'reason'
  | 'decision'
  | 'sight';

/** The page's word for a raw word of the desk, or the raw word itself where the page has none. */
export function word(family: Family, raw: string): string {
  return known(family, raw) ?? raw;
}

/** What a zone is called: the whole picture, its name, or its id. */
export function zoneWord(id: string, name: string): string {
  return known('zone', id) ?? (name || id);
}

/** The page's word for a raw word of the desk, or null. */
export function known(family: Family, raw: string): string | null {
  const words: Record<string, string> = WORDS[lang];
  return words[`${family}.${raw}`] ?? null;
}

/** What a named figure of a candidate is called; some names mean something else for some kinds. */
export function partWord(kind: string, name: string): string {
  return known('part', `${kind}.${name}`) ?? word('part', name);
}

/** What a value that is a word means: the same word may be another thing under another name. */
export function valueWord(name: string, raw: string): string {
  return known('value', `${name}.${raw}`) ?? word('value', raw);
}
