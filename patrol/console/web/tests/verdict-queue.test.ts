import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fate, isFresh, markLate, markSent, parse, push, shown, type Entry } from '../src/lib/verdict-queue.ts';

const entry = (id: string, verdict: Entry['verdict'], base: Entry['base'] = null): Entry => {
  return { id, verdict, base, seat: 's', key: `k-${id}-${verdict}`, sent: false, late: false };
};

test('the last verdict pressed is the one shown', () => {
  const queue = push(push([], entry('a', 'real')), entry('b', 'false'));
  assert.equal(shown(queue, 'a', null), 'real');
  assert.equal(shown(queue, 'c', 'unsure'), 'unsure');
});

test('a verdict taken back before it went out is never sent', () => {
  assert.deepEqual(push(push([], entry('a', 'real')), entry('a', null, 'real')), []);
});

test('a verdict taken back after it went out is followed by its undoing', () => {
  const sent = markSent(push([], entry('a', 'real')));
  const queue = push(sent, entry('a', null, 'real'));
  assert.deepEqual(queue.map((item) => item.verdict), ['real', null]);
  assert.equal(shown(queue, 'a', null), null);
});

test('a second thought replaces the first, and keeps what it started from', () => {
  const queue = push(push([], entry('a', 'real')), entry('a', 'unsure', 'real'));
  assert.deepEqual(queue.map((item) => [item.verdict, item.base]), [['unsure', null]]);
});

test('what has waited is checked before it is sent', () => {
  const [head] = markLate(push([], entry('a', 'real')));
  assert.ok(head && !isFresh(head));
  assert.equal(fate(head, { verdict: 'real' }), 'done');
  assert.equal(fate(head, { verdict: null }), 'send');
  assert.equal(fate(head, { verdict: 'false' }), 'overtaken');
});

test('a stored queue comes back late, and nonsense comes back empty', () => {
  const stored = JSON.stringify([entry('a', 'real'), { id: 3 }]);
  assert.deepEqual(parse(stored).map((item) => [item.id, item.late]), [['a', true]]);
  for (const text of [null, '', '{', '7', '{"a":1}']) assert.deepEqual(parse(text), []);
});
