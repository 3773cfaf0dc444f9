/* Where a script is, in words: `function (module:line:column)`, without a function where that has no name.
 *
 * Functions and what they were at are kept as they are; a line is looked up when somebody wants to know.
 */

static JSContext *context;

/** A place in a function. */
typedef struct Place {
  JSObject *function; /* NULL: unknown */
  const uint8_t *at;
} Place;

/** What was asked for last; not in `result`, whose memory the engine may use again. */
static char where_text[512];
static uint32_t where_length;

static void where_of(Place place) {
  char name[128] = "", file[128];
  JSFunctionBytecode *code = place.function->u.func.function_bytecode;
  uint32_t offset = place.at == NULL ? 0 : place.at - code->byte_code_buf - 1;
  int column, line = find_line_num(context, code, offset, &column);
  bool has_name = code->func_name != JS_ATOM_NULL && code->func_name != JS_ATOM_empty_string &&
                  code->func_name != JS_ATOM__eval_;
  if (has_name) JS_AtomGetStr(context, name, sizeof(name), code->func_name);
  JS_AtomGetStr(context, file, sizeof(file), code->filename);
  where_length = snprintf(where_text, sizeof(where_text), has_name ? "%s (%s:%d:%d)" : "%s%s:%d:%d", name, file, line, column);
}

static Place place_in(const JSStackFrame *frame) {
  JSObject *function = JS_VALUE_GET_TAG(frame->cur_func) == JS_TAG_OBJECT ? JS_VALUE_GET_OBJ(frame->cur_func) : NULL;
  if (function == NULL || !js_class_has_bytecode(function->class_id)) return (Place){0};
  return (Place){function, frame->cur_pc};
}

/** The innermost function that is written in JavaScript and runs. */
static Place place_now(JSContext *ctx) {
  Place place = {0};
  JSStackFrame *frame = ctx->rt->current_stack_frame;
  for (; frame != NULL && place.function == NULL; frame = frame->prev_frame) place = place_in(frame);
  return place;
}

/** The function that has awaited last, if it still does. */
static Place place_awaiting(void) {
  return last_await == NULL || !last_await->is_active ? (Place){0} : place_in(&last_await->func_state.frame);
}

/** Gives an error that has no stack one of a single place. */
static void place_error(JSContext *ctx, JSValueConst error, Place place) {
  JSObject *object = JS_VALUE_GET_TAG(error) == JS_TAG_OBJECT ? JS_VALUE_GET_OBJ(error) : NULL;
  char line[sizeof(where_text) + 16];
  if (object == NULL || object->class_id != JS_CLASS_ERROR || !JS_IsUndefined(object->u.object_data)) return;
  where_of(place);
  object->u.object_data = JS_NewStringLen(ctx, line, snprintf(line, sizeof(line), "    at %s\n", where_text));
}
