// The grammar of the wire: every value begins with one of these bytes. docs/wire-format.md tells what follows each.
//
// Among threads, and between a process and its scripts (src/script/engine/values), both sides are of the same build: there
// is no version in the bytes, and the numbers may change with every release. `VERSION` of nats/packet.ts has to change then.

/** The first byte of a value. From `SmallInt` on the byte also holds the value, or the length of a string. */
export const Tag = {
  End: 0,
  Hole: 1,
  Undefined: 2,
  Null: 3,
  True: 4,
  False: 5,
  Int: 6,
  Double: 7,
  BigInt: 8,
  Latin1: 9,
  Wide: 10,
  Ref: 11,
  Object: 12,
  Array: 13,
  ArrayWithFields: 14,
  SparseArray: 15,
  Map: 16,
  Set: 17,
  Date: 18,
  RegExp: 19,
  Boxed: 20,
  Handle: 21,
  /** Strings that stand one behind the other in an array, as V8 writes them. */
  Strings: 22,
  Error: 23,
  DOMException: 24,
  Buffer: 25,
  ArrayBuffer: 26,
  SharedArrayBuffer: 27,
  View: 28,
  /** An object of a shape that is named here, or has been before. */
  NewShape: 29,
  Shaped: 30,
  /** An object with many fields. */
  Dictionary: 31,
  /** Numbers that stand one behind the other in an array. */
  Ints: 32,
  Doubles: 33,
  /** Strings; `texts.ts`. */
  Piece: 34,
  LongText: 35,
  TextAgain: 36,
  /** At the very beginning only: what follows is a packet that a script has written, and nobody has looked at. */
  Foreign: 37,
  SmallInt: 0x40,
  ShortString: 0x80,
  Text: 0xc0,
} as const

/** So long is a string whose length is in its first byte, at most. */
export const mostText = 0x3f
/** So many strings of a packet can be named again. */
export const recentTexts = 1024

/** Below this many characters a loop beats a call into Node. Longer names of fields are not remembered either. */
export const longText = 24

/** What is read for a field that its object did not have any more when it was written. */
export const absent: unknown = Symbol('absent')
