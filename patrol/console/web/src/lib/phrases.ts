/** Small phrases built from words: ages, durations, figures, sizes. They follow the language. */

import { language, t, type Key } from '../i18n/index.svelte.ts';
import { split } from './age.ts';

/** `7 min 12 s`. */
export function duration(ms: number): string {
  const { unit, big, small } = split(Math.max(0, ms));
  const key: Key = small > 0 ? `time.${unit === 's' ? 'min' : unit}.both` : `time.${unit}`;
  return t(key, { big, small });
}

/** `12 s ago`, `7 min ago`: one unit, so that lists do not flicker; `now` under one second. */
export function ago(ms: number | null): string {
  if (ms === null) return t('age.never');
  if (ms < 1000) return t('age.now');
  const { unit, big } = split(ms);
  return t('age.ago', { age: t(`time.${unit}`, { big }) });
}

/** A figure without noise: whole where it is whole, two decimals at most. */
export function figure(value: number): string {
  return new Intl.NumberFormat(language(), { maximumFractionDigits: 2, useGrouping: false }).format(value);
}

export function bytes(size: number): string {
  if (size < 1_000_000) return `${Math.max(1, Math.round(size / 1000))} kB`;
  return `${(size / 1_000_000).toFixed(1)} MB`;
}
