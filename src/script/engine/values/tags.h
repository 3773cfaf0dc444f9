/* The grammar of the wire: every value begins with one of these bytes. docs/wire-format.md tells what follows each.
 *
 * The numbers are those of lib/wire/tags.ts; a spec compares them.
 */
#ifndef VALUES_TAGS_H
#define VALUES_TAGS_H

enum Tag {
  TAG_END = 0,
  TAG_HOLE = 1,
  TAG_UNDEFINED = 2,
  TAG_NULL = 3,
  TAG_TRUE = 4,
  TAG_FALSE = 5,
  TAG_INT = 6,
  TAG_DOUBLE = 7,
  TAG_BIG_INT = 8,
  TAG_LATIN1 = 9,
  TAG_WIDE = 10,
  TAG_REF = 11,
  TAG_OBJECT = 12,
  TAG_ARRAY = 13,
  TAG_ARRAY_WITH_FIELDS = 14,
  TAG_SPARSE_ARRAY = 15,
  TAG_MAP = 16,
  TAG_SET = 17,
  TAG_DATE = 18,
  TAG_REG_EXP = 19,
  TAG_BOXED = 20,
  TAG_HANDLE = 21,
  TAG_STRINGS = 22,
  TAG_ERROR = 23,
  TAG_DOM_EXCEPTION = 24,
  TAG_BUFFER = 25,
  TAG_ARRAY_BUFFER = 26,
  TAG_SHARED_ARRAY_BUFFER = 27,
  TAG_VIEW = 28,
  TAG_NEW_SHAPE = 29,
  TAG_SHAPED = 30,
  TAG_DICTIONARY = 31,
  TAG_INTS = 32,
  TAG_DOUBLES = 33,
  TAG_PIECE = 34,
  TAG_LONG_TEXT = 35,
  TAG_TEXT_AGAIN = 36,
  TAG_FOREIGN = 37,
  TAG_SMALL_INT = 0x40,
  TAG_SHORT_STRING = 0x80,
  TAG_TEXT = 0xc0,
};

enum {
  /* So long is a string whose length is in its first byte, at most. */
  MOST_TEXT = 0x3f,
  /* So many strings of a packet can be named again. */
  RECENT_TEXTS = 1024,
  /* So deeply may a value be nested. */
  DEEPEST = 1000,
  /* So many names may a shape have. */
  MOST_NAMES = 64,
  /* A packet begins with the place of its first piece of strings. */
  HEAD = 4,
};

/* The classes of errors, by the numbers that packets have for them. */
enum {
  ERROR_CLASSES = 9,
};

/* The last number of a view's class: a Buffer, which is a Uint8Array in a script. */
enum {
  VIEW_DATA_VIEW = 12,
  VIEW_BUFFER = 13,
};

#endif
