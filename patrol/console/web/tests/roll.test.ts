import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Candidate } from '../src/api/types.ts';
import { byNewest, merge, neighbour, NOTHING_READ, reachAfter, within } from '../src/lib/roll.ts';

const at = (second: number, verdict: Candidate['verdict'] = null): Candidate =>
  ({ id: `c${second}`, received_at: new Date(second * 1000).toISOString(), verdict }) as Candidate;

test('newest first, also where fractions of a second are left out', () => {
  const whole = { ...at(1), id: 'whole', received_at: '2026-01-01T00:00:01Z' };
  const part = { ...at(1), id: 'part', received_at: '2026-01-01T00:00:01.5Z' };
  assert.deepEqual([whole, part].sort(byNewest).map((item) => item.id), ['part', 'whole']);
});

test('a list shows nothing below the point to which it has been read', () => {
  const all = [at(5), at(4), at(3), at(1)];
  const reach = reachAfter({ items: [at(5), at(4), at(3)], next: 'more', open: 9 });
  assert.deepEqual(within(reach, all).map((item) => item.id), ['c5', 'c4', 'c3']);
  assert.equal(within(reachAfter({ items: [], next: null, open: 0 }), all).length, 4);
  assert.equal(within(NOTHING_READ, all).length, 4);
});

test('the roll forgets the oldest judged ones, and never an open or a spared one', () => {
  const items = [at(1), at(2, 'false'), at(3, 'false'), at(4, 'real'), at(5, 'real')];
  const roll = merge(new Map(), items, (item) => item.id === 'c2', 3);
  assert.deepEqual([...roll.keys()].sort(), ['c1', 'c2', 'c5']);
});

test('after a verdict the next one below comes, or else the one above', () => {
  const list = [at(5), at(4, 'real'), at(3), at(2)];
  const open = (item: Candidate): boolean => item.verdict === null;
  assert.equal(neighbour(list, 'c5', (item) => open(item) && item.id !== 'c5')?.id, 'c3');
  assert.equal(neighbour(list, 'c2', (item) => open(item) && item.id !== 'c2')?.id, 'c3');
  assert.equal(neighbour([at(1)], 'c1', (item) => item.id !== 'c1'), null);
});
