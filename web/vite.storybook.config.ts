// `npm run storybook`: every page with canned data, without a service, at /stories.
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

export default defineConfig({
  root: "storybook",
  publicDir: "../public",
  plugins: [react()],
  build: { outDir: "../../build/web/storybook", emptyOutDir: true, target: "es2022" },
  server: { fs: { allow: [".."] } },
});
