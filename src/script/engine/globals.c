/* The global object of a script: what the language has, `host`, `console`, `structuredClone`, `queueMicrotask`,
 * `performance`. Without what shows when the collector runs (WeakRef, FinalizationRegistry), and what is for several threads
 * (SharedArrayBuffer, Atomics).
 */
static JSValue global_performance_now(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv) {
  return js_number(host_now());
}

static JSValue global_structured_clone(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv) {
  return values_clone(ctx, argc > 0 ? argv[0] : JS_UNDEFINED);
}

static const JSCFunctionListEntry performance_fields[] = {JS_CFUNC_DEF("now", 0, global_performance_now)};

static const JSCFunctionListEntry global_fields[] = {
    JS_CFUNC_DEF("structuredClone", 1, global_structured_clone),
};

static JSValue global_host;

static void global_put(JSContext *ctx, const char *name, JSValue value) {
  JS_DefinePropertyValueStr(ctx, ctx->global_obj, name, value, JS_PROP_WRITABLE | JS_PROP_CONFIGURABLE);
}

static void global_drop(JSContext *ctx, const char *name) {
  JSAtom atom = JS_NewAtom(ctx, name);
  JS_DeleteProperty(ctx, ctx->global_obj, atom, 0);
  JS_FreeAtom(ctx, atom);
}

static void global_put_fields(JSContext *ctx, const char *name, const JSCFunctionListEntry *fields, int count) {
  JSValue object = JS_NewObject(ctx);
  JS_SetPropertyFunctionList(ctx, object, fields, count);
  global_put(ctx, name, object);
}

static void globals_prepare(JSContext *ctx) {
  JS_SetPropertyFunctionList(ctx, ctx->global_obj, global_fields, countof(global_fields));
  global_put_fields(ctx, "console", console_fields, countof(console_fields));
  global_put_fields(ctx, "performance", performance_fields, countof(performance_fields));
  global_drop(ctx, "SharedArrayBuffer");
  global_host = host_new(ctx);
  global_put(ctx, "host", js_dup(global_host));
}

/** Defines each field of an object as a global. */
static int globals_define(JSContext *ctx, JSValueConst object) {
  JSPropertyEnum *names;
  uint32_t count;
  int result = 0;
  if (!JS_IsObject(object)) return 0;
  if (JS_GetOwnPropertyNames(ctx, &names, &count, object, JS_GPN_STRING_MASK | JS_GPN_ENUM_ONLY) < 0) return -1;
  for (uint32_t i = 0; i < count && result >= 0; i++) {
    JSValue value = JS_GetProperty(ctx, object, names[i].atom);
    if (JS_IsException(value)) result = -1;
    else result = JS_DefinePropertyValue(ctx, ctx->global_obj, names[i].atom, value, JS_PROP_C_W_E | JS_PROP_THROW);
  }
  JS_FreePropertyEnum(ctx, names, count);
  return result < 0 ? -1 : 0;
}
