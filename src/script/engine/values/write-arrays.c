/* Writes arrays and the arguments of a call (lib/wire/arrays/arrays.ts).
 *
 * Promises that an array keeps its holes, and the fields it has besides its elements. Each element is read once.
 */

enum {
  MANY_HOLES = 64,
};

/* Reads an element. Returns 1 where it is there, 0 where it is a hole, -1 with an exception pending. */
static int element_of(Writer *writer, JSValueConst array, uint32_t index, JSValue *value) {
  JSObject *object = JS_VALUE_GET_OBJ(array);
  JSAtom name;
  int has;
  if (object->class_id == JS_CLASS_ARRAY && object->fast_array && index < object->u.array.count) {
    return (*value = js_dup(object->u.array.u.values[index]), 1);
  }
  name = JS_NewAtomUInt32(writer->ctx, index);
  if (name == JS_ATOM_NULL) return -1;
  has = field_of(writer, array, name, value);
  JS_FreeAtom(writer->ctx, name);
  return has;
}

static int write_elements(Writer *writer, JSValueConst array, uint32_t length) {
  Part part = { .kind = PART_INDEX };
  if (enter(writer, &part) < 0) return -1;
  for (uint32_t i = 0; i < length; i++) {
    JSValue value;
    int has = element_of(writer, array, i, &value);
    part.index = i;
    if (has < 0) return -1;
    has = has == 0 ? write_byte(writer, TAG_HOLE) : write_value(writer, value);
    JS_FreeValue(writer->ctx, value);
    if (has < 0) return -1;
  }
  leave(writer, &part);
  return 0;
}

/* The indices among an object's names come first. */
static uint32_t count_indices(JSContext *ctx, const JSPropertyEnum *names, uint32_t count) {
  uint32_t index;
  while (count > 0 && !JS_AtomIsArrayIndex(ctx, &index, names[count - 1].atom)) count--;
  return count;
}

/* Writes an array that may have holes or other fields, by its names. */
static int write_named_array(Writer *writer, JSValueConst array, uint32_t length, const JSPropertyEnum *names, uint32_t count) {
  uint32_t indices = count_indices(writer->ctx, names, count);
  bool is_sparse = length - indices > MANY_HOLES && indices < length / 2;
  int tag = is_sparse ? TAG_SPARSE_ARRAY : indices < count ? TAG_ARRAY_WITH_FIELDS : TAG_ARRAY;
  if (write_byte(writer, tag) < 0 || write_count(writer, length) < 0) return -1;
  if (is_sparse) return write_fields(writer, array, names, count);
  if (write_elements(writer, array, length) < 0) return -1;
  return indices < count ? write_fields(writer, array, names + indices, count - indices) : 0;
}

static int write_array(Writer *writer, JSValueConst array) {
  JSObject *object = JS_VALUE_GET_OBJ(array);
  JSPropertyEnum *names;
  uint32_t length, count;
  int result;
  if (JS_ToUint32(writer->ctx, &length, object->prop[0].u.value) < 0) return -1;
  /* It has nothing but its length and its elements. */
  if (object->fast_array && object->u.array.count == length && object->shape->prop_count == 1) {
    if (write_byte(writer, TAG_ARRAY) < 0 || write_count(writer, length) < 0) return -1;
    return write_elements(writer, array, length);
  }
  if (names_of(writer, object, &names, &count) < 0) return -1;
  result = write_named_array(writer, array, length, names, count);
  JS_FreePropertyEnum(writer->ctx, names, count);
  return result;
}

/* Writes the arguments of a call, which are an array with the number 0 that nothing else can name. */
static int write_arguments(Writer *writer, int count, JSValueConst *values) {
  Part part = { .kind = PART_INDEX };
  if (seen_add(writer->ctx, &writer->seen, NULL) < 0 || write_byte(writer, TAG_ARRAY) < 0) return -1;
  if (write_count(writer, (uint64_t)count) < 0 || enter(writer, &part) < 0) return -1;
  for (int i = 0; i < count; i++) {
    part.index = (uint32_t)i;
    if (write_value(writer, values[i]) < 0) return -1;
  }
  leave(writer, &part);
  return 0;
}
