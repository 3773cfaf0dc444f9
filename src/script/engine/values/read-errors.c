/* Reads errors: with their class, name, message, cause, errors and other fields (lib/wire/errors.ts).
 *
 * Promises that no code of the script runs. The stack of the host is left out, as it tells where the host's files are: where
 * the script first throws the error, it gets the script's own lines. What class the host has registered stays with the error,
 * unseen, for when it goes back there.
 */

#define HIDDEN (JS_PROP_CONFIGURABLE | JS_PROP_WRITABLE)

/* The prototypes of the classes of errors, by the numbers that packets have for them. */
static JSValueConst error_prototype(JSContext *ctx, int number) {
  static const uint8_t numbers[ERROR_CLASSES] = {
    JS_PLAIN_ERROR, JS_TYPE_ERROR, JS_RANGE_ERROR,     JS_SYNTAX_ERROR,     JS_REFERENCE_ERROR,
    JS_EVAL_ERROR,  JS_URI_ERROR,  JS_AGGREGATE_ERROR, JS_SUPPRESSED_ERROR,
  };
  int found = numbers[number];
  return found == JS_PLAIN_ERROR ? ctx->class_proto[JS_CLASS_ERROR] : ctx->native_error_proto[found];
}

/* A field of an object or of what it inherits from, where that is no getter; undefined where there is none. Not dup'ed. */
static JSValueConst plain_field(JSContext *ctx, JSObject *object, JSAtom name) {
  while (object != NULL && object->class_id != JS_CLASS_PROXY) {
    JSProperty *property;
    JSShapeProperty *shape = find_own_property(&property, object, name);
    int kind = shape == NULL ? 0 : shape->flags & JS_PROP_TMASK;
    if (shape == NULL) object = object->shape->proto;
    else if (kind == JS_PROP_NORMAL) return property->u.value;
    /* One of the engine's own fields, which it has not made yet. */
    else if (kind != JS_PROP_AUTOINIT || JS_AutoInitProperty(ctx, object, name, property, shape) < 0) break;
  }
  return JS_UNDEFINED;
}

/* An error of this class without a stack. Takes `registered`, the name under which the host knows the class. */
static JSValue new_error(JSContext *ctx, int number, JSValue registered) {
  JSValue error = JS_NewObjectProtoClass(ctx, error_prototype(ctx, number), JS_CLASS_ERROR);
  JSProperty *property;
  if (JS_IsException(error) || !JS_IsString(registered)) return (JS_FreeValue(ctx, registered), error);
  property = add_property(ctx, JS_VALUE_GET_OBJ(error), values_class, HIDDEN);
  if (property != NULL) return (property->u.value = registered, error);
  JS_FreeValue(ctx, registered);
  JS_FreeValue(ctx, error);
  return JS_EXCEPTION;
}

/* Whether an error has a field from its class anyway; a DOMException has all that are told as such. */
static bool is_inherited(JSContext *ctx, JSValueConst error, JSAtom name, JSValueConst value) {
  JSObject *object = JS_VALUE_GET_OBJ(error);
  return object->class_id == JS_CLASS_DOM_EXCEPTION || js_same_value(ctx, value, plain_field(ctx, object, name));
}

/* Reads fields until their end and defines them; those that the error inherits anyway are left out where `inherited`. */
static int read_error_fields(Reader *reader, JSValueConst error, int flags, bool inherited) {
  JSContext *ctx = reader->ctx;
  for (;;) {
    bool failed;
    JSAtom name = read_name(reader, &failed);
    JSValue value;
    int result = 0;
    if (name == JS_ATOM_NULL) return failed ? -1 : 0;
    value = read_value(reader);
    if (JS_IsException(value)) result = -1;
    else if (inherited && is_inherited(ctx, error, name, value)) JS_FreeValue(ctx, value);
    else result = JS_DefinePropertyValue(ctx, error, name, value, flags | JS_PROP_THROW);
    JS_FreeAtom(ctx, name);
    if (result < 0) return -1;
  }
}

/* Takes the error, which has its number. */
static JSValue read_error_body(Reader *reader, JSValue error) {
  if (JS_IsException(error)) return error;
  if (read_error_fields(reader, error, HIDDEN, false) == 0 && read_error_fields(reader, error, HIDDEN, true) == 0 &&
      read_error_fields(reader, error, JS_PROP_C_W_E, false) == 0) {
    return error;
  }
  JS_FreeValue(reader->ctx, error);
  return JS_EXCEPTION;
}

/* Reads past a value that a script has no use for. */
static int read_past(Reader *reader) {
  JSValue value = read_value(reader);
  if (JS_IsException(value)) return -1;
  JS_FreeValue(reader->ctx, value);
  return 0;
}

/* Whether the next field is a message of text, which stands before the error has its number. */
static bool is_message_next(Reader *reader) {
  static const uint8_t name[] = { TAG_SHORT_STRING | 7, 'm', 'e', 's', 's', 'a', 'g', 'e' };
  size_t left = reader->length - reader->at;
  int tag;
  if (left <= sizeof(name) || memcmp(reader->bytes + reader->at, name, sizeof(name)) != 0) return false;
  tag = reader->bytes[reader->at + sizeof(name)];
  return tag >= TAG_SHORT_STRING || tag == TAG_LATIN1 || tag == TAG_WIDE || tag == TAG_LONG_TEXT;
}

/* Reads past the stack, which is kept where it is the script's own. */
static int read_stack(Reader *reader, JSValue *stack) {
  *stack = read_value(reader);
  if (JS_IsException(*stack)) return -1;
  if (reader->is_clone && JS_IsString(*stack)) return 0;
  JS_FreeValue(reader->ctx, *stack);
  *stack = JS_UNDEFINED;
  return 0;
}

static JSValue read_message(Reader *reader) {
  if (!is_message_next(reader)) return JS_UNDEFINED;
  reader->at += 8;
  return read_text(reader);
}

/* Whether a value is this text of ASCII. */
static bool is_text(JSValueConst value, const char *text) {
  JSString *string;
  size_t length = strlen(text);
  if (JS_VALUE_GET_TAG(value) != JS_TAG_STRING) return false;
  string = JS_VALUE_GET_STRING(value);
  if (string->len != length) return false;
  for (size_t i = 0; i < length; i++) if (string_get(string, (int)i) != text[i]) return false;
  return true;
}

static JSValue read_error(Reader *reader) {
  JSContext *ctx = reader->ctx;
  int number = read_byte(reader);
  JSValue registered, stack, message, error;
  if (number < 0) return JS_EXCEPTION;
  if (number >= ERROR_CLASSES) return read_failed(reader, "an error in it is of no known class");
  registered = read_value(reader);
  if (JS_IsException(registered)) return registered;
  /* Of one that says who was cancelled, the number means nothing here. */
  if ((is_text(registered, "CancelledError") && read_past(reader) < 0) || read_stack(reader, &stack) < 0) goto fail;
  message = read_message(reader);
  if (JS_IsException(message)) {
    JS_FreeValue(ctx, stack);
    goto fail;
  }
  error = new_error(ctx, number, registered);
  if (JS_IsException(error)) JS_FreeValue(ctx, stack);
  else JS_VALUE_GET_OBJ(error)->u.object_data = stack;
  error = keep(reader, error);
  if (JS_IsException(error) || JS_IsUndefined(message)) return (JS_FreeValue(ctx, message), read_error_body(reader, error));
  if (JS_DefinePropertyValue(ctx, error, JS_ATOM_message, message, HIDDEN) >= 0) return read_error_body(reader, error);
  JS_FreeValue(ctx, error);
  return JS_EXCEPTION;
fail:
  JS_FreeValue(ctx, registered);
  return JS_EXCEPTION;
}

/* A DOMException without a stack. Takes both. */
static JSValue new_dom_exception(JSContext *ctx, JSValue message, JSValue name) {
  JSValue error = JS_NewObjectClass(ctx, JS_CLASS_DOM_EXCEPTION);
  JSDOMExceptionData *data = JS_IsException(error) ? NULL : js_malloc(ctx, sizeof(*data));
  if (data != NULL) {
    *data = (JSDOMExceptionData){ .name = name, .message = message, .code = -1 };
    JS_SetOpaqueInternal(error, data);
    return error;
  }
  JS_FreeValue(ctx, message);
  JS_FreeValue(ctx, name);
  JS_FreeValue(ctx, error);
  return JS_EXCEPTION;
}

static JSValue read_dom_exception(Reader *reader) {
  JSValue message = read_text(reader);
  JSValue name, error;
  if (JS_IsException(message)) return message;
  name = read_text(reader);
  if (JS_IsException(name)) return (JS_FreeValue(reader->ctx, message), name);
  error = keep(reader, new_dom_exception(reader->ctx, message, name));
  if (JS_IsException(error) || read_past(reader) == 0) return read_error_body(reader, error);
  JS_FreeValue(reader->ctx, error);
  return JS_EXCEPTION;
}
