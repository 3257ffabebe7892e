import { describe, expect, it } from "vitest";
import { readEvents } from "./live";

describe("a stream of events", () => {
  const text = ': a comment\n\ndata: {"a":1}\n\nevent: live\r\ndata: {"b":\ndata: 2}\n\n';

  it("is read event by event, its data joined", () => {
    expect(readEvents(text)).toEqual({ events: ['{"a":1}', '{"b":\n2}'], tail: "" });
  });

  it("is the same however it is cut", () => {
    const whole = readEvents(text).events;
    for (let cut = 0; cut <= text.length; ++cut) {
      const one = readEvents(text.slice(0, cut));
      const other = readEvents(one.tail + text.slice(cut));
      expect([...one.events, ...other.events]).toEqual(whole);
    }
  });
});
