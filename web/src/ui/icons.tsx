// The few pictures that the dashboard needs, drawn as strokes that take the colour of their text.
const PATHS = {
  plus: "M12 5v14M5 12h14",
  search: "M11 18a7 7 0 1 1 0-14 7 7 0 0 1 0 14ZM20 20l-4-4",
  copy: "M9 9h10v11H9zM15 9V4H5v11h4",
  check: "m5 13 4 4L19 7",
  sun: "M12 16a4 4 0 1 1 0-8 4 4 0 0 1 0 8ZM12 2v2m0 16v2M4 12H2m20 0h-2M5 5l1.5 1.5m11 11L19 19M5 19l1.5-1.5m11-11L19 5",
  moon: "M20 14.5A8 8 0 0 1 9.5 4 8 8 0 1 0 20 14.5Z",
  warning: "M12 4 2.5 20h19L12 4Zm0 6v5m0 2.5v.1",
  info: "M12 21a9 9 0 1 1 0-18 9 9 0 0 1 0 18Zm0-10v5m0-8.5v.1",
  up: "m6 14 6-6 6 6",
  down: "m6 10 6 6 6-6",
  left: "m14 6-6 6 6 6",
  right: "m10 6 6 6-6 6",
  closer: "M11 18a7 7 0 1 1 0-14 7 7 0 0 1 0 14ZM20 20l-4-4M8 11h6M11 8v6",
  trash: "M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13",
  download: "M12 4v11m-5-5 5 5 5-5M5 20h14",
  eye: "M2 12s4-7 10-7 10 7 10 7-4 7-10 7S2 12 2 12Zm10 3a3 3 0 1 1 0-6 3 3 0 0 1 0 6Z",
  hidden: "M3 3l18 18M10 5.3A9.6 9.6 0 0 1 12 5c6 0 10 7 10 7a17 17 0 0 1-3 3.7M6.5 6.6A17 17 0 0 0 2 12s4 7 10 7a9.600 9.600 0 0 0 5-1.400",
  user: "M12 12a4 4 0 1 1 0-8 4 4 0 0 1 0 8Zm-8 9c0-4 3.500-7 8-7s8 3 8 7",
  live: "M12 13.500a1.500 1.500 0 1 1 0-3 1.500 1.500 0 0 1 0 3ZM7.500 16.500a6 6 0 0 1 0-9m9 0a6 6 0 0 1 0 9",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 18 }: { name: IconName; size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth={1.9}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}

export function Logo() {
  return (
    <svg width={26} height={26} viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="8" fill="#3b5bdb" />
      <g fill="none" stroke="#fff" strokeWidth="2.6" strokeLinecap="round">
        <path d="M21.5 11.2A7.4 7.4 0 1 0 21.5 20.8" />
        <path d="M16 16h9" />
      </g>
      <circle cx="16" cy="16" r="2.1" fill="#fff" />
    </svg>
  );
}
