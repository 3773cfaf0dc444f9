/* Writes one value, and whatever hangs on it: a walk that visits every object once (lib/wire/writer.ts).
 *
 * Promises that the host reads what structuredClone would make, that getters are read once, and that an object met again is a
 * reference. What cannot cross is refused with the path; the error of a getter passes through. Of the grammar, it writes
 * no shapes, no pieces of strings and no lists of them.
 */

static int write_byte(Writer *writer, int byte) {
  return buffer_byte(writer->ctx, writer->out, (uint8_t)byte);
}

/* A whole number from 0 to 2^53, small ones in fewer bytes. */
static int write_count(Writer *writer, uint64_t count) {
  Buffer *out = writer->out;
  if (buffer_room(writer->ctx, out, 10) < 0) return -1;
  for (; count > 0x7f; count >>= 7) out->bytes[out->length++] = (uint8_t)((count & 0x7f) | 0x80);
  out->bytes[out->length++] = (uint8_t)count;
  return 0;
}

static void put_word(uint8_t *bytes, uint32_t value) {
  for (int i = 0; i < 4; i++) bytes[i] = (uint8_t)(value >> (8 * i));
}

static int write_int(Writer *writer, int32_t value) {
  Buffer *out = writer->out;
  if (value >= 0 && value < 0x40) return write_byte(writer, TAG_SMALL_INT | value);
  if (buffer_room(writer->ctx, out, 5) < 0) return -1;
  out->bytes[out->length] = TAG_INT;
  put_word(out->bytes + out->length + 1, (uint32_t)value);
  out->length += 5;
  return 0;
}

static int write_bits(Writer *writer, double value) {
  Buffer *out = writer->out;
  uint64_t bits;
  if (buffer_room(writer->ctx, out, 8) < 0) return -1;
  memcpy(&bits, &value, sizeof(bits));
  put_word(out->bytes + out->length, (uint32_t)bits);
  put_word(out->bytes + out->length + 4, (uint32_t)(bits >> 32));
  out->length += 8;
  return 0;
}

static int write_double(Writer *writer, double value) {
  bool is_int = value >= INT32_MIN && value <= INT32_MAX && value == (int32_t)value;
  if (is_int && (value != 0 || !signbit(value))) return write_int(writer, (int32_t)value);
  return write_byte(writer, TAG_DOUBLE) < 0 ? -1 : write_bits(writer, value);
}

/* Whether no character of a string takes two bytes. */
static bool is_narrow(JSString *string) {
  const uint16_t *characters;
  if (!string->is_wide_char) return true;
  characters = str16(string);
  for (uint32_t i = 0; i < string->len; i++) if (characters[i] > 0xff) return false;
  return true;
}

/* Writes the characters of a string that is kept as two bytes each, though they take one. */
static int write_narrowed(Writer *writer, JSString *string) {
  Buffer *out = writer->out;
  const uint16_t *characters = str16(string);
  if (buffer_room(writer->ctx, out, string->len) < 0) return -1;
  for (uint32_t i = 0; i < string->len; i++) out->bytes[out->length++] = (uint8_t)characters[i];
  return 0;
}

static int write_string(Writer *writer, JSString *string) {
  Buffer *out = writer->out;
  uint32_t length = string->len;
  bool is_wide;
  int result;
  if (!string->is_wide_char && length <= MOST_TEXT) {
    if (buffer_room(writer->ctx, out, 1 + length) < 0) return -1;
    out->bytes[out->length] = (uint8_t)(TAG_SHORT_STRING | length);
    memcpy(out->bytes + out->length + 1, str8(string), length);
    out->length += 1 + length;
    return 0;
  }
  is_wide = !is_narrow(string);
  if (!is_wide && length <= MOST_TEXT) result = write_byte(writer, TAG_SHORT_STRING | length);
  else result = write_byte(writer, is_wide ? TAG_WIDE : TAG_LATIN1) < 0 ? -1 : write_count(writer, length);
  if (result < 0) return -1;
  if (string->is_wide_char && !is_wide) return write_narrowed(writer, string);
  return buffer_put(writer->ctx, out, strv(string), (size_t)length << is_wide);
}

/* Writes a value that the engine shows as a string, and takes it. */
static int write_text_of(Writer *writer, JSValue text) {
  int result;
  if (JS_IsException(text)) return -1;
  result = write_string(writer, JS_VALUE_GET_STRING(text));
  JS_FreeValue(writer->ctx, text);
  return result;
}

static int write_atom(Writer *writer, JSAtom atom) {
  if (__JS_AtomIsTaggedInt(atom)) return write_text_of(writer, JS_AtomToString(writer->ctx, atom));
  return write_string(writer, writer->ctx->rt->atom_array[atom]);
}

static int write_bigint(Writer *writer, JSValueConst value) {
  if (write_byte(writer, TAG_BIG_INT) < 0) return -1;
  return write_text_of(writer, js_bigint_to_string1(writer->ctx, value, 16));
}

/* What a class calls `static name` is not its name. */
static int refuse_function(Writer *writer, JSObject *function) {
  JSProperty *property;
  JSShapeProperty *shape = NULL;
  if (function->class_id != JS_CLASS_PROXY) shape = find_own_property(&property, function, JS_ATOM_name);
  if (shape == NULL || (shape->flags & JS_PROP_TMASK) != JS_PROP_NORMAL || !JS_IsString(property->u.value)) {
    return refuse(writer, "a function");
  }
  if (JS_VALUE_GET_TAG(property->u.value) == JS_TAG_STRING && JS_VALUE_GET_STRING(property->u.value)->len == 0) {
    return refuse(writer, "a function");
  }
  return refuse_named(writer, "the function ", JS_ToString(writer->ctx, property->u.value));
}

/* Writes a reference to an object met before; a new object gets the next number. Returns 1 where it was met, 0, or -1. */
static int write_known(Writer *writer, JSObject *object) {
  int64_t number = seen_find(&writer->seen, object);
  if (number < 0) return seen_add(writer->ctx, &writer->seen, object);
  if (write_byte(writer, TAG_REF) < 0 || write_count(writer, (uint64_t)number) < 0) return -1;
  return 1;
}

/* Goes one level down; `leave` takes that back. `part` is where the level's own parts stand. */
static int enter(Writer *writer, Part *part) {
  if (writer->depth >= DEEPEST) return refuse(writer, "nested more than 1000 levels deep");
  if (js_check_stack_overflow(writer->ctx->rt, 0)) return refuse(writer, "nested too deeply for what is left of the stack");
  writer->depth++;
  part->up = writer->part;
  writer->part = part;
  return 0;
}

static void leave(Writer *writer, const Part *part) {
  writer->part = part->up;
  writer->depth--;
}

/* Reads a field. Returns 1 where it is there, 0 where a getter before it has deleted it, -1 with an exception pending. */
static int field_of(Writer *writer, JSValueConst object, JSAtom name, JSValue *value) {
  int has;
  *value = JS_GetProperty(writer->ctx, object, name);
  if (JS_IsException(*value)) return -1;
  if (!JS_IsUndefined(*value)) return 1;
  has = JS_GetOwnProperty(writer->ctx, NULL, object, name);
  return has;
}

/* Writes a field, its name before it. */
static int write_field(Writer *writer, Part *part, JSValueConst object, JSAtom name) {
  JSValue value;
  int result = field_of(writer, object, name, &value);
  if (result <= 0) return result;
  part->name = name;
  result = write_atom(writer, name) < 0 ? -1 : write_value(writer, value);
  JS_FreeValue(writer->ctx, value);
  return result;
}

/* Writes these fields of an object, each value after its name, and an end. */
static int write_fields(Writer *writer, JSValueConst object, const JSPropertyEnum *names, uint32_t count) {
  Part part = { .kind = PART_FIELD };
  if (enter(writer, &part) < 0) return -1;
  for (uint32_t i = 0; i < count; i++) if (write_field(writer, &part, object, names[i].atom) < 0) return -1;
  leave(writer, &part);
  return write_byte(writer, TAG_END);
}

/* The own fields of an object that are shown, in order; `JS_FreePropertyEnum` gives them back. */
static int names_of(Writer *writer, JSObject *object, JSPropertyEnum **names, uint32_t *count) {
  return JS_GetOwnPropertyNamesInternal(writer->ctx, names, count, object, JS_GPN_STRING_MASK | JS_GPN_ENUM_ONLY);
}

/* Whether the fields of an object are those of its shape, in that order: indices would come first. */
static bool is_in_order(JSContext *ctx, JSObject *object) {
  const JSShapeProperty *field = get_shape_prop(object->shape);
  uint32_t index;
  if (object->class_id != JS_CLASS_OBJECT || object->is_exotic || !object->shape->is_hashed) return false;
  for (int i = 0; i < object->shape->prop_count; i++) {
    if (field[i].atom != JS_ATOM_NULL && JS_AtomIsArrayIndex(ctx, &index, field[i].atom)) return false;
  }
  return true;
}

/* Writes the field at a place of a shape, which the object may not have any more. */
static int write_at(Writer *writer, Part *part, JSObject *object, JSShape *shape, int at) {
  const JSShapeProperty *field = get_shape_prop(shape) + at;
  JSValue value;
  int result;
  if (!(field->flags & JS_PROP_ENUMERABLE) || field->atom == JS_ATOM_NULL) return 0;
  if (JS_AtomGetKind(writer->ctx, field->atom) != JS_ATOM_KIND_STRING) return 0;
  if (object->shape != shape || (field->flags & JS_PROP_TMASK) != JS_PROP_NORMAL) {
    return write_field(writer, part, JS_MKPTR(JS_TAG_OBJECT, object), field->atom);
  }
  part->name = field->atom;
  value = js_dup(object->prop[at].u.value);
  result = write_atom(writer, field->atom) < 0 ? -1 : write_value(writer, value);
  JS_FreeValue(writer->ctx, value);
  return result;
}

/* Writes the fields of an object as its shape has them. The shape is held: then nobody changes it. */
static int write_shape(Writer *writer, JSObject *object) {
  JSShape *shape = js_dup_shape(object->shape);
  Part part = { .kind = PART_FIELD };
  int result = enter(writer, &part);
  for (int i = 0; result == 0 && i < shape->prop_count; i++) result = write_at(writer, &part, object, shape, i);
  js_free_shape(writer->ctx->rt, shape);
  if (result < 0) return -1;
  leave(writer, &part);
  return write_byte(writer, TAG_END);
}

static int write_plain(Writer *writer, JSValueConst value) {
  JSPropertyEnum *names;
  uint32_t count;
  int result;
  if (is_in_order(writer->ctx, JS_VALUE_GET_OBJ(value))) {
    return write_byte(writer, TAG_OBJECT) < 0 ? -1 : write_shape(writer, JS_VALUE_GET_OBJ(value));
  }
  if (names_of(writer, JS_VALUE_GET_OBJ(value), &names, &count) < 0) return -1;
  result = write_byte(writer, TAG_OBJECT) < 0 ? -1 : write_fields(writer, value, names, count);
  JS_FreePropertyEnum(writer->ctx, names, count);
  return result;
}
