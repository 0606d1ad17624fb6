/** The browser's small memory. Where it is switched off nothing is remembered, and everything works. */

export function recall(name: string, store: () => Storage = () => localStorage): string | null {
  try {
    return store().getItem(`patrol.${name}`);
  } catch {
    return null;
  }
}

export function remember(name: string, value: string, store: () => Storage = () => localStorage): void {
  try {
    store().setItem(`patrol.${name}`, value);
  } catch {
    // as above
  }
}

/** Memory of this tab alone: two tabs must not send the same queue. */
export const tab = (): Storage => sessionStorage;
