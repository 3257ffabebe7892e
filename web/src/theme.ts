// The look: one accent, a quiet grey scale, figures of equal width. Shades are chosen so that text on
// them reads at WCAG AA in both themes.
import { createTheme, type MantineColorsTuple } from "@mantine/core";

const ink: MantineColorsTuple = [
  "#eef2ff", "#dbe4ff", "#bac8ff", "#91a7ff", "#748ffc",
  "#5c7cfa", "#4c6ef5", "#3b5bdb", "#364fc7", "#2b3f9e",
];

const dark: MantineColorsTuple = [
  "#e3e6ec", "#c2c7d1", "#a5acb9", "#7d8594", "#4a515e",
  "#343a45", "#262b34", "#1c2027", "#15181e", "#101318",
];

export const theme = createTheme({
  primaryColor: "ink",
  primaryShade: { light: 7, dark: 6 },
  colors: { ink, dark },
  fontFamily: '"Inter Variable", system-ui, sans-serif',
  fontFamilyMonospace: "ui-monospace, SFMono-Regular, Menlo, Consolas, monospace",
  headings: {
    fontWeight: "640",
    sizes: {
      h1: { fontSize: "1.5rem", lineHeight: "1.3" },
      h2: { fontSize: "1.125rem", lineHeight: "1.4" },
      h3: { fontSize: "0.95rem", lineHeight: "1.4" },
    },
  },
  defaultRadius: "md",
  cursorType: "pointer",
  respectReducedMotion: true,
  components: {
    Card: { defaultProps: { withBorder: true, padding: "lg", radius: "lg" } },
    Tooltip: { defaultProps: { openDelay: 250, multiline: true, maw: 320 } },
    Modal: { defaultProps: { centered: true, radius: "lg" } },
    Badge: { defaultProps: { variant: "light", radius: "sm" }, styles: { label: { textTransform: "none" } } },
    Table: { defaultProps: { verticalSpacing: "xs" } },
  },
});
