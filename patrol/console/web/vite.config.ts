import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

/** Where `npm run dev` finds a desk; the built page speaks to the host that served it. */
const desk = process.env['PATROL_DESK'] ?? 'http://127.0.0.1:8400';

export default defineConfig({
  plugins: [svelte()],
  build: {
    // The oldest browsers that this is meant for: Chromium 109 is the last on Windows 7 and 8.
    target: ['chrome109', 'edge109', 'firefox115', 'safari16.4'],
    // The page's content policy allows no data: addresses and no inline scripts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // The licences of what is bundled travel with it.
    license: { fileName: 'licenses.md' },
  },
  server: { proxy: { '/api': { target: desk, changeOrigin: false } } },
});
