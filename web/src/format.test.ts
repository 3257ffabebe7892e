import { describe, expect, it } from "vitest";
import { about, ago, bytes, nanoseconds, percent, planName, planSize, price, rate, seriesValue } from "./format";

describe("numbers", () => {
  it("carry their unit", () => {
    expect(bytes(0)).toBe("0 B");
    expect(bytes(1023)).toBe("1,023 B");
    expect(bytes(1536)).toBe("1.5 KiB");
    expect(bytes(27.5 * 1024 * 1024)).toBe("27.5 MiB");
    expect(rate(0.004)).toBe("<0.01/s");
    expect(rate(12_345)).toBe("12.3K/s");
    expect(nanoseconds(3_400)).toBe("3.4 µs");
    expect(nanoseconds(21_000_000)).toBe("21 ms");
    expect(seriesValue(0.5, "ratio")).toBe("50 %");
  });

  it("say that nothing is known, and not 0", () => {
    for (const told of [bytes, rate, percent, nanoseconds]) expect(told(null)).toBe("–");
  });

  it("never round a miss away", () => {
    expect(percent(0.99987)).toBe("99.98 %");
    expect(percent(0.9999999)).toBe("99.99 %");
    expect(percent(1)).toBe("100 %");
  });

  it("name plans as they are sold", () => {
    expect(planSize(2500)).toBe("2,500 MiB");
    expect(planSize(2048)).toBe("2 GiB");
  });

  it("tell prices in the currency's own minor units", () => {
    expect(price(1500, "USD")).toBe("$15");
    expect(price(1550, "USD")).toBe("$15.50");
    expect(price(1500, "JPY")).toBe("¥1,500");
  });
});

describe("times", () => {
  it("are told by the largest unit that fits", () => {
    expect(ago(1000, 1030)).toBe("30 seconds ago");
    expect(ago(0, 3 * 3600)).toBe("3 hours ago");
    expect(ago(3600, 0)).toBe("in 1 hour");
  });

  it("name a plan by its size, whatever it is called", () => {
    expect(planName("100")).toBe("100 MiB");
    expect(planName("20000", 20000 * 1024 ** 2 * 1.1)).toBe("20,000 MiB");
    expect(planName("dev", 28_835_840)).toBe("dev, 25 MiB");
    expect(planName("dev")).toBe("dev");
  });

  it("do not look counted where they were estimated", () => {
    expect(about(5_987)).toBe("about 6,000");
    expect(about(12_288)).toBe("about 12K");
    expect(about(7)).toBe("about 7");
    expect(about(0)).toBe("about 0");
    expect(about(null)).toBe("–");
  });
});
