import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ageOf, interval, isStale, split } from '../src/lib/age.ts';

const camera = { look_every_s: 2, keyframe_gap_s: null };

test('a picture is stale beyond twice its interval, the report that announces it included', () => {
  assert.equal(interval(camera), 4000);
  assert.equal(isStale(8000, interval(camera)), false);
  assert.equal(isStale(8001, interval(camera)), true);
});

test('a camera that sends a keyframe each 8 s is not stale between two of them', () => {
  assert.equal(isStale(12_000, interval({ look_every_s: 2, keyframe_gap_s: 8 })), false);
});

test('a picture that never was is stale, and a clock that runs ahead gives no negative age', () => {
  assert.equal(isStale(ageOf(null, 0), 4000), true);
  assert.equal(ageOf('2026-01-01T00:00:01Z', Date.parse('2026-01-01T00:00:00Z')), 0);
  assert.equal(ageOf('nonsense', 0), null);
});

test('durations are cut into two units at most', () => {
  assert.deepEqual(split(59_999), { unit: 's', big: 59, small: 0 });
  assert.deepEqual(split(432_000), { unit: 'min', big: 7, small: 12 });
  assert.deepEqual(split(7_260_000), { unit: 'h', big: 2, small: 1 });
  assert.deepEqual(split(90_000_000), { unit: 'd', big: 1, small: 1 });
});
