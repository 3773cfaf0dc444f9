// Bytes that are nearly what a codec has written, for the tests of those who read them.

/** A copy of a packet, some bytes of which are others, and which may end early. `below(n)`: a number from 0 to n - 1. */
export function spoiled(bytes, below) {
  const copy = Uint8Array.from(bytes)
  for (let left = 1 + below(4); left > 0; left--) {
    const at = below(copy.length)
    const way = below(4)
    if (way === 0) copy[at] = below(256)
    else if (way === 1) copy[at] ^= 1 << below(8)
    else if (way === 2) copy.copyWithin(at, below(copy.length), below(copy.length))
    else copy.fill(0xff, at, at + below(9))
  }
  return below(8) === 0 ? copy.slice(0, below(copy.length + 1)) : copy
}
