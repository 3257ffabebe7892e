// `npm run storybook`: every page with canned data, without a service, at /stories, renewed as files
// are written. Programs look at what storybook/build.mjs makes of the same files.
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

export default defineConfig({
  root: "storybook",
  publicDir: "../public",
  plugins: [react()],
  server: { fs: { allow: [".."] } },
});
