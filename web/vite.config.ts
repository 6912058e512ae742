// The page is embedded in the server's executable and runs under a strict Content-Security-Policy: nothing inline,
// nothing from elsewhere.
import { defineConfig } from 'vite';

export default defineConfig({
  resolve: {
    // The libraries ask for React; Preact's compatibility layer answers. Subpaths first.
    alias: [
      { find: 'react-dom', replacement: 'preact/compat' },
      { find: 'react/jsx-runtime', replacement: 'preact/jsx-runtime' },
      { find: 'react', replacement: 'preact/compat' },
    ],
  },
  esbuild: { jsx: 'automatic', jsxImportSource: 'preact' },
  build: {
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: false,
    rollupOptions: {
      onwarn(warning, warn) {
        // The query library marks its files for server rendering; here that means nothing.
        if (warning.code !== 'MODULE_LEVEL_DIRECTIVE') warn(warning);
      },
    },
  },
  server: {
    // `npm run dev` beside a running server: XBM_URL names it.
    proxy: { '/api': { target: process.env['XBM_URL'] ?? 'http://127.0.0.1:3000', changeOrigin: false } },
  },
});
