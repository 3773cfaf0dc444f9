/* What the files of the engine's module share: a buffer that grows, and the functions by which values become bytes.
 *
 * Everything is one translation unit: engine.c includes quickjs.c, this file and the others in turn, so the insides of
 * QuickJS are in reach of all of them. The memory of a buffer is counted as the script's own. Where there is no room, the
 * host ends the script; a function that returns -1 has left an exception pending.
 */
#ifndef ENGINE_H
#define ENGINE_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include "quickjs.h"

typedef struct Buffer {
  uint8_t *bytes;
  size_t length;
  size_t capacity;
} Buffer;

/** Makes room for so many bytes more behind what is written. Returns 0, or -1. */
static int buffer_grow(JSContext *ctx, Buffer *buffer, size_t more) {
  size_t wanted = buffer->length + more;
  size_t capacity = buffer->capacity + buffer->capacity / 2;
  uint8_t *bytes;
  if (wanted < more) wanted = SIZE_MAX;
  if (capacity < wanted) capacity = wanted;
  if (capacity < 256) capacity = 256;
  bytes = js_realloc(ctx, buffer->bytes, capacity);
  if (bytes == NULL) return -1;
  buffer->bytes = bytes;
  buffer->capacity = capacity;
  return 0;
}

static inline int buffer_room(JSContext *ctx, Buffer *buffer, size_t more) {
  return buffer->capacity - buffer->length >= more ? 0 : buffer_grow(ctx, buffer, more);
}

static inline int buffer_put(JSContext *ctx, Buffer *buffer, const void *bytes, size_t length) {
  if (buffer_room(ctx, buffer, length) < 0) return -1;
  if (length > 0) memcpy(buffer->bytes + buffer->length, bytes, length);
  buffer->length += length;
  return 0;
}

static inline int buffer_byte(JSContext *ctx, Buffer *buffer, uint8_t byte) {
  if (buffer_room(ctx, buffer, 1) < 0) return -1;
  buffer->bytes[buffer->length++] = byte;
  return 0;
}

static inline void buffer_free(JSContext *ctx, Buffer *buffer) {
  js_free(ctx, buffer->bytes);
  memset(buffer, 0, sizeof(*buffer));
}

/** Appends a value as `console` shows it; `outer`: NULL. Returns 0, or -1. */
struct Inner;
static int inspect(JSContext *ctx, Buffer *out, JSValueConst value, const struct Inner *outer);

/** Whatever cannot cross is left out or shown as text, and nothing throws: for what a script has thrown. */
#define VALUES_LENIENT 1
/** The value stays in the script, as a copy: what is refused is named as `value`, and errors keep the stack that they have. */
#define VALUES_CLONE 2

/** Makes what values.c needs of a context (classes, captured functions). Called once, before the image is taken. */
static int values_prepare(JSContext *ctx);

/** Returns the value that these bytes are, whatever they are; throws (TypeError, RangeError) where they are none. */
static JSValue values_read(JSContext *ctx, const uint8_t *bytes, size_t length);

/** Returns a copy of a value, as `structuredClone` does, of what can leave the script; throws for what cannot. */
static JSValue values_clone(JSContext *ctx, JSValueConst value);

/** Appends a value. `flags`: VALUES_LENIENT or VALUES_CLONE. Returns 0, or -1 with an exception pending and the buffer as it was. */
static int values_write(JSContext *ctx, Buffer *out, JSValueConst value, int flags);

/** Appends a call: its name, then the array of its arguments, as `encodeCall` does. Returns as `values_write`. */
static int values_write_call(JSContext *ctx, Buffer *out, JSValueConst name, int argc, JSValueConst *argv);

#endif
