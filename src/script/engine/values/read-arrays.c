/* Reads arrays, numbers and strings side by side in them, and the arguments of a call (lib/wire/arrays/).
 *
 * Promises that an array keeps its holes. As long as it has none, its elements stand in the engine's own fast array.
 */

/* Puts an element behind those of an array that has no holes so far, and takes it. */
static int add_element(Reader *reader, JSValueConst array, JSValue value) {
  JSObject *object = JS_VALUE_GET_OBJ(array);
  if (likely(object->fast_array)) return add_fast_array_element(reader->ctx, object, value, JS_PROP_THROW) < 0 ? -1 : 0;
  return (JS_FreeValue(reader->ctx, value), read_failed(reader, "an array in it is none"), -1);
}

/* Puts an element at an index, and takes it. */
static int put_element(Reader *reader, JSValueConst array, uint32_t index, JSValue value) {
  JSObject *object = JS_VALUE_GET_OBJ(array);
  if (object->fast_array && object->u.array.count == index) return add_element(reader, array, value);
  return JS_DefinePropertyValueUint32(reader->ctx, array, index, value, JS_PROP_C_W_E | JS_PROP_THROW) < 0 ? -1 : 0;
}

/* Reads numbers that stand side by side; returns how many, or 0 with an exception pending. */
static uint32_t read_numbers(Reader *reader, JSValueConst array, uint32_t index, bool is_int) {
  size_t size = is_int ? 4 : 8;
  uint32_t count;
  if (read_run(reader, size, &count) < 0) return 0;
  if (!is_int) {
    int padding = read_byte(reader);
    if (padding < 0 || !has_bytes(reader, padding + (uint64_t)count * 8)) return 0;
    reader->at += padding;
  }
  for (uint32_t i = 0; i < count; i++, reader->at += size) {
    const uint8_t *bytes = reader->bytes + reader->at;
    JSValue value = is_int ? js_int32((int32_t)word_at(bytes)) : js_float64(double_at(bytes));
    if (put_element(reader, array, index + i, value) < 0) return 0;
  }
  return count;
}

static uint32_t read_list(Reader *reader, JSValueConst array, uint32_t index) {
  const uint8_t *lengths;
  uint32_t count;
  uint64_t size;
  if (read_run(reader, 1, &count) < 0) return 0;
  lengths = reader->bytes + reader->at;
  reader->at += count;
  if (read_count(reader, &size) < 0) return 0;
  for (uint32_t i = 0; i < count; i++) {
    JSValue text = read_characters(reader, lengths[i], size % 2 == 1);
    if (JS_IsException(text) || put_element(reader, array, index + i, text) < 0) return 0;
  }
  return count;
}

/* Reads what stands at an index, or several elements from there on; returns how many, or 0 with an exception pending. */
static uint32_t read_elements(Reader *reader, JSValueConst array, uint32_t index) {
  int tag = past_pieces(reader);
  JSValue value;
  if (tag < 0) return 0;
  if (tag == TAG_INTS || tag == TAG_DOUBLES) return read_numbers(reader, array, index, tag == TAG_INTS);
  if (tag == TAG_STRINGS) return read_list(reader, array, index);
  if (tag == TAG_HOLE) return 1;
  value = read_tagged(reader, (uint8_t)tag);
  return JS_IsException(value) || put_element(reader, array, index, value) < 0 ? 0 : 1;
}

/* Makes an array of this length, of which no element is there yet. */
static JSValue new_array(Reader *reader, uint64_t *length, bool has_elements) {
  JSValue array = JS_EXCEPTION;
  if (read_count(reader, length) < 0) return JS_EXCEPTION;
  /* An element has a byte at least; of several strings or numbers each has. */
  if (*length > UINT32_MAX || (has_elements && *length > reader->length - reader->at)) {
    return read_failed(reader, "an array in it is too long");
  }
  array = JS_NewArray(reader->ctx);
  if (JS_IsException(array) || !has_elements || *length == 0) return keep(reader, array);
  if (expand_fast_array(reader->ctx, JS_VALUE_GET_OBJ(array), (uint32_t)*length) == 0) return keep(reader, array);
  JS_FreeValue(reader->ctx, array);
  return JS_EXCEPTION;
}

static int set_length(Reader *reader, JSValueConst array, uint64_t length) {
  return set_array_length(reader->ctx, JS_VALUE_GET_OBJ(array), js_uint32((uint32_t)length), JS_PROP_THROW) < 0 ? -1 : 0;
}

static JSValue read_array(Reader *reader, bool has_fields) {
  uint64_t length;
  JSValue array = new_array(reader, &length, true);
  uint32_t index = 0;
  if (JS_IsException(array)) return array;
  while (index < length) {
    uint32_t count = read_elements(reader, array, index);
    if (count == 0) goto fail;
    if (count > length - index) {
      read_failed(reader, "an array in it has too many elements");
      goto fail;
    }
    index += count;
  }
  if (set_length(reader, array, length) < 0 || (has_fields && read_fields(reader, array) < 0)) goto fail;
  return array;
fail:
  JS_FreeValue(reader->ctx, array);
  return JS_EXCEPTION;
}

static JSValue read_sparse_array(Reader *reader) {
  uint64_t length;
  JSValue array = new_array(reader, &length, false);
  if (JS_IsException(array)) return array;
  if (set_length(reader, array, length) == 0 && read_fields(reader, array) == 0) return array;
  JS_FreeValue(reader->ctx, array);
  return JS_EXCEPTION;
}
