/* Writes the language's own containers and boxes, and memory (lib/wire/builtins.ts, binary.ts).
 *
 * Promises: what the engine keeps in them, whatever a subclass makes of their methods; own fields and `lastIndex` stay behind.
 * Views of one ArrayBuffer are views of one. Refuses memory that is shared, detached, or may grow to more than `MOST_GROWTH`.
 */

/* So much address space the host sets aside for one value, for memory that may grow; lib/wire/binary.ts has the same. */
#define MOST_GROWTH (UINT64_C(1) << 30)

/* The entries of a Map, or the members of a Set, as they are now: a getter among them may change it. */
static JSValue *entries_of(Writer *writer, JSMapState *map, uint32_t *count) {
  JSValue *entries = js_malloc(writer->ctx, ((size_t)map->record_count * 2 + 1) * sizeof(JSValue));
  struct list_head *at;
  uint32_t found = 0;
  if (entries == NULL) return NULL;
  list_for_each(at, &map->records) {
    JSMapRecord *record = list_entry(at, JSMapRecord, link);
    if (record->empty || found == map->record_count) continue;
    entries[2 * found] = js_dup(record->key);
    entries[2 * found + 1] = js_dup(record->value);
    found++;
  }
  *count = found;
  return entries;
}

static int write_entries(Writer *writer, const JSValue *entries, uint32_t count, bool is_set) {
  Part part = { 0 };
  if (enter(writer, &part) < 0) return -1;
  for (uint32_t i = 0; i < count; i++) {
    part.index = i;
    part.key = entries[2 * i];
    part.kind = is_set ? PART_MEMBER : PART_KEY;
    if (write_value(writer, entries[2 * i]) < 0) return -1;
    part.kind = PART_VALUE;
    if (!is_set && write_value(writer, entries[2 * i + 1]) < 0) return -1;
  }
  leave(writer, &part);
  return 0;
}

static int write_map(Writer *writer, JSObject *map, bool is_set) {
  uint32_t count = 0;
  JSValue *entries = entries_of(writer, map->u.map_state, &count);
  int result = -1;
  if (entries == NULL) return -1;
  if (write_byte(writer, is_set ? TAG_SET : TAG_MAP) == 0 && write_count(writer, count) == 0) {
    result = write_entries(writer, entries, count, is_set);
  }
  for (uint32_t i = 0; i < 2 * count; i++) JS_FreeValue(writer->ctx, entries[i]);
  js_free(writer->ctx, entries);
  return result;
}

static int write_date(Writer *writer, JSObject *date) {
  double time;
  if (JS_ToFloat64(writer->ctx, &time, date->u.object_data) < 0 || write_byte(writer, TAG_DATE) < 0) return -1;
  return write_bits(writer, time);
}

static int write_regexp(Writer *writer, JSValueConst expression) {
  static const struct { char letter; int flag; } letters[] = {
    { 'd', LRE_FLAG_INDICES }, { 'g', LRE_FLAG_GLOBAL },  { 'i', LRE_FLAG_IGNORECASE },   { 'm', LRE_FLAG_MULTILINE },
    { 's', LRE_FLAG_DOTALL },  { 'u', LRE_FLAG_UNICODE }, { 'v', LRE_FLAG_UNICODE_SETS }, { 'y', LRE_FLAG_STICKY },
  };
  int flags = lre_get_flags(str8(JS_VALUE_GET_OBJ(expression)->u.regexp.bytecode));
  char text[countof(letters)];
  int count = 0;
  for (int i = 0; i < countof(letters); i++) if (flags & letters[i].flag) text[count++] = letters[i].letter;
  if (write_byte(writer, TAG_REG_EXP) < 0) return -1;
  if (write_text_of(writer, js_regexp_get_source(writer->ctx, expression)) < 0) return -1;
  if (write_byte(writer, TAG_SHORT_STRING | count) < 0) return -1;
  return buffer_put(writer->ctx, writer->out, text, (size_t)count);
}

static int write_memory(Writer *writer, JSObject *object) {
  const JSArrayBuffer *memory = object->u.array_buffer;
  bool grows = array_buffer_is_resizable(memory);
  if (object->class_id == JS_CLASS_SHARED_ARRAY_BUFFER) return refuse(writer, "a SharedArrayBuffer");
  if (memory->detached) return refuse(writer, "an ArrayBuffer that has been detached");
  if (grows && (writer->growth += (uint64_t)memory->max_byte_length + 1) > MOST_GROWTH) {
    return refuse(writer, "memory that may grow to more than 1 GiB");
  }
  if (write_byte(writer, TAG_ARRAY_BUFFER) < 0) return -1;
  if (write_count(writer, grows ? (uint64_t)memory->max_byte_length + 1 : 0) < 0) return -1;
  if (write_count(writer, (uint64_t)memory->byte_length) < 0) return -1;
  return buffer_put(writer->ctx, writer->out, memory->data, (size_t)memory->byte_length);
}

static int write_view(Writer *writer, JSObject *object) {
  const JSTypedArray *view = object->u.typed_array;
  bool is_data_view = object->class_id == JS_CLASS_DATAVIEW;
  uint64_t length = view->length;
  int type = 0;
  while (view_classes[type] != object->class_id) type++;
  if (view->buffer->u.array_buffer->detached) return refuse(writer, "a view of memory that has been detached");
  if (is_data_view ? dataview_is_oob(object) : typed_array_is_oob(object)) {
    return refuse(writer, "a view beyond the end of its memory");
  }
  if (write_byte(writer, TAG_VIEW) < 0 || write_byte(writer, type) < 0) return -1;
  if (write_value(writer, JS_MKPTR(JS_TAG_OBJECT, view->buffer)) < 0) return -1;
  if (write_count(writer, view->offset) < 0) return -1;
  return write_count(writer, view->track_rab ? 0 : length + 1);
}
