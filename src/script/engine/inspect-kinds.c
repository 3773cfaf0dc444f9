/* How each kind of value is shown; see inspect.c, which includes this file. */

/** The name of an object's class: that of its constructor. Returns false where it has none. */
static bool show_class(JSContext *ctx, Buffer *out, JSObject *object) {
  JSValue constructor = peek(ctx, object, JS_ATOM_constructor);
  bool has_name = JS_IsObject(constructor) && show_peeked(ctx, out, JS_VALUE_GET_OBJ(constructor), JS_ATOM_name);
  JS_FreeValue(ctx, constructor);
  return has_name;
}

static int show_function(JSContext *ctx, Buffer *out, JSObject *object) {
  show_text(ctx, out, "[Function: ");
  if (!show_peeked(ctx, out, object, JS_ATOM_name)) {
    out->length -= 2;
    show_text(ctx, out, " (anonymous)");
  }
  return buffer_byte(ctx, out, ']');
}

/** `Name: message` and the stack, as the engine has taken it. */
static int show_error(JSContext *ctx, Buffer *out, JSObject *object) {
  JSValue stack = object->u.object_data;
  size_t start = out->length;
  if (!show_peeked(ctx, out, object, JS_ATOM_name)) show_text(ctx, out, "Error");
  show_text(ctx, out, ": ");
  if (!show_peeked(ctx, out, object, JS_ATOM_message)) out->length -= 2;
  if (JS_IsString(stack)) {
    buffer_byte(ctx, out, '\n');
    show_value(ctx, out, js_dup(stack));
    while (out->length > start && out->bytes[out->length - 1] == '\n') out->length--;
  }
  return 0;
}

static int show_date(JSContext *ctx, Buffer *out, JSValueConst date) {
  JSValue text = get_date_string(ctx, date, 0, NULL, 0x23);
  if (!JS_IsException(text)) return show_value(ctx, out, text);
  JS_FreeValue(ctx, JS_GetException(ctx));
  return show_text(ctx, out, "Invalid Date");
}

static int show_regexp(JSContext *ctx, Buffer *out, JSObject *object) {
  static const char letters[] = "dgimsuvy";
  static const int bits[] = {LRE_FLAG_INDICES, LRE_FLAG_GLOBAL,  LRE_FLAG_IGNORECASE,   LRE_FLAG_MULTILINE,
                             LRE_FLAG_DOTALL,  LRE_FLAG_UNICODE, LRE_FLAG_UNICODE_SETS, LRE_FLAG_STICKY};
  int flags = lre_get_flags(str8(object->u.regexp.bytecode));
  buffer_byte(ctx, out, '/');
  show_value(ctx, out, js_dup(JS_MKPTR(JS_TAG_STRING, object->u.regexp.pattern)));
  buffer_byte(ctx, out, '/');
  for (size_t i = 0; i < countof(bits); i++) {
    if (flags & bits[i]) buffer_byte(ctx, out, letters[i]);
  }
  return 0;
}

static int show_boxed(JSContext *ctx, Buffer *out, JSObject *object, const Inner *outer) {
  buffer_byte(ctx, out, '[');
  show_class(ctx, out, object);
  show_text(ctx, out, ": ");
  if (inspect(ctx, out, object->u.object_data, outer) < 0) return -1;
  return buffer_byte(ctx, out, ']');
}

static int show_promise(JSContext *ctx, Buffer *out, Inner *inner) {
  JSPromiseData *data = inner->object->u.promise_data;
  entry(ctx, out, inner);
  if (data->promise_state == JS_PROMISE_PENDING) return show_text(ctx, out, "<pending>");
  if (data->promise_state == JS_PROMISE_REJECTED) show_text(ctx, out, "<rejected> ");
  return inspect(ctx, out, data->promise_result, inner);
}

/** What is shown by a text alone, unless it has fields. Returns 1 where there was nothing to show so. */
static int show_plain(JSContext *ctx, Buffer *out, JSValueConst value, JSObject *object, const Inner *outer) {
  switch (object->class_id) {
  case JS_CLASS_ERROR:
    return show_error(ctx, out, object);
  case JS_CLASS_DATE:
    return show_date(ctx, out, value);
  case JS_CLASS_REGEXP:
    return show_regexp(ctx, out, object);
  case JS_CLASS_NUMBER:
  case JS_CLASS_STRING:
  case JS_CLASS_BOOLEAN:
  case JS_CLASS_SYMBOL:
  case JS_CLASS_BIG_INT:
    return show_boxed(ctx, out, object, outer);
  default:
    return JS_IsFunction(ctx, value) ? show_function(ctx, out, object) : 1;
  }
}

/** The name before an object's bracket; none for what is written as `{}` or `[]`. */
static void show_head(JSContext *ctx, Buffer *out, JSObject *object, int64_t size) {
  size_t start = out->length;
  const char *usual = object->class_id == JS_CLASS_ARRAY ? "Array" : "Object";
  if (object->shape->proto == NULL) show_text(ctx, out, "[Object: null prototype]");
  else if (!show_class(ctx, out, object)) show_text(ctx, out, usual);
  if (size >= 0 && object->class_id != JS_CLASS_ARRAY) {
    buffer_byte(ctx, out, '(');
    show_count(ctx, out, size);
    buffer_byte(ctx, out, ')');
  }
  buffer_byte(ctx, out, ' ');
  if (out->length - start == strlen(usual) + 1 && memcmp(out->bytes + start, usual, strlen(usual)) == 0) {
    out->length = start;
  }
}

static int show_deep(JSContext *ctx, Buffer *out, JSObject *object) {
  buffer_byte(ctx, out, '[');
  if (!show_class(ctx, out, object)) show_text(ctx, out, "Object");
  return buffer_byte(ctx, out, ']');
}

/** How many items an object has; -1 where it is no list. */
static int64_t items_of(JSContext *ctx, JSObject *object) {
  uint32_t length = 0;
  if (object->class_id == JS_CLASS_MAP || object->class_id == JS_CLASS_SET) return object->u.map_state->record_count;
  if (is_typed_array(object->class_id)) return typed_array_length(object);
  if (object->class_id != JS_CLASS_ARRAY) return -1;
  JS_ToUint32(ctx, &length, object->prop[0].u.value);
  return length;
}

/** A field of an error that is not shown with the others. */
static int show_hidden(JSContext *ctx, Buffer *out, Inner *inner, JSAtom name) {
  JSProperty *property;
  JSShapeProperty *field = find_own_property(&property, inner->object, name);
  if (field == NULL || (field->flags & (JS_PROP_TMASK | JS_PROP_ENUMERABLE)) != JS_PROP_NORMAL) return 0;
  entry(ctx, out, inner);
  buffer_byte(ctx, out, '[');
  show_value(ctx, out, JS_AtomToString(ctx, name));
  show_text(ctx, out, "]: ");
  return inspect(ctx, out, property->u.value, inner);
}

static int show_inside(JSContext *ctx, Buffer *out, Inner *inner, int64_t size) {
  JSObject *object = inner->object;
  if (object->class_id == JS_CLASS_MAP || object->class_id == JS_CLASS_SET) {
    if (show_records(ctx, out, inner) < 0) return -1;
  } else if (size >= 0) {
    if (show_items(ctx, out, inner, size) < 0) return -1;
  } else if (object->class_id == JS_CLASS_PROMISE) {
    if (show_promise(ctx, out, inner) < 0) return -1;
  } else if (object->class_id == JS_CLASS_ARRAY_BUFFER) {
    entry(ctx, out, inner);
    show_text(ctx, out, "byteLength: ");
    show_count(ctx, out, object->u.array_buffer->byte_length);
  } else if (object->class_id == JS_CLASS_ERROR) {
    if (show_hidden(ctx, out, inner, JS_ATOM_cause) < 0 || show_hidden(ctx, out, inner, JS_ATOM_errors) < 0) return -1;
  }
  return show_fields(ctx, out, inner, size >= 0 || object->class_id == JS_CLASS_STRING);
}

static int show_object(JSContext *ctx, Buffer *out, JSValueConst value, const Inner *outer) {
  JSObject *object = JS_VALUE_GET_OBJ(value);
  Inner inner = {outer, object, outer == NULL ? 0 : outer->depth + 1, {0}};
  int64_t size = items_of(ctx, object);
  bool is_list = size >= 0 && object->class_id != JS_CLASS_MAP && object->class_id != JS_CLASS_SET;
  size_t start = out->length, inside;
  int status = show_plain(ctx, out, value, object, outer);
  if (status < 0) return -1;
  if (status == 1 && inner.depth > INSPECT_DEPTH) return show_deep(ctx, out, object);
  if (status == 1) show_head(ctx, out, object, size);
  else buffer_byte(ctx, out, ' ');
  inside = out->length;
  buffer_byte(ctx, out, is_list ? '[' : '{');
  if (show_inside(ctx, out, &inner, size) < 0) {
    buffer_free(ctx, &inner.entries);
    return -1;
  }
  if (status == 0 && inner.entries.length == 0) {
    out->length = inside - 1;
    return 0;
  }
  return show_end(ctx, out, &inner, status == 0 ? inside : start, is_list ? ']' : '}');
}

/** Appends a value as text. `outer`: what it stands in. */
static int inspect(JSContext *ctx, Buffer *out, JSValueConst value, const Inner *outer) {
  int tag = JS_VALUE_GET_NORM_TAG(value);
  if (js_check_stack_overflow(ctx->rt, 0)) {
    JS_ThrowStackOverflow(ctx);
    return -1;
  }
  if (JS_IsString(value)) return show_quoted(ctx, out, value);
  if (tag == JS_TAG_SYMBOL) return show_symbol(ctx, out, value);
  if (JS_IsBigInt(value)) return show_value(ctx, out, js_dup(value)) < 0 ? -1 : buffer_byte(ctx, out, 'n');
  if (tag == JS_TAG_FLOAT64 && JS_VALUE_GET_FLOAT64(value) == 0 && signbit(JS_VALUE_GET_FLOAT64(value))) {
    return show_text(ctx, out, "-0");
  }
  if (tag != JS_TAG_OBJECT) return show_value(ctx, out, js_dup(value));
  for (const Inner *at = outer; at != NULL; at = at->outer) {
    if (at->object == JS_VALUE_GET_OBJ(value)) return show_text(ctx, out, "[Circular]");
  }
  if (JS_VALUE_GET_OBJ(value)->class_id != JS_CLASS_PROXY) return show_object(ctx, out, value, outer);
  if (JS_VALUE_GET_OBJ(value)->u.proxy_data->is_revoked) return show_text(ctx, out, "<Revoked Proxy>");
  return inspect(ctx, out, JS_VALUE_GET_OBJ(value)->u.proxy_data->target, outer);
}
