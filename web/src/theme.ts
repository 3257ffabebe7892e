// The look: one accent, a quiet grey scale, figures of equal width. Shades are chosen so that text on
// them reads at WCAG AA in both themes.
import { Alert, Badge, Button, createTheme, type MantineColorsTuple } from "@mantine/core";

const ink: MantineColorsTuple = [
  "#eef2ff", "#dbe4ff", "#bac8ff", "#91a7ff", "#748ffc",
  "#5c7cfa", "#4c6ef5", "#3b5bdb", "#364fc7", "#2b3f9e",
];

const dark: MantineColorsTuple = [
  "#e3e6ec", "#c2c7d1", "#a5acb9", "#7d8594", "#4a515e",
  "#343a45", "#262b34", "#1c2027", "#15181e", "#101318",
];

// The library's light variants are too pale to read: ours are of styles.css, in both themes.
const TONES: Record<string, string> = { green: "good", yellow: "warn", red: "bad", blue: "calm" };

function washed(color: string | undefined) {
  const tone = TONES[color ?? ""] ?? (color === "gray" ? "plain" : "calm");
  return { "--badge-bg": `var(--${tone}-wash)`, "--badge-color": `var(--${tone})` };
}

export const theme = createTheme({
  primaryColor: "ink",
  primaryShade: 7,
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
    Modal: {
      defaultProps: { centered: true, radius: "lg", closeButtonProps: { "aria-label": "Close" } },
    },
    Notification: { defaultProps: { closeButtonProps: { "aria-label": "Close" } } },
    Badge: Badge.extend({
      defaultProps: { variant: "light", radius: "sm" },
      styles: { label: { textTransform: "none" } },
      vars: (_, { color }) => ({ root: washed(color) }),
    }),
    Alert: Alert.extend({
      vars: (_, { color }) => {
        const wash = washed(color);
        return { root: { "--alert-bg": wash["--badge-bg"], "--alert-color": wash["--badge-color"] } };
      },
    }),
    Button: Button.extend({
      vars: (_, { variant, color }) => ({
        root:
          variant === "subtle" && color === "red"
            ? { "--button-color": "var(--bad)", "--button-hover": "var(--bad-wash)" }
            : {},
      }),
    }),
    Checkbox: { defaultProps: { radius: "sm" } }, // as round as the rest, a small one is a circle
    Anchor: { defaultProps: { underline: "always" } },
    Table: { defaultProps: { verticalSpacing: "xs" } },
  },
});
