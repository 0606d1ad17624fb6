import assert from 'node:assert/strict';
import { test } from 'node:test';
import { actionOf, type Press } from '../src/lib/keys.ts';

const press = (key: string, more: Partial<Press> = {}): Press => {
  return { key, code: '', repeat: false, ctrlKey: false, altKey: false, metaKey: false, ...more };
};

test('letters act whatever their case', () => {
  assert.equal(actionOf(press('r'), 'page'), 'real');
  assert.equal(actionOf(press('R'), 'control'), 'real');
});

test('a key held down judges once, and moves on', () => {
  assert.equal(actionOf(press('r', { repeat: true }), 'page'), null);
  assert.equal(actionOf(press('j', { repeat: true }), 'page'), 'next');
});

test('a text field keeps its letters, and Escape leaves it', () => {
  assert.equal(actionOf(press('r'), 'text'), null);
  assert.equal(actionOf(press('Escape'), 'text'), 'escape');
});

test('a control keeps Space and its arrows', () => {
  assert.equal(actionOf(press(' '), 'control'), null);
  assert.equal(actionOf(press('ArrowDown'), 'control'), null);
  assert.equal(actionOf(press(' '), 'page'), 'play');
});

test('a Chinese input method that is on does not swallow the keys', () => {
  assert.equal(actionOf(press('Process', { code: 'KeyF' }), 'page'), 'false');
  assert.equal(actionOf(press('Process', { code: 'Digit2' }), 'page'), 'evidence2');
  assert.equal(actionOf(press('？'), 'page'), 'help');
});

test("the browser's own shortcuts stay its own", () => {
  assert.equal(actionOf(press('r', { ctrlKey: true }), 'page'), null);
});
