/* Which objects of a value have been met, and which number each has (lib/wire/seen.ts).
 *
 * Promises that an object is held until the value has been written, so that none gets the place of another. Up to a few are
 * found by comparing; more, by a table.
 */

enum {
  FEW = 16,
};

typedef struct Seen {
  JSObject *few[FEW];
  /* All of them; `few` while there are no more. */
  JSObject **objects;
  uint32_t count;
  uint32_t room;
  /* Numbers, plus one, by the places of objects; a power of two, or none where there are few or it is to be made anew. */
  uint32_t *table;
  uint32_t table_size;
} Seen;

static uint32_t seen_place(const Seen *seen, const JSObject *object) {
  uint32_t mask = seen->table_size - 1;
  uint32_t place = (uint32_t)(((uintptr_t)object >> 3) * 0x9e3779b1u) & mask;
  while (seen->table[place] != 0 && seen->objects[seen->table[place] - 1] != object) place = (place + 1) & mask;
  return place;
}

static int seen_index(JSContext *ctx, Seen *seen) {
  uint32_t size = 4 * FEW;
  while (size < seen->count * 4) size *= 2;
  js_free(ctx, seen->table);
  seen->table = js_mallocz(ctx, size * sizeof(uint32_t));
  seen->table_size = seen->table == NULL ? 0 : size;
  if (seen->table == NULL) return -1;
  for (uint32_t i = 0; i < seen->count; i++) {
    if (seen->objects[i] != NULL) seen->table[seen_place(seen, seen->objects[i])] = i + 1;
  }
  return 0;
}

static int seen_grow(JSContext *ctx, Seen *seen) {
  uint32_t room = seen->room * 2;
  JSObject **objects = seen->objects == seen->few ? NULL : seen->objects;
  objects = js_realloc(ctx, objects, room * sizeof(JSObject *));
  if (objects == NULL) return -1;
  if (seen->objects == seen->few) memcpy(objects, seen->few, sizeof(seen->few));
  seen->objects = objects;
  seen->room = room;
  return 0;
}

/* Gives an object the next number; NULL is one that cannot come again. Returns 0, or -1 with an exception pending. */
static int seen_add(JSContext *ctx, Seen *seen, JSObject *object) {
  if (seen->count == seen->room && seen_grow(ctx, seen) < 0) return -1;
  if (object != NULL) js_dup(JS_MKPTR(JS_TAG_OBJECT, object));
  seen->objects[seen->count++] = object;
  if (seen->count <= FEW) return 0;
  if (seen->table_size < seen->count * 2) return seen_index(ctx, seen);
  if (object != NULL) seen->table[seen_place(seen, object)] = seen->count;
  return 0;
}

/* The number of an object met before; -1 for a new one. */
static int64_t seen_find(const Seen *seen, const JSObject *object) {
  if (seen->table_size > 0) return (int64_t)seen->table[seen_place(seen, object)] - 1;
  for (uint32_t i = 0; i < seen->count; i++) if (seen->objects[i] == object) return i;
  return -1;
}

/* Forgets the objects from a number on. */
static void seen_forget(JSContext *ctx, Seen *seen, uint32_t count) {
  if (seen->count == count) return;
  js_free(ctx, seen->table);
  seen->table = NULL;
  seen->table_size = 0;
  while (seen->count > count) {
    JSObject *object = seen->objects[--seen->count];
    if (object != NULL) JS_FreeValue(ctx, JS_MKPTR(JS_TAG_OBJECT, object));
  }
}

static void seen_begin(Seen *seen) {
  seen->objects = seen->few;
  seen->room = FEW;
  seen->count = seen->table_size = 0;
  seen->table = NULL;
}

static void seen_end(JSContext *ctx, Seen *seen) {
  seen_forget(ctx, seen, 0);
  if (seen->objects != seen->few) js_free(ctx, seen->objects);
}
