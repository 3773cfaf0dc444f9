/* Writes errors: with their class, name, message, stack, cause, errors, code and other own fields (lib/wire/errors.ts).
 *
 * Promises that an error arrives as one of the nearest class of the language's own, or of the class that the host had
 * registered when it came from there. A leniently written error always arrives: what in it cannot cross is left out.
 */

/* What errors carry without showing it in a list of their fields, and what of it they may have from their class instead. */
enum {
  HIDDEN_NAMES = 7,
  INHERITED_NAMES = 3,
};

/* A point to which a writer can go back. */
typedef struct Mark {
  size_t length;
  uint32_t count;
  int depth;
  Part *part;
  uint64_t growth;
} Mark;

static Mark mark_of(const Writer *writer) {
  return (Mark){ writer->out->length, writer->seen.count, writer->depth, writer->part, writer->growth };
}

/* Takes back everything written since the mark, and the exception that is pending. */
static void back_to(Writer *writer, const Mark *mark) {
  writer->out->length = mark->length;
  writer->depth = mark->depth;
  writer->part = mark->part;
  writer->growth = mark->growth;
  seen_forget(writer->ctx, &writer->seen, mark->count);
  JS_FreeValue(writer->ctx, JS_GetException(writer->ctx));
}

/* The name under which the host knows an error's class; undefined where it does not. */
static JSValueConst registered_name(JSObject *error) {
  JSProperty *property;
  return find_own_property(&property, error, values_class) == NULL ? JS_UNDEFINED : property->u.value;
}

/* The number of the nearest class of the language's own. */
static int class_of_error(JSContext *ctx, const JSObject *error) {
  for (const JSObject *link = error->shape->proto; link != NULL && link->class_id != JS_CLASS_PROXY; link = link->shape->proto) {
    for (int i = 0; i < ERROR_CLASSES; i++) if (JS_VALUE_GET_OBJ(error_prototype(ctx, i)) == link) return i;
  }
  return 0;
}

/* The stack that the engine has kept, or that an own field tells; undefined where that is no text. */
static JSValue stack_of(JSContext *ctx, JSObject *error) {
  JSProperty *property;
  JSShapeProperty *shape = find_own_property(&property, error, JS_ATOM_stack);
  JSValueConst stack = error->class_id == JS_CLASS_ERROR ? error->u.object_data : JS_UNDEFINED;
  if (shape != NULL) stack = (shape->flags & JS_PROP_TMASK) == JS_PROP_NORMAL ? property->u.value : JS_UNDEFINED;
  return JS_IsString(stack) ? JS_ToString(ctx, stack) : JS_UNDEFINED;
}

/* Whether a stack has the engine's lines only, without what other engines put before them: the name and the message. */
static bool is_headless(JSString *stack) {
  static const char beginning[] = "    at ";
  if (stack->len == 0) return true;
  for (int i = 0; beginning[i] != '\0'; i++) if (i >= stack->len || string_get(stack, i) != beginning[i]) return false;
  return true;
}

/* Puts what stands before the lines of a stack. */
static void put_head(StringBuffer *text, JSValueConst name, JSValueConst message) {
  if (JS_IsString(name)) string_buffer_concat_value(text, name);
  else string_buffer_puts8(text, "Error");
  if (!JS_IsString(message) || is_text(message, "")) return;
  string_buffer_puts8(text, ": ");
  string_buffer_concat_value(text, message);
}

/* The engine's lines, behind the name and the message. */
static JSValue with_head(JSContext *ctx, JSString *lines, JSValueConst name, JSValueConst message) {
  StringBuffer text;
  string_buffer_init(ctx, &text, 64 + lines->len);
  put_head(&text, name, message);
  if (lines->len > 0) {
    bool ends_line = string_get(lines, lines->len - 1) == '\n';
    string_buffer_putc8(&text, '\n');
    string_buffer_concat(&text, lines, 0, lines->len - ends_line);
  }
  return string_buffer_end(&text);
}

/* Writes the stack of an error with this name and message. */
static int write_stack(Writer *writer, JSObject *error, JSValueConst name, JSValueConst message) {
  JSValue stack = stack_of(writer->ctx, error);
  JSValue whole;
  if (JS_IsUndefined(stack)) return write_byte(writer, TAG_UNDEFINED);
  if (JS_IsException(stack) || writer->is_clone || !is_headless(JS_VALUE_GET_STRING(stack))) return write_text_of(writer, stack);
  whole = with_head(writer->ctx, JS_VALUE_GET_STRING(stack), name, message);
  JS_FreeValue(writer->ctx, stack);
  return write_text_of(writer, whole);
}

/* What a value that cannot cross is shown as; the beginning of it, where that is long. No code of the script runs. */
static JSValue shown(JSContext *ctx, JSValueConst value) {
  enum { LONGEST = 10000 };
  Buffer text = { 0 };
  JSValue message = JS_EXCEPTION;
  if (inspect(ctx, &text, value, NULL) == 0) {
    message = JS_NewStringLen(ctx, (const char *)text.bytes, text.length < LONGEST ? text.length : LONGEST);
  }
  buffer_free(ctx, &text);
  return message;
}

/* An Error that shows what stands in its place and could not cross. */
static JSValue stand_in(JSContext *ctx, JSValueConst value) {
  JSValue error = new_error(ctx, 0, JS_UNDEFINED);
  JSValue message;
  if (JS_IsException(error)) return error;
  message = shown(ctx, value);
  if (JS_IsException(message)) JS_FreeValue(ctx, JS_GetException(ctx));
  else JS_DefinePropertyValue(ctx, error, JS_ATOM_message, message, HIDDEN);
  return error;
}

/* An own copy of a list of errors, in which an Error stands for each value that cannot cross: none can be left out. */
static JSValue crossable(Writer *writer, JSValueConst list) {
  JSValue copy = JS_NewArray(writer->ctx);
  uint32_t length;
  if (JS_IsException(copy) || JS_ToUint32(writer->ctx, &length, JS_VALUE_GET_OBJ(list)->prop[0].u.value) < 0) return copy;
  for (uint32_t i = 0; i < length; i++) {
    Mark mark = mark_of(writer);
    JSValue value;
    int has = element_of(writer, list, i, &value);
    if (has == 0) continue;
    if (has < 0 || write_value(writer, value) < 0) {
      JSValue instead = stand_in(writer->ctx, has < 0 ? JS_UNDEFINED : value);
      JS_FreeValue(writer->ctx, value);
      value = instead;
    }
    back_to(writer, &mark);
    if (JS_IsException(value) || JS_DefinePropertyValueUint32(writer->ctx, copy, i, value, JS_PROP_C_W_E) < 0) break;
  }
  return copy;
}

/* As `write_field`, for the errors of an AggregateError. */
static int write_errors_field(Writer *writer, Part *part, JSValueConst error) {
  JSValue list, copy;
  int result = field_of(writer, error, JS_ATOM_errors, &list);
  if (result <= 0) return result;
  part->name = JS_ATOM_errors;
  if (JS_VALUE_GET_TAG(list) == JS_TAG_OBJECT && JS_VALUE_GET_OBJ(list)->class_id == JS_CLASS_ARRAY) {
    copy = crossable(writer, list);
    JS_FreeValue(writer->ctx, list);
    list = copy;
  }
  if (JS_IsException(list)) return -1;
  result = write_atom(writer, JS_ATOM_errors) < 0 ? -1 : write_value(writer, list);
  JS_FreeValue(writer->ctx, list);
  return result;
}

/* As `write_fields`, but where it is lenient, leaves out what cannot be read or cannot cross. */
static int write_error_fields(Writer *writer, JSValueConst error, const JSPropertyEnum *names, uint32_t count) {
  Part part = { .kind = PART_FIELD };
  if (!writer->is_lenient) return write_fields(writer, error, names, count);
  if (enter(writer, &part) < 0) return -1;
  for (uint32_t i = 0; i < count; i++) {
    Mark mark = mark_of(writer);
    bool is_list = names[i].atom == JS_ATOM_errors;
    int result = is_list ? write_errors_field(writer, &part, error) : write_field(writer, &part, error, names[i].atom);
    if (result < 0) back_to(writer, &mark);
  }
  leave(writer, &part);
  return write_byte(writer, TAG_END);
}

/* Adds the names that an error hides, or has from its class where `inherited`. Returns how many. */
static uint32_t hidden_names(Writer *writer, JSValueConst error, JSPropertyEnum *names, bool inherited, bool is_dom) {
  JSContext *ctx = writer->ctx;
  const JSAtom all[HIDDEN_NAMES] = {
    JS_ATOM_message, JS_ATOM_name, values_code, JS_ATOM_cause, JS_ATOM_errors, JS_ATOM_error, JS_ATOM_suppressed,
  };
  uint32_t count = 0;
  for (int i = is_dom ? INHERITED_NAMES : 0; i < (inherited ? INHERITED_NAMES : HIDDEN_NAMES); i++) {
    int flags;
    int has = JS_GetOwnPropertyFlagsInternal(ctx, &flags, JS_VALUE_GET_OBJ(error), all[i]);
    JSValue value;
    if (!inherited && has > 0 && !(flags & JS_PROP_ENUMERABLE)) names[count++].atom = all[i];
    if (!inherited || has != 0) continue;
    value = JS_GetProperty(ctx, error, all[i]);
    if (JS_IsString(value) || JS_IsNumber(value)) names[count++].atom = all[i];
    if (JS_IsException(value)) JS_FreeValue(ctx, JS_GetException(ctx));
    JS_FreeValue(ctx, value);
  }
  return count;
}

/* Leaves the stack out of an error's names: it has its own place. Returns how many are left. */
static uint32_t without_stack(JSContext *ctx, JSPropertyEnum *names, uint32_t count) {
  uint32_t kept = 0;
  for (uint32_t i = 0; i < count; i++) {
    if (names[i].atom == JS_ATOM_stack) JS_FreeAtom(ctx, names[i].atom);
    else names[kept++] = names[i];
  }
  return kept;
}

/* Writes what follows the stack. `is_dom`: name and message stand before it. */
static int write_error_body(Writer *writer, JSValueConst error, bool is_dom) {
  JSPropertyEnum hidden[HIDDEN_NAMES], *own;
  uint32_t count, shown;
  int result = -1;
  if (names_of(writer, JS_VALUE_GET_OBJ(error), &own, &shown) < 0) return -1;
  shown = without_stack(writer->ctx, own, shown);
  count = hidden_names(writer, error, hidden, false, is_dom);
  if (write_error_fields(writer, error, hidden, count) < 0) goto done;
  count = hidden_names(writer, error, hidden, true, is_dom);
  if (write_error_fields(writer, error, hidden, count) < 0) goto done;
  result = write_error_fields(writer, error, own, shown);
done:
  JS_FreePropertyEnum(writer->ctx, own, shown);
  return result;
}

static int write_error(Writer *writer, JSValueConst error) {
  JSObject *object = JS_VALUE_GET_OBJ(error);
  JSValueConst registered = registered_name(object);
  JSValueConst message = plain_field(writer->ctx, object, JS_ATOM_message);
  JSValueConst name = plain_field(writer->ctx, object, JS_ATOM_name);
  if (write_byte(writer, TAG_ERROR) < 0 || write_byte(writer, class_of_error(writer->ctx, object)) < 0) return -1;
  if (write_value(writer, registered) < 0) return -1;
  /* Who was cancelled is not known here. */
  if (is_text(registered, "CancelledError") && write_byte(writer, TAG_UNDEFINED) < 0) return -1;
  if (write_stack(writer, object, name, message) < 0) return -1;
  return write_error_body(writer, error, false);
}

static int write_dom_exception(Writer *writer, JSValueConst error) {
  JSObject *object = JS_VALUE_GET_OBJ(error);
  const JSDOMExceptionData *data = object->u.opaque;
  if (write_byte(writer, TAG_DOM_EXCEPTION) < 0) return -1;
  if (write_text_of(writer, js_dup(data->message)) < 0 || write_text_of(writer, js_dup(data->name)) < 0) return -1;
  if (write_stack(writer, object, data->name, data->message) < 0) return -1;
  return write_error_body(writer, error, true);
}
