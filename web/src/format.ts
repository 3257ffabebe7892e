// Numbers as people read them, always with their unit. Memory is in binary units, as plans are sold and
// as memcached counts it; everything else is decimal.

const LOCALE = "en-GB";

const whole = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 0 });
const compact = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });

export const ABSENT = "–";

export function count(value: number | null | undefined): string {
  return value === null || value === undefined ? ABSENT : whole.format(value);
}

// 1,234 stays as it is; 12,345 becomes 12.3K.
export function shortCount(value: number | null | undefined): string {
  if (value === null || value === undefined) return ABSENT;
  return Math.abs(value) < 10_000 ? whole.format(value) : compact.format(value);
}

const MEMORY_UNITS = ["B", "KiB", "MiB", "GiB", "TiB"];

export function bytes(value: number | null | undefined): string {
  if (value === null || value === undefined) return ABSENT;
  let unit = 0;
  let rest = value;
  while (rest >= 1024 && unit < MEMORY_UNITS.length - 1) {
    rest /= 1024;
    ++unit;
  }
  return `${significant(rest, unit === 0)} ${MEMORY_UNITS[unit]}`;
}

// Three digits that count, and no zeros at the end.
function significant(value: number, isWhole: boolean): string {
  if (isWhole) return whole.format(value);
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return String(Number(value.toFixed(digits)));
}

export function percent(ratio: number | null | undefined, digits = 1): string {
  if (ratio === null || ratio === undefined) return ABSENT;
  // 99.97 % must not read as 100 %: some do miss.
  const shown = ratio < 1 && ratio > 0.9995 ? Math.floor(ratio * 1e4) / 100 : ratio * 100;
  const places = shown < 100 && shown > 99.95 ? 2 : digits;
  return `${Number(shown.toFixed(places))} %`;
}

export function rate(perSecond: number | null | undefined): string {
  if (perSecond === null || perSecond === undefined) return ABSENT;
  return `${rateNumber(perSecond)}/s`;
}

export function rateNumber(perSecond: number): string {
  if (perSecond === 0) return "0";
  if (perSecond < 0.01) return "<0.01";
  if (perSecond < 10) return String(Number(perSecond.toFixed(2)));
  if (perSecond < 100) return String(Number(perSecond.toFixed(1)));
  return shortCount(perSecond);
}

export function bytesRate(perSecond: number | null | undefined): string {
  return perSecond === null || perSecond === undefined ? ABSENT : `${bytes(perSecond)}/s`;
}

export function nanoseconds(value: number | null | undefined): string {
  if (value === null || value === undefined) return ABSENT;
  if (value < 1e3) return `${whole.format(value)} ns`;
  if (value < 1e6) return `${significant(value / 1e3, false)} µs`;
  if (value < 1e9) return `${significant(value / 1e6, false)} ms`;
  return `${significant(value / 1e9, false)} s`;
}

export function seriesValue(value: number | null | undefined, unit: string): string {
  switch (unit) {
    case "ratio":
      return percent(value);
    case "bytes":
      return bytes(value);
    case "bytes per second":
      return bytesRate(value);
    case "per second":
      return rate(value);
    case "nanoseconds":
      return nanoseconds(value);
    default:
      return shortCount(value);
  }
}

export function price(minorUnits: number, currency: string): string {
  const parts = new Intl.NumberFormat("en-US", { style: "currency", currency });
  const places = parts.resolvedOptions().maximumFractionDigits ?? 2;
  const value = minorUnits / 10 ** places;
  const digits = Number.isInteger(value) ? 0 : places;
  return new Intl.NumberFormat("en-US", {
    style: "currency",
    currency,
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).format(value);
}

// What the API calls a plan of 250 MiB.
export function planSize(mib: number): string {
  return mib >= 1024 && mib % 1024 === 0 ? `${mib / 1024} GiB` : `${whole.format(mib)} MiB`;
}

// A plan by its size, which is what its slug means: "100" -> "100 MiB", "dev" -> "dev, 25 MiB". A cache's
// limit is a tenth more than the size: room for what items take beside keys and values.
export function planName(slug: string, limitBytes?: number): string {
  if (/^\d+$/.test(slug)) return planSize(Number(slug));
  return limitBytes === undefined ? slug : `${slug}, ${sizeOf(limitBytes)}`;
}

// The size of the plan that a limit is of.
export function sizeOf(limitBytes: number): string {
  return planSize(Math.round(limitBytes / 1.1 / 1024 ** 2));
}

// A line breaks between facts, not within one.
export function unbroken(text: string): string {
  return text.replaceAll(" ", "\u00a0");
}

export function joined(facts: string[]): string {
  return facts.map(unbroken).join(" · ");
}

// What was estimated from a sample must not look counted: two digits that count.
export function about(value: number | null | undefined): string {
  if (value === null || value === undefined) return ABSENT;
  if (value < 10) return `about ${whole.format(value)}`;
  const unit = 10 ** (Math.floor(Math.log10(value)) - 1);
  return `about ${shortCount(Math.round(value / unit) * unit)}`;
}

const STEPS: [number, Intl.RelativeTimeFormatUnit][] = [
  [60, "second"],
  [3600, "minute"],
  [86_400, "hour"],
  [86_400 * 30, "day"],
  [86_400 * 365, "month"],
  [Number.POSITIVE_INFINITY, "year"],
];
const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });

export function ago(unixSeconds: number, now = Date.now() / 1000): string {
  const difference = unixSeconds - now;
  let size = 1;
  for (const [limit, unit] of STEPS) {
    if (Math.abs(difference) < limit) return relative.format(Math.round(difference / size), unit);
    size = limit;
  }
  return ABSENT;
}

// "12:31": for moments of the last hours.
export function clockTime(unixSeconds: number): string {
  return new Intl.DateTimeFormat(LOCALE, { hour: "2-digit", minute: "2-digit" }).format(unixSeconds * 1000);
}

// In the reader's zone, to the second and with the zone's name.
export function exactTime(unixSeconds: number): string {
  return new Intl.DateTimeFormat(LOCALE, {
    dateStyle: "medium",
    timeStyle: "long",
  }).format(unixSeconds * 1000);
}

export function shortTime(unixSeconds: number): string {
  return new Intl.DateTimeFormat(LOCALE, { dateStyle: "medium", timeStyle: "short" }).format(
    unixSeconds * 1000,
  );
}

// "2026-10" as a bill writes it: "October 2026".
export function monthName(month: string): string {
  const begins = new Date(`${month}-01T00:00:00Z`);
  const options = { month: "long", year: "numeric", timeZone: "UTC" } as const;
  return new Intl.DateTimeFormat(LOCALE, options).format(begins);
}

// A name as a header or a button writes it: "get_hit_rate" -> "get hit rate".
export function spaced(name: string): string {
  return name.replaceAll("_", " ");
}
