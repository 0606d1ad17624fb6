/** Fetching pictures: a few at a time, decoded before they are shown, so that nothing flickers. */

import { ask } from '../api/client.ts';

/** A browser keeps six connections to one host, and the event line holds one of them. */
const AT_ONCE = 3;
let running = 0;
const waiting: (() => void)[] = [];

async function inTurn<T>(job: () => Promise<T>): Promise<T> {
  if (running >= AT_ONCE) await new Promise<void>((go) => waiting.push(go));
  running += 1;
  try {
    return await job();
  } finally {
    running -= 1;
    waiting.shift()?.();
  }
}

/** A picture that is ready to be shown. `url` is an object URL: its owner revokes it. */
export interface Shot {
  url: string;
  width: number;
  height: number;
  /** When the camera took it, RFC 3339; from the answer itself, so that it belongs to this very picture. */
  at: string | null;
}

/** Fetches a look and decodes it. Throws Problem or Unreachable; a broken picture throws like no answer. */
export async function fetchLook(address: string): Promise<Shot> {
  return inTurn(async () => {
    const response = await ask('GET', address);
    const url = URL.createObjectURL(await response.blob());
    const image = new Image();
    image.src = url;
    try {
      await image.decode();
    } catch (error) {
      URL.revokeObjectURL(url);
      throw error;
    }
    return { url, width: image.naturalWidth, height: image.naturalHeight, at: response.headers.get('X-Look-At') };
  });
}

/** A small copy of a picture; the big one is forgotten at once, so that lists stay light. */
export async function fetchThumb(address: string, width: number): Promise<ImageBitmap> {
  return inTurn(async () => {
    const response = await ask('GET', address);
    return createImageBitmap(await response.blob(), { resizeWidth: width, resizeQuality: 'medium' });
  });
}
