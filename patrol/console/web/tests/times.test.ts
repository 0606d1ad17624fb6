import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clock, knownZone, moment, utc } from '../src/lib/times.ts';

const now = Date.parse('2025-11-21T06:03:22Z');

test("times are the site's, on a clock of 24 hours", () => {
  assert.equal(clock(now, 'Asia/Shanghai'), '14:03:22');
  assert.equal(clock(Date.parse('2025-11-20T16:00:05Z'), 'Asia/Shanghai'), '00:00:05');
});

test('the date stands there where it is not today', () => {
  assert.equal(moment('2025-11-21T05:00:00Z', now, 'Asia/Shanghai'), '13:00:00');
  assert.equal(moment('2025-11-20T05:00:00Z', now, 'Asia/Shanghai'), '11-20 13:00:00');
  assert.equal(moment('2024-12-31T18:00:00Z', now, 'Asia/Shanghai'), '01-01 02:00:00');
  assert.equal(moment('2024-12-31T10:00:00Z', now, 'Asia/Shanghai'), '2024-12-31 18:00:00');
  assert.equal(moment(null, now), '–');
});

test('a zone that the browser does not know is not used', () => {
  assert.equal(knownZone('Asia/Shanghai'), 'Asia/Shanghai');
  assert.equal(knownZone('Nowhere/Else'), undefined);
  assert.equal(utc('2025-11-21T14:03:22+08:00'), '2025-11-21T06:03:22Z');
});
