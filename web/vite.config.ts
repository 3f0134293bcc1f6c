// SPDX-License-Identifier: Apache-2.0
import { defineConfig, type Plugin } from "vite";

// The page shows nothing from outside and runs no inline code; said in the page itself too, for a server that does not
// send the header. Only in the built page: Vite's development server injects inline styles.
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' blob:; " +
  "connect-src 'self'; base-uri 'none'; form-action 'none'";

const contentSecurityPolicy: Plugin = {
  name: "content-security-policy",
  apply: "build",
  transformIndexHtml: () => [
    { tag: "meta", attrs: { "http-equiv": "Content-Security-Policy", content: policy }, injectTo: "head-prepend" },
  ],
};

export default defineConfig({
  plugins: [contentSecurityPolicy],
  build: {
    modulePreload: false,
    assetsInlineLimit: 0,
    // Fixed names: dist is committed, and a change should show as a change, not as a file gone and another come.
    rolldownOptions: {
      output: { entryFileNames: "assets/nacre.js", assetFileNames: "assets/[name][extname]" },
    },
  },
  // `npm run dev` against a running `nacre serve`.
  server: { proxy: { "^/(v1|readyz)": "http://127.0.0.1:8080" } },
});
