/* Reads ArrayBuffers, Buffers and the views of them (lib/wire/binary.ts).
 *
 * Promises that views of one ArrayBuffer arrive as views of one. A Buffer arrives as a Uint8Array: a script has no other.
 * Memory that several threads share is refused.
 */

/* The classes of views, by the numbers that packets have for them. */
static const uint8_t view_classes[] = {
  JS_CLASS_INT8_ARRAY,    JS_CLASS_UINT8_ARRAY,   JS_CLASS_UINT8C_ARRAY,    JS_CLASS_INT16_ARRAY,
  JS_CLASS_UINT16_ARRAY,  JS_CLASS_INT32_ARRAY,   JS_CLASS_UINT32_ARRAY,    JS_CLASS_FLOAT16_ARRAY,
  JS_CLASS_FLOAT32_ARRAY, JS_CLASS_FLOAT64_ARRAY, JS_CLASS_BIG_INT64_ARRAY, JS_CLASS_BIG_UINT64_ARRAY,
  JS_CLASS_DATAVIEW,      JS_CLASS_UINT8_ARRAY,
};

static JSValue read_array_buffer(Reader *reader) {
  uint64_t limit, length, most;
  JSValue memory;
  if (read_count(reader, &limit) < 0 || read_count(reader, &length) < 0 || !has_bytes(reader, length)) return JS_EXCEPTION;
  most = limit - 1;
  if (limit > 0 && most < length) return read_failed(reader, "memory in it is larger than it can be");
  memory = js_array_buffer_constructor1(reader->ctx, JS_UNDEFINED, length, limit > 0 ? &most : NULL);
  if (JS_IsException(memory)) return memory;
  memcpy(JS_VALUE_GET_OBJ(memory)->u.array_buffer->data, reader->bytes + reader->at, (size_t)length);
  reader->at += (size_t)length;
  return keep(reader, memory);
}

/* A view of memory; `length` in bytes, undefined where it follows the memory's. */
static JSValue view_of(JSContext *ctx, int type, JSValueConst memory, uint64_t offset, JSValueConst length) {
  JSValueConst args[3] = { memory, js_int64((int64_t)offset), length };
  int class_id = view_classes[type];
  if (class_id == JS_CLASS_DATAVIEW) return js_dataview_constructor(ctx, JS_UNDEFINED, 3, args);
  return js_typed_array_constructor(ctx, JS_UNDEFINED, 3, args, class_id);
}

static JSValue read_buffer(Reader *reader) {
  uint64_t length;
  JSValue memory, view;
  if (read_count(reader, &length) < 0 || !has_bytes(reader, length)) return JS_EXCEPTION;
  memory = JS_NewArrayBufferCopy(reader->ctx, reader->bytes + reader->at, (size_t)length);
  if (JS_IsException(memory)) return memory;
  reader->at += (size_t)length;
  view = view_of(reader->ctx, VIEW_BUFFER, memory, 0, JS_UNDEFINED);
  JS_FreeValue(reader->ctx, memory);
  return keep(reader, view);
}

/* Reads the place of a view, and makes it; `memory` is not taken. */
static JSValue read_place(Reader *reader, int type, JSValueConst memory) {
  uint64_t offset, length;
  int size = type < VIEW_DATA_VIEW ? 1 << typed_array_size_log2(view_classes[type]) : 1;
  if (read_count(reader, &offset) < 0 || read_count(reader, &length) < 0) return JS_EXCEPTION;
  if (length == 0) return view_of(reader->ctx, type, memory, offset, JS_UNDEFINED);
  if ((length - 1) % size != 0) return read_failed(reader, "a view in it ends within an element");
  return view_of(reader->ctx, type, memory, offset, js_int64((int64_t)(length - 1) / size));
}

static JSValue read_view(Reader *reader) {
  int type = read_byte(reader);
  uint32_t number = reader->ref_count; /* The view has its number before its memory. */
  JSValue memory, view;
  if (type < 0) return JS_EXCEPTION;
  if (type >= countof(view_classes)) return read_failed(reader, "a view in it is of no known class");
  if (JS_IsException(keep(reader, JS_UNDEFINED))) return JS_EXCEPTION;
  memory = read_value(reader);
  if (JS_IsException(memory)) return memory;
  if (!JS_IsArrayBuffer(memory)) {
    JS_FreeValue(reader->ctx, memory);
    return read_failed(reader, "it has a view of something else than memory");
  }
  view = read_place(reader, type, memory);
  JS_FreeValue(reader->ctx, memory);
  if (!JS_IsException(view)) reader->refs[number] = js_dup(view);
  return view;
}
