import assert from 'node:assert/strict';
import { test } from 'node:test';
import { contain, wallGrid } from '../src/lib/fit.ts';

test('a picture keeps its shape and fits', () => {
  assert.deepEqual(contain({ width: 1920, height: 1080 }, { width: 1176, height: 900 }), { width: 1176, height: 661 });
  assert.deepEqual(contain({ width: 768, height: 576 }, { width: 1176, height: 600 }), { width: 800, height: 600 });
  assert.deepEqual(contain({ width: 0, height: 0 }, { width: 10, height: 10 }), { width: 0, height: 0 });
});

test('four cameras stand two by two, and a wall of hundreds shows what fits', () => {
  assert.deepEqual(wallGrid(4, { width: 1560, height: 950 }, 48), { columns: 2, rows: 2 });
  const many = wallGrid(500, { width: 1560, height: 950 }, 48);
  assert.deepEqual(many, { columns: 4, rows: 3 });
  assert.deepEqual(wallGrid(8, { width: 1078, height: 624 }, 48), { columns: 2, rows: 2 });
});
