/* A turn of a script: jobs are run until none is left, then the script's state decides what comes next.
 *
 * It waits while its main promise is pending and it has asked for something. It is done once its top level, and what the
 * function that it exports as default returns, have settled. It has failed where they were rejected, where a rejection was
 * left unhandled, and where it waits for what cannot come.
 */
enum { WAITING = 0, DONE = 1, FAILED = 2 };

static Buffer result;
/** The promise of the main module, then that of what its default export returns. */
static JSValue main_promise;
static JSModuleDef *main_module;
static bool is_main_called;

/** The answer that this turn has begun with, and what was asked. */
static Ask answered;
static JSValue answer = JS_UNDEFINED;

/** Rejected promises that nobody has handled, in the order in which they were rejected. */
static JSValue *unhandled;
static int unhandled_count;
static int unhandled_size;

static void on_rejection(JSContext *ctx, JSValueConst promise, JSValueConst reason, bool is_handled, void *opaque) {
  int at = 0;
  if (!is_handled) {
    if (js_resize_array(ctx, (void **)&unhandled, sizeof(JSValue), &unhandled_size, unhandled_count + 1) < 0) return;
    unhandled[unhandled_count++] = js_dup(promise);
    return;
  }
  while (at < unhandled_count && JS_VALUE_GET_PTR(unhandled[at]) != JS_VALUE_GET_PTR(promise)) at++;
  if (at == unhandled_count) return;
  JS_FreeValue(ctx, unhandled[at]);
  memmove(unhandled + at, unhandled + at + 1, (--unhandled_count - at) * sizeof(JSValue));
}

static int turn_failed(JSContext *ctx, JSValue error) {
  result.length = 0;
  if (values_write(ctx, &result, error, VALUES_LENIENT) < 0) {
    JS_FreeValue(ctx, JS_GetException(ctx));
    result.length = 0;
    values_write(ctx, &result, JS_UNDEFINED, VALUES_LENIENT);
  }
  JS_FreeValue(ctx, error);
  return FAILED;
}

static int turn_done(JSContext *ctx, JSValue value) {
  result.length = 0;
  if (values_write(ctx, &result, value, 0) < 0) {
    JS_FreeValue(ctx, value);
    return turn_failed(ctx, JS_GetException(ctx));
  }
  JS_FreeValue(ctx, value);
  return DONE;
}

static int turn_stuck(JSContext *ctx) {
  Place place = place_awaiting();
  JSValue error;
  where_length = 0;
  if (place.function != NULL) where_of(place);
  error = JS_NewPlainError(ctx, "The script waits for a promise that nothing will settle%s%.*s: it has no call out and "
                                "nothing left to run.", where_length > 0 ? ", in " : "", where_length, where_text);
  throw_coded(ctx, error, "ERR_SCRIPT_STUCK");
  return turn_failed(ctx, JS_GetException(ctx));
}

/** A promise is what it is, whatever the script has made of its class; anything else is a promise's value. */
static JSValue promise_of(JSContext *ctx, JSValue value) {
  JSValue promise;
  if (JS_IsPromise(value)) return value;
  promise = js_promise_resolve(ctx, ctx->promise_ctor, 1, vc(&value), 0);
  JS_FreeValue(ctx, value);
  return promise;
}

/** Calls the main module's default export, where it is a function; its promise is the main one from then on. */
static int main_call(JSContext *ctx) {
  JSValue space = JS_GetModuleNamespace(ctx, main_module);
  JSValue entry = JS_IsException(space) ? JS_EXCEPTION : JS_GetProperty(ctx, space, JS_ATOM_default);
  JSValue value = JS_UNDEFINED;
  is_main_called = true;
  JS_FreeValue(ctx, space);
  if (JS_IsException(entry)) return -1;
  if (JS_IsFunction(ctx, entry)) {
    JSValueConst host = global_host;
    value = JS_Call(ctx, entry, JS_UNDEFINED, 1, &host);
  }
  JS_FreeValue(ctx, entry);
  if (JS_IsException(value)) return -1;
  JS_FreeValue(ctx, main_promise);
  main_promise = promise_of(ctx, value);
  if (JS_IsException(main_promise)) return -1;
  js_promise_set_handled(ctx, main_promise);
  return 0;
}

/** The error with which a promise was rejected. Where that is the answer as it came, it has no line of the script but this. */
static JSValue turn_reason(JSContext *ctx, JSValueConst promise) {
  JSValue reason = JS_PromiseResult(ctx, promise);
  bool is_answer = JS_IsObject(reason) && JS_IsObject(answer) && JS_VALUE_GET_PTR(reason) == JS_VALUE_GET_PTR(answer);
  if (is_answer && answered.place.function != NULL) place_error(ctx, reason, answered.place);
  return reason;
}

/** Runs what can be run, and returns the state. */
static int turn_run(JSContext *ctx) {
  JSContext *of;
  for (;;) {
    while (JS_IsJobPending(ctx->rt)) {
      if (JS_ExecutePendingJob(ctx->rt, &of) < 0) return turn_failed(ctx, JS_GetException(ctx));
    }
    if (unhandled_count > 0) return turn_failed(ctx, turn_reason(ctx, unhandled[0]));
    switch (JS_PromiseState(ctx, main_promise)) {
    case JS_PROMISE_FULFILLED:
      if (is_main_called) return turn_done(ctx, JS_PromiseResult(ctx, main_promise));
      if (main_call(ctx) < 0) return turn_failed(ctx, JS_GetException(ctx));
      break;
    case JS_PROMISE_PENDING:
      return asks_count > 0 ? WAITING : turn_stuck(ctx);
    default:
      return turn_failed(ctx, turn_reason(ctx, main_promise));
    }
  }
}
