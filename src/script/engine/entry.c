/* What the host calls. A pointer that it gives is into the buffer that it has asked for, which is used again.
 *
 * The host is trusted, and so is what it gives but for packets. An input that is not as agreed upon is a trap.
 */
#define EXPORT(name) __attribute__((export_name(#name), visibility("default"))) name

/** The shadow stack that the linker was told to make, and what is kept for functions that do not ask how much is left. */
#define STACK_SIZE (512 * 1024)
#define STACK_KEPT (64 * 1024)

static Buffer input;
static bool is_where_asked;

typedef struct Told {
  const uint8_t *at;
  const uint8_t *end;
} Told;

static const uint8_t *take(Told *told, size_t length) {
  const uint8_t *at = told->at;
  if (length > (size_t)(told->end - at)) __builtin_trap();
  told->at += length;
  return at;
}

static uint32_t take_u32(Told *told) {
  uint32_t number;
  memcpy(&number, take(told, 4), 4);
  return number;
}

static double take_f64(Told *told) {
  double number;
  memcpy(&number, take(told, 8), 8);
  return number;
}

/** Takes a text with its length before it; it is the caller's. */
static char *take_text(Told *told) {
  uint32_t length = take_u32(told);
  return js_strndup(context, (const char *)take(told, length), length);
}

static void input_done(void) {
  if (input.capacity > 64 * 1024) buffer_free(context, &input);
}

static inline size_t stack_within(uint32_t bytes) {
  uint32_t most = STACK_SIZE - STACK_KEPT;
  return bytes == 0 || bytes > most ? most : bytes;
}

static void stack_limit(uint32_t bytes) {
  JS_UpdateStackTop(context->rt);
  JS_SetMaxStackSize(context->rt, stack_within(bytes));
}

static inline size_t heap_within(uint32_t bytes) {
  return heap_base + bytes < heap_base ? SIZE_MAX : heap_base + bytes;
}

/** Makes the engine. Runs when the module is built, never later: what it leaves in memory is the image. */
void EXPORT(engine_prepare)(void) {
  JSRuntime *rt = JS_NewRuntime2(&heap_functions, NULL);
  JSContext *ctx = JS_NewContextRaw(rt);
  context = ctx;
  stack_limit(256 * 1024);
  if (JS_AddIntrinsicBaseObjects(ctx) || JS_AddIntrinsicDate(ctx) || JS_AddIntrinsicEval(ctx) ||
      JS_AddIntrinsicRegExp(ctx) || JS_AddIntrinsicJSON(ctx) || JS_AddIntrinsicProxy(ctx) ||
      JS_AddIntrinsicMapSet(ctx) || JS_AddIntrinsicTypedArrays(ctx) || JS_AddIntrinsicPromise(ctx) ||
      JS_AddIntrinsicDOMException(ctx)) {
    __builtin_trap();
  }
  main_promise = JS_UNDEFINED;
  JS_SetModuleLoaderFunc2(rt, module_name, module_load, module_attributes, NULL);
  JS_SetHostPromiseRejectionTracker(rt, on_rejection, NULL);
  globals_prepare(ctx);
  if (values_prepare(ctx) < 0) __builtin_trap();
  heap_base = heap_used;
  heap_collect = SIZE_MAX;
}

/** Room for the next input. */
uint8_t *EXPORT(engine_buffer)(uint32_t length) {
  is_where_asked = false;
  input.length = 0;
  buffer_room(context, &input, length == 0 ? 1 : length);
  return input.bytes;
}

const uint8_t *EXPORT(engine_result)(void) {
  return is_where_asked ? (const uint8_t *)where_text : result.bytes;
}

uint32_t EXPORT(engine_result_length)(void) {
  return is_where_asked ? where_length : result.length;
}

uint32_t EXPORT(engine_heap)(void) {
  return heap_used < heap_base ? 0 : heap_used - heap_base;
}

/** Where the first line of a stack says that it is, `    at module:line:column`; zeros where it does not. */
static void place_of(JSContext *ctx, JSValueConst stack, int *line, int *column) {
  const char *text = JS_ToCString(ctx, stack);
  const char *end = text == NULL ? NULL : strchr(text, '\n');
  const char *at = end;
  for (int colons = 0; at != NULL && at > text && colons < 2;) colons += *--at == ':';
  if (at != NULL && *at == ':') {
    *line = atoi(at + 1);
    *column = atoi(strchr(at + 1, ':') + 1);
  }
  JS_FreeCString(ctx, text);
}

/** Writes why a module could not be compiled, as JSON. */
static void compile_failed(JSContext *ctx) {
  JSValue error = JS_GetException(ctx);
  JSValue report = JS_NewObject(ctx);
  JSValue stack = JS_GetPropertyStr(ctx, error, "stack");
  int line = 0, column = 0;
  place_of(ctx, stack, &line, &column);
  JS_SetPropertyStr(ctx, report, "name", JS_GetPropertyStr(ctx, error, "name"));
  JS_SetPropertyStr(ctx, report, "message", JS_GetPropertyStr(ctx, error, "message"));
  JS_SetPropertyStr(ctx, report, "line", js_int32(line));
  JS_SetPropertyStr(ctx, report, "column", js_int32(column));
  result.length = 0;
  show_value(ctx, &result, JS_JSONStringify(ctx, report, JS_UNDEFINED, JS_UNDEFINED));
}

uint32_t EXPORT(engine_compile)(const uint8_t *bytes, uint32_t length, uint32_t flags) {
  Told told = {bytes, bytes + length};
  char *name = take_text(&told);
  size_t size = told.end - told.at;
  char *source = js_strndup(context, (const char *)told.at, size);
  JSValue module = JS_Eval(context, source, size, name, JS_EVAL_TYPE_MODULE | JS_EVAL_FLAG_COMPILE_ONLY);
  (void)flags;
  result.length = 0;
  js_free(context, source);
  if (!JS_IsException(module) && module_write(context, &result, module, name) == 0) return 0;
  compile_failed(context);
  return 1;
}

/** Keeps the bytecode of the modules behind the first. */
static void take_modules(Told *told, uint32_t count) {
  given_count = count;
  given = js_calloc(context, count + 1, sizeof(Given));
  for (uint32_t i = 0; i < count; i++) {
    char *name = take_text(told);
    given[i].name = JS_NewAtom(context, name);
    js_free(context, name);
    given[i].length = take_u32(told);
    given[i].code = (uint8_t *)js_strndup(context, (const char *)take(told, given[i].length), given[i].length);
  }
}

/** Reads the main module, links it, and runs its top level as far as it goes. */
static int main_start(JSContext *ctx, const uint8_t *code, size_t length) {
  JSValue module = module_read(ctx, code, length);
  input_done();
  if (JS_IsException(module)) return -1;
  main_module = JS_VALUE_GET_PTR(module);
  if (JS_ResolveModule(ctx, module) < 0) return -1;
  main_promise = JS_EvalFunction(ctx, module);
  if (JS_IsException(main_promise)) return -1;
  js_promise_set_handled(ctx, main_promise);
  modules_forget(ctx);
  return 0;
}

static void seed_random(JSContext *ctx, uint64_t seed) {
  seed += 0x9e3779b97f4a7c15;
  seed = (seed ^ (seed >> 30)) * 0xbf58476d1ce4e5b9;
  seed = (seed ^ (seed >> 27)) * 0x94d049bb133111eb;
  seed ^= seed >> 31;
  ctx->random_state = seed == 0 ? 1 : seed;
}

uint32_t EXPORT(engine_start)(const uint8_t *bytes, uint32_t length) {
  JSContext *ctx = context;
  Told told = {bytes, bytes + length};
  JSValue globals;
  const uint8_t *main;
  uint64_t seed;
  uint32_t count, main_size, size;
  bool is_eval_allowed = take_u32(&told) & 1;
  seed = take_u32(&told);
  seed_random(ctx, seed | (uint64_t)take_u32(&told) << 32);
  heap_limit = heap_within(take_u32(&told));
  heap_ask(0);
  heap_collect = heap_next_collection();
  stack_limit(take_u32(&told));
  host_id = take_f64(&told);
  count = take_u32(&told);
  js_free(ctx, take_text(&told));
  main_size = take_u32(&told);
  main = take(&told, main_size);
  take_modules(&told, count - 1);
  size = take_u32(&told);
  globals = size == 0 ? JS_UNDEFINED : values_read(ctx, take(&told, size), size);
  if (!is_eval_allowed) ctx->eval_internal = NULL;
  if (JS_IsException(globals) || globals_define(ctx, globals) < 0) return turn_failed(ctx, JS_GetException(ctx));
  JS_FreeValue(ctx, globals);
  if (main_start(ctx, main, main_size) < 0) return turn_failed(ctx, JS_GetException(ctx));
  return turn_run(ctx);
}

uint32_t EXPORT(engine_deliver)(uint32_t id, uint32_t is_error, const uint8_t *bytes, uint32_t length) {
  JSContext *ctx = context;
  uint32_t state;
  answered = asks_take(id);
  if (answered.id == 0) return turn_run(ctx);
  answer = values_read(ctx, bytes, length);
  input_done();
  if (JS_IsException(answer)) promise_failed(ctx, answered.promise);
  else fulfill_or_reject_promise(ctx, answered.promise, answer, is_error != 0);
  state = turn_run(ctx);
  JS_FreeValue(ctx, answer);
  ask_free(ctx, answered);
  answer = JS_UNDEFINED;
  return state;
}

/**
 * Gives a script that was restored the limits of `engine_start`. Where they are those that it had, nothing changes in its
 * memory: so the top of its stack stays that of its start.
 */
void EXPORT(engine_limit)(uint32_t memory, uint32_t stack) {
  heap_limit = heap_within(memory);
  JS_SetMaxStackSize(context->rt, stack_within(stack));
}

/** Tells a script that was restored the number of its client. */
void EXPORT(engine_client)(double id) {
  host_id = id;
}

/** Writes where the innermost function that is written in JavaScript is. Callable after a trap, so it takes no memory. */
uint32_t EXPORT(engine_where)(void) {
  Place place = place_now(context);
  is_where_asked = true;
  where_length = 0;
  if (place.function != NULL) where_of(place);
  return 0;
}
