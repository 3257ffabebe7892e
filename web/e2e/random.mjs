// Numbers that look random and are the same each time: mulberry32, whose neighbouring seeds give unlike
// numbers. Of the programs here and of the storybook's data.

/** @type {(seed: number) => () => number} from 0 to below 1 */
export function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
