// Builds the dashboard into build/web/site; web/build embeds that in the executable. `npm run dev`
// serves it with the API of a running service: CACHERY_URL=http://127.0.0.1:8080 npm run dev
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const service = process.env["CACHERY_URL"] ?? "http://127.0.0.1:8080";

export default defineConfig({
  plugins: [react()],
  build: {
    outDir: "../build/web/site",
    emptyOutDir: true,
    target: "es2022",
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    reportCompressedSize: false,
  },
  server: { proxy: { "/api": service, "/sso": service } },
  test: { environment: "jsdom", setupFiles: ["src/test_setup.ts"], restoreMocks: true, testTimeout: 60_000 },
});
