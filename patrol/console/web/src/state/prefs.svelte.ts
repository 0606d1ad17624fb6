/** What this browser remembers: language, theme, sound. */

import { langOf, speak, type Lang } from '../i18n/index.svelte.ts';
import { recall, remember } from '../lib/store.ts';

export type Theme = 'dark' | 'light' | 'contrast' | 'system';
export const THEMES: readonly Theme[] = ['dark', 'light', 'contrast', 'system'];

const light = window.matchMedia('(prefers-color-scheme: light)');
const more = window.matchMedia('(prefers-contrast: more)');

/** A control room is dark: that is the default. Who asks the system for more contrast gets it at once. */
function firstTheme(): Theme {
  const stored = THEMES.find((theme) => theme === recall('theme'));
  return stored ?? (more.matches ? 'contrast' : 'dark');
}

class Prefs {
  theme = $state<Theme>(firstTheme());
  muted = $state(recall('muted') === 'yes');

  constructor() {
    speak(langOf(recall('lang') ?? navigator.language));
    this.#paint();
    light.addEventListener('change', () => this.#paint());
    more.addEventListener('change', () => this.#paint());
  }

  setTheme(theme: Theme): void {
    this.theme = theme;
    remember('theme', theme);
    this.#paint();
  }

  setLang(lang: Lang): void {
    speak(lang);
    remember('lang', lang);
  }

  /** The site's language counts where this browser has not been told another. */
  siteLang(name: string): void {
    if (recall('lang') === null) speak(langOf(name));
  }

  toggleMute(): void {
    this.muted = !this.muted;
    remember('muted', this.muted ? 'yes' : 'no');
  }

  #paint(): void {
    const system = more.matches ? 'contrast' : light.matches ? 'light' : 'dark';
    document.documentElement.dataset['theme'] = this.theme === 'system' ? system : this.theme;
  }
}

export const prefs = new Prefs();
