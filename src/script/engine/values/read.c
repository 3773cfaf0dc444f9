/* Reads one value: what each tag of the grammar stands for in a script.
 *
 * Promises that objects get the numbers that their writer has given them, that no code of the script runs, and that every
 * field is an own one, `__proto__` included. Objects of the host and shared memory are refused by name.
 */

/* Defines a field, and takes the value. */
static int read_define(Reader *reader, JSValueConst object, JSAtom name, JSValue value) {
  JSObject *plain = JS_VALUE_GET_OBJ(object);
  if (plain->class_id == JS_CLASS_OBJECT && find_own_property1(plain, name) == NULL) {
    JSProperty *property = add_property(reader->ctx, plain, name, JS_PROP_C_W_E);
    if (property != NULL) return (property->u.value = value, 0);
    JS_FreeValue(reader->ctx, value);
    return -1;
  }
  return JS_DefinePropertyValue(reader->ctx, object, name, value, JS_PROP_C_W_E | JS_PROP_THROW) < 0 ? -1 : 0;
}

/* Reads the value of a field and defines it; where `may_lack` the object may not have it any more. Takes no atom. */
static int read_field(Reader *reader, JSValueConst object, JSAtom name, bool may_lack) {
  JSValue value;
  if (may_lack && next_tag(reader) == TAG_HOLE) return (reader->at++, 0);
  value = read_value(reader);
  return JS_IsException(value) ? -1 : read_define(reader, object, name, value);
}

/* Reads fields into an object until their end. */
static int read_fields(Reader *reader, JSValueConst object) {
  for (;;) {
    bool failed;
    JSAtom name = read_name(reader, &failed);
    int result;
    if (name == JS_ATOM_NULL) return failed ? -1 : 0;
    result = read_field(reader, object, name, false);
    JS_FreeAtom(reader->ctx, name);
    if (result < 0) return -1;
  }
}

static JSValue read_object(Reader *reader) {
  JSValue object = keep(reader, JS_NewObject(reader->ctx));
  if (JS_IsException(object)) return object;
  if (read_fields(reader, object) == 0) return object;
  JS_FreeValue(reader->ctx, object);
  return JS_EXCEPTION;
}

/* An object with many fields, whose names are values. */
static JSValue read_dictionary(Reader *reader) {
  JSValue object = keep(reader, JS_NewObject(reader->ctx));
  uint64_t left;
  if (JS_IsException(object)) return object;
  if (read_count(reader, &left) < 0) goto fail;
  for (; left > 0; left--) {
    JSValue text = read_text(reader);
    JSAtom name;
    int result;
    if (JS_IsException(text)) goto fail;
    name = JS_NewAtomStr(reader->ctx, JS_VALUE_GET_STRING(text));
    if (name == JS_ATOM_NULL) goto fail;
    result = read_field(reader, object, name, true);
    JS_FreeAtom(reader->ctx, name);
    if (result < 0) goto fail;
  }
  return object;
fail:
  JS_FreeValue(reader->ctx, object);
  return JS_EXCEPTION;
}

static JSValue read_shaped(Reader *reader, uint32_t number) {
  JSValue object = keep(reader, JS_NewObject(reader->ctx));
  if (JS_IsException(object)) return object;
  for (uint32_t i = 0; i < reader->shapes[number].count; i++) {
    if (read_field(reader, object, reader->shapes[number].names[i], true) == 0) continue;
    JS_FreeValue(reader->ctx, object);
    return JS_EXCEPTION;
  }
  return object;
}

/* Reads the names of a shape, which is remembered from its first name on. */
static int read_names(Reader *reader, Shape *shape, uint64_t count) {
  shape->count = 0;
  shape->names = js_malloc(reader->ctx, (count + 1) * sizeof(JSAtom));
  if (shape->names == NULL) return -1;
  reader->shape_count++;
  for (uint64_t i = 0; i < count; i++) {
    bool failed;
    JSAtom name = read_name(reader, &failed);
    if (name == JS_ATOM_NULL) {
      if (!failed) read_failed(reader, "a shape in it has too few names");
      return -1;
    }
    shape->names[shape->count++] = name;
  }
  return 0;
}

static JSValue read_new_shape(Reader *reader) {
  uint64_t count;
  if (read_count(reader, &count) < 0) return JS_EXCEPTION;
  if (count > MOST_NAMES) return read_failed(reader, "a shape in it has too many names");
  if (reader->shape_count == reader->shape_room) {
    uint32_t room = reader->shape_room + 8 + reader->shape_room / 2;
    Shape *shapes = js_realloc(reader->ctx, reader->shapes, room * sizeof(Shape));
    if (shapes == NULL) return JS_EXCEPTION;
    reader->shapes = shapes;
    reader->shape_room = room;
  }
  if (read_names(reader, &reader->shapes[reader->shape_count], count) < 0) return JS_EXCEPTION;
  return read_shaped(reader, reader->shape_count - 1);
}

static JSValue read_known_shape(Reader *reader) {
  uint64_t number;
  if (read_count(reader, &number) < 0) return JS_EXCEPTION;
  if (number >= reader->shape_count) return read_failed(reader, "it names a shape that is not in it");
  return read_shaped(reader, (uint32_t)number);
}

static JSValue read_map(Reader *reader, int magic) {
  JSValue map = keep(reader, js_map_constructor(reader->ctx, JS_UNDEFINED, 0, NULL, magic));
  uint64_t left;
  if (JS_IsException(map)) return map;
  if (read_count(reader, &left) < 0) goto fail;
  for (; left > 0; left--) {
    JSValue entry[2] = { read_value(reader), JS_UNDEFINED };
    JSValue result = JS_EXCEPTION;
    if (JS_IsException(entry[0])) goto fail;
    if (magic != MAGIC_SET) entry[1] = read_value(reader);
    if (!JS_IsException(entry[1])) result = js_map_set(reader->ctx, map, 2, vc(entry), magic);
    JS_FreeValue(reader->ctx, entry[0]);
    JS_FreeValue(reader->ctx, entry[1]);
    JS_FreeValue(reader->ctx, result);
    if (JS_IsException(result)) goto fail;
  }
  return map;
fail:
  JS_FreeValue(reader->ctx, map);
  return JS_EXCEPTION;
}

static JSValue read_date(Reader *reader) {
  JSValue time = read_double(reader);
  double value;
  if (JS_IsException(time) || JS_ToFloat64(reader->ctx, &value, time) < 0) return JS_EXCEPTION;
  return keep(reader, JS_NewDate(reader->ctx, value));
}

static JSValue read_regexp(Reader *reader) {
  JSContext *ctx = reader->ctx;
  JSValue source = read_text(reader);
  JSValue flags, code;
  if (JS_IsException(source)) return source;
  flags = read_text(reader);
  code = JS_IsException(flags) ? flags : js_compile_regexp(ctx, source, flags);
  JS_FreeValue(ctx, flags);
  if (JS_IsException(code)) return (JS_FreeValue(ctx, source), code);
  return keep(reader, js_regexp_constructor_internal(ctx, JS_UNDEFINED, source, code));
}

static JSValue read_bigint(Reader *reader) {
  JSContext *ctx = reader->ctx;
  JSValue text = read_text(reader);
  const char *digits;
  JSBigInt *value;
  size_t count;
  if (JS_IsException(text)) return text;
  digits = JS_ToCStringLen(ctx, &count, text);
  JS_FreeValue(ctx, text);
  if (digits == NULL) return JS_EXCEPTION;
  if (count == 0 || strspn(digits + (*digits == '-'), "0123456789abcdef") != count - (*digits == '-') ||
      count == (size_t)(*digits == '-')) {
    JS_FreeCString(ctx, digits);
    return read_failed(reader, "a BigInt in it has no digits");
  }
  value = js_bigint_from_string(ctx, digits, 16);
  JS_FreeCString(ctx, digits);
  return value == NULL ? JS_EXCEPTION : JS_CompactBigInt(ctx, value);
}

static JSValue read_boxed(Reader *reader) {
  JSValue value = read_value(reader);
  JSValue box;
  if (JS_IsException(value)) return value;
  if (JS_IsObject(value) || JS_IsNull(value) || JS_IsUndefined(value)) {
    JS_FreeValue(reader->ctx, value);
    return read_failed(reader, "it has something else where a primitive must be");
  }
  box = JS_ToObject(reader->ctx, value);
  JS_FreeValue(reader->ctx, value);
  return keep(reader, box);
}
