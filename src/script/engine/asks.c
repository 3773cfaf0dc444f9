/* The object `host` and what a script has asked of it: each call is a promise that waits under a number.
 *
 * `host` has a method of every name but `then` and `toJSON`, and those of every object. A method is made when it is first
 * asked for and kept as a field. What cannot cross rejects the call, and nothing is told to the host then. An answer
 * settles its promise without a look at `then`, so nothing that a script has replaced is called.
 */
IMPORT("call") extern void host_call(uint32_t id, const uint8_t *bytes, size_t length);
IMPORT("wait") extern void host_wait(uint32_t id, double time);

typedef struct Ask {
  uint32_t id; /* 0: free */
  JSValue promise;
  Place place; /* where it was asked */
} Ask;

/** A hash table with open addressing; the capacity is a power of two, and half of it is free. */
static Ask *asks;
static uint32_t asks_capacity;
static uint32_t asks_count;
static uint32_t asks_last;

static JSClassID host_class;
static double host_id;
/** What calls are written to. A getter in the arguments may itself make a call, so it is taken away while it is in use. */
static Buffer asks_out;

static void asks_insert(Ask *table, uint32_t capacity, Ask ask) {
  uint32_t at = ask.id & (capacity - 1);
  while (table[at].id != 0) at = (at + 1) & (capacity - 1);
  table[at] = ask;
}

static void asks_grow(JSContext *ctx) {
  uint32_t capacity = asks_capacity == 0 ? 16 : asks_capacity * 2;
  Ask *table = js_calloc(ctx, capacity, sizeof(Ask));
  for (uint32_t i = 0; i < asks_capacity; i++) {
    if (asks[i].id != 0) asks_insert(table, capacity, asks[i]);
  }
  js_free(ctx, asks);
  asks = table;
  asks_capacity = capacity;
}

static uint32_t asks_add(JSContext *ctx, JSValueConst promise) {
  Place place = place_now(ctx);
  if (asks_count * 2 >= asks_capacity) asks_grow(ctx);
  do asks_last++;
  while (asks_last == 0);
  asks_count++;
  if (place.function != NULL) js_dup(JS_MKPTR(JS_TAG_OBJECT, place.function));
  asks_insert(asks, asks_capacity, (Ask){asks_last, js_dup(promise), place});
  return asks_last;
}

/** Removes the ask with this number from the table, and returns it. If there is none, the `id` of what it returns is 0. */
static Ask asks_take(uint32_t id) {
  uint32_t mask = asks_capacity - 1;
  uint32_t at = id & mask;
  Ask ask;
  if (id == 0 || asks_count == 0) return (Ask){0};
  while (asks[at].id != id) {
    if (asks[at].id == 0) return (Ask){0};
    at = (at + 1) & mask;
  }
  ask = asks[at];
  asks_count--;
  for (uint32_t next = (at + 1) & mask; asks[next].id != 0; next = (next + 1) & mask) {
    uint32_t home = asks[next].id & mask;
    if (((next - home) & mask) < ((next - at) & mask)) continue;
    asks[at] = asks[next];
    at = next;
  }
  asks[at].id = 0;
  return ask;
}

static void ask_free(JSContext *ctx, Ask ask) {
  JS_FreeValue(ctx, ask.promise);
  if (ask.place.function != NULL) JS_FreeValue(ctx, JS_MKPTR(JS_TAG_OBJECT, ask.place.function));
}

/** Returns a promise that nothing but the host can settle. */
static JSValue promise_pending(JSContext *ctx) {
  JSValue promise = JS_NewObjectClass(ctx, JS_CLASS_PROMISE);
  JSPromiseData *data;
  if (JS_IsException(promise)) return promise;
  data = js_mallocz(ctx, sizeof(*data));
  data->promise_state = JS_PROMISE_PENDING;
  init_list_head(&data->promise_reactions[0]);
  init_list_head(&data->promise_reactions[1]);
  data->promise_result = JS_UNDEFINED;
  JS_SetOpaqueInternal(promise, data);
  return promise;
}

/** Rejects a promise with the exception that is pending, and returns it. */
static JSValue promise_failed(JSContext *ctx, JSValue promise) {
  JSValue error = JS_GetException(ctx);
  fulfill_or_reject_promise(ctx, promise, error, true);
  JS_FreeValue(ctx, error);
  return promise;
}

static void asks_out_done(JSContext *ctx, Buffer *out) {
  out->length = 0;
  if (asks_out.bytes != NULL || out->capacity > 64 * 1024) buffer_free(ctx, out);
  else asks_out = *out;
}

static JSValue host_ask(JSContext *ctx, JSValueConst name, int argc, JSValueConst *argv) {
  JSValue promise = promise_pending(ctx);
  Buffer out = asks_out;
  if (JS_IsException(promise)) return promise;
  asks_out = (Buffer){0};
  if (values_write_call(ctx, &out, name, argc, argv) < 0) promise_failed(ctx, promise);
  else host_call(asks_add(ctx, promise), out.bytes, out.length);
  asks_out_done(ctx, &out);
  return promise;
}

static JSValue host_method(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv, int magic,
                           JSValueConst *data) {
  return host_ask(ctx, data[0], argc, argv);
}

static JSValue host_execute(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv) {
  JSValue promise;
  if (argc > 0 && JS_IsString(argv[0])) return host_ask(ctx, argv[0], argc - 1, argv + 1);
  promise = promise_pending(ctx);
  if (JS_IsException(promise)) return promise;
  JS_ThrowTypeError(ctx, "The \"name\" argument of host.execute must be a string.");
  return promise_failed(ctx, promise);
}

static JSValue host_wait_for(JSContext *ctx, double time) {
  JSValue promise = promise_pending(ctx);
  if (!JS_IsException(promise)) host_wait(asks_add(ctx, promise), time);
  return promise;
}

static JSValue host_next_tick(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv) {
  return host_wait_for(ctx, -1);
}

/** Throws an error with a code. `make`: JS_NewTypeError or its like has made it. */
static void throw_coded(JSContext *ctx, JSValue error, const char *code) {
  if (!JS_IsException(error)) JS_DefinePropertyValueStr(ctx, error, "code", JS_NewString(ctx, code), JS_PROP_C_W_E);
  JS_Throw(ctx, error);
}

static JSValue host_delay(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv) {
  double time = 0;
  JSValue promise;
  if (argc > 0 && JS_IsNumber(argv[0])) {
    JS_ToFloat64(ctx, &time, argv[0]);
    if (isfinite(time)) return host_wait_for(ctx, time < 0 ? 0 : time);
    throw_coded(ctx, JS_NewRangeError(ctx, "The \"time\" argument of host.delay must be a finite number."),
                "ERR_OUT_OF_RANGE");
  } else {
    throw_coded(ctx, JS_NewTypeError(ctx, "The \"time\" argument of host.delay must be a number."),
                "ERR_INVALID_ARG_TYPE");
  }
  promise = promise_pending(ctx);
  return JS_IsException(promise) ? promise : promise_failed(ctx, promise);
}

static JSValue host_get_now(JSContext *ctx, JSValueConst this_val) {
  return js_number(host_now());
}

static JSValue host_get_id(JSContext *ctx, JSValueConst this_val) {
  return js_number(host_id);
}

static const JSCFunctionListEntry host_fields[] = {
    JS_CFUNC_DEF("execute", 1, host_execute),
    JS_CFUNC_DEF("nextTick", 0, host_next_tick),
    JS_CFUNC_DEF("delay", 1, host_delay),
    JS_CGETSET_DEF("now", host_get_now, NULL),
    JS_CGETSET_DEF("id", host_get_id, NULL),
};

/** Whether `host` has a method of this name: every text but what every object has, and what would make a promise of it. */
static bool is_host_method(JSContext *ctx, JSAtom name) {
  JSValueConst objects = ctx->class_proto[JS_CLASS_OBJECT];
  if (!__JS_AtomIsTaggedInt(name) && JS_AtomGetKind(ctx, name) != JS_ATOM_KIND_STRING) return false;
  if (name == JS_ATOM_then || name == JS_ATOM_toJSON) return false;
  return find_own_property1(JS_VALUE_GET_OBJ(objects), name) == NULL;
}

static JSValue host_get(JSContext *ctx, JSValueConst host, JSAtom name, JSValueConst receiver) {
  JSValue text, method;
  if (!is_host_method(ctx, name)) {
    if (name == JS_ATOM_then || name == JS_ATOM_toJSON) return JS_UNDEFINED;
    return JS_GetPropertyInternal(ctx, ctx->class_proto[JS_CLASS_OBJECT], name, receiver, false);
  }
  text = JS_AtomToString(ctx, name);
  if (JS_IsException(text)) return text;
  method = JS_NewCFunctionData(ctx, host_method, 0, 0, 1, vc(&text));
  if (!JS_IsException(method)) {
    JS_DefinePropertyValue(ctx, method, JS_ATOM_name, js_dup(text), JS_PROP_CONFIGURABLE);
    JS_DefinePropertyValue(ctx, host, name, js_dup(method), JS_PROP_WRITABLE | JS_PROP_CONFIGURABLE);
  }
  JS_FreeValue(ctx, text);
  return method;
}

static JSClassExoticMethods host_exotic = {.get_property = host_get};
static const JSClassDef host_class_def = {"Host", .exotic = &host_exotic};

static JSValue host_new(JSContext *ctx) {
  JSValue host;
  JS_NewClassID(ctx->rt, &host_class);
  JS_NewClass(ctx->rt, host_class, &host_class_def);
  host = JS_NewObjectProtoClass(ctx, ctx->class_proto[JS_CLASS_OBJECT], host_class);
  JS_SetPropertyFunctionList(ctx, host, host_fields, countof(host_fields));
  return host;
}
