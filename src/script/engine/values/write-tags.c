/* Which part writes what kind of value, and the ways in: `values_write`, `values_write_call`. */

/* Writes an object that may be of any kind. */
static int write_kind(Writer *writer, JSValueConst value) {
  JSObject *object = JS_VALUE_GET_OBJ(value);
  const char *why;
  switch (kind_of(writer->ctx, object, &why)) {
    case KIND_PLAIN: return write_plain(writer, value);
    case KIND_ARRAY: return write_array(writer, value);
    case KIND_MAP: return write_map(writer, object, false);
    case KIND_SET: return write_map(writer, object, true);
    case KIND_DATE: return write_date(writer, object);
    case KIND_REG_EXP: return write_regexp(writer, value);
    case KIND_BOXED: return write_byte(writer, TAG_BOXED) < 0 ? -1 : write_value(writer, object->u.object_data);
    case KIND_ERROR: return write_error(writer, value);
    case KIND_DOM_EXCEPTION: return write_dom_exception(writer, value);
    case KIND_VIEW: return write_view(writer, object);
    case KIND_MEMORY: return write_memory(writer, object);
    case KIND_REFUSED: break;
  }
  return refuse(writer, why);
}

static int write_object(Writer *writer, JSValueConst value) {
  JSObject *object = JS_VALUE_GET_OBJ(value);
  int known;
  if (JS_IsFunction(writer->ctx, value)) return refuse_function(writer, object);
  known = write_known(writer, object);
  if (known != 0) return known < 0 ? -1 : 0;
  if (object->class_id == JS_CLASS_PROXY) return refuse(writer, "a Proxy");
  return write_kind(writer, value);
}

static int write_value(Writer *writer, JSValueConst value) {
  switch (JS_VALUE_GET_NORM_TAG(value)) {
    case JS_TAG_INT: return write_int(writer, JS_VALUE_GET_INT(value));
    case JS_TAG_STRING: return write_string(writer, JS_VALUE_GET_STRING(value));
    case JS_TAG_OBJECT: return write_object(writer, value);
    case JS_TAG_FLOAT64: return write_double(writer, JS_VALUE_GET_FLOAT64(value));
    case JS_TAG_BOOL: return write_byte(writer, JS_VALUE_GET_BOOL(value) ? TAG_TRUE : TAG_FALSE);
    case JS_TAG_NULL: return write_byte(writer, TAG_NULL);
    case JS_TAG_UNDEFINED: return write_byte(writer, TAG_UNDEFINED);
    case JS_TAG_STRING_ROPE: return write_text_of(writer, JS_ToString(writer->ctx, value));
    case JS_TAG_SHORT_BIG_INT:
    case JS_TAG_BIG_INT: return write_bigint(writer, value);
    case JS_TAG_SYMBOL: return refuse(writer, "a symbol");
    default: return refuse(writer, "a value of the engine's");
  }
}

/* Begins a packet, behind what the buffer has. */
static int writer_begin(Writer *writer, JSContext *ctx, Buffer *out, const char *root) {
  writer->ctx = ctx;
  writer->out = out;
  writer->root = root;
  writer->is_lenient = writer->is_clone = false;
  writer->depth = 0;
  writer->part = NULL;
  writer->growth = 0;
  seen_begin(&writer->seen);
  return buffer_put(ctx, out, "\0\0\0\0", HEAD); /* No piece of strings. */
}

/* Lets go of everything; what was written is taken back where that has failed. */
static int writer_end(Writer *writer, int result, size_t before) {
  if (result < 0) writer->out->length = before;
  seen_end(writer->ctx, &writer->seen);
  return result;
}

/* Writes the Error that stands for what has been thrown and cannot cross. */
static int write_stand_in(JSContext *ctx, Buffer *out, JSValueConst value) {
  JSValue error;
  int result;
  JS_FreeValue(ctx, JS_GetException(ctx));
  error = stand_in(ctx, value);
  if (JS_IsException(error)) return -1;
  result = values_write(ctx, out, error, 0);
  JS_FreeValue(ctx, error);
  return result;
}

static int values_write(JSContext *ctx, Buffer *out, JSValueConst value, int flags) {
  bool is_lenient = (flags & VALUES_LENIENT) != 0, is_clone = (flags & VALUES_CLONE) != 0;
  size_t before = out->length;
  Writer writer;
  int result = writer_begin(&writer, ctx, out, is_lenient ? "error" : is_clone ? "value" : "result");
  writer.is_lenient = is_lenient;
  writer.is_clone = is_clone;
  if (result == 0) result = write_value(&writer, value);
  result = writer_end(&writer, result, before);
  return result < 0 && is_lenient ? write_stand_in(ctx, out, value) : result;
}

static int values_write_call(JSContext *ctx, Buffer *out, JSValueConst name, int argc, JSValueConst *argv) {
  size_t before = out->length;
  Writer writer;
  int result = writer_begin(&writer, ctx, out, "args");
  if (result == 0) result = write_text_of(&writer, JS_ToString(ctx, name));
  if (result == 0) result = write_arguments(&writer, argc, argv);
  return writer_end(&writer, result, before);
}

static JSValue values_clone(JSContext *ctx, JSValueConst value) {
  Buffer bytes = { 0 };
  JSValue copy = JS_EXCEPTION;
  if (values_write(ctx, &bytes, value, VALUES_CLONE) == 0) copy = read_packet(ctx, bytes.bytes, bytes.length, true);
  buffer_free(ctx, &bytes);
  return copy;
}
