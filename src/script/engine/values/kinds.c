/* What kind of object a value is, as far as crossing goes, and why some are refused (lib/wire/kinds.ts).
 *
 * Promises: an object is what its class in the engine makes it, not what its prototype pretends, with one exception: an object
 * whose first known prototype is Object.prototype counts as plain.
 */

typedef enum Kind {
  KIND_PLAIN,
  KIND_ARRAY,
  KIND_MAP,
  KIND_SET,
  KIND_DATE,
  KIND_REG_EXP,
  KIND_BOXED,
  KIND_ERROR,
  KIND_DOM_EXCEPTION,
  KIND_VIEW,
  KIND_MEMORY,
  KIND_REFUSED,
} Kind;

static const char an_iterator[] = "an iterator; collect it into an array first";
static const char an_async_iterator[] = "an asynchronous iterator";
static const char a_promise[] = "a Promise; await it first";
static const char an_arguments_object[] = "an arguments object; spread it into an array";

/* Why an object of a class of the engine's is refused: the words after "it is"; NULL where it is not. */
static const char *refusal_of_class(int class_id) {
  switch (class_id) {
    case JS_CLASS_PROMISE: return a_promise;
    case JS_CLASS_ARGUMENTS:
    case JS_CLASS_MAPPED_ARGUMENTS: return an_arguments_object;
    case JS_CLASS_MODULE_NS: return "a module namespace";
    case JS_CLASS_WEAKMAP: return "a WeakMap";
    case JS_CLASS_WEAKSET: return "a WeakSet";
    case JS_CLASS_WEAK_REF: return "a WeakRef";
    case JS_CLASS_FINALIZATION_REGISTRY: return "a FinalizationRegistry";
    case JS_CLASS_DISPOSABLE_STACK: return "a DisposableStack";
    case JS_CLASS_ASYNC_DISPOSABLE_STACK: return "an AsyncDisposableStack";
    case JS_CLASS_CALL_SITE: return "a CallSite";
    case JS_CLASS_RAWJSON: return "a piece of raw JSON";
    case JS_CLASS_ASYNC_GENERATOR:
    case JS_CLASS_ASYNC_FROM_SYNC_ITERATOR: return an_async_iterator;
    case JS_CLASS_GENERATOR:
    case JS_CLASS_FOR_IN_ITERATOR: return an_iterator;
  }
  if (class_id >= JS_CLASS_ITERATOR && class_id <= JS_CLASS_REGEXP_STRING_ITERATOR) return an_iterator;
  return class_id >= JS_CLASS_INIT_COUNT ? "an object of the host's" : NULL;
}

/* The kind that the class of an object makes it. */
static Kind kind_of_class(int class_id) {
  switch (class_id) {
    case JS_CLASS_ARRAY: return KIND_ARRAY;
    case JS_CLASS_MAP: return KIND_MAP;
    case JS_CLASS_SET: return KIND_SET;
    case JS_CLASS_DATE: return KIND_DATE;
    case JS_CLASS_REGEXP: return KIND_REG_EXP;
    case JS_CLASS_NUMBER:
    case JS_CLASS_STRING:
    case JS_CLASS_BOOLEAN:
    case JS_CLASS_SYMBOL:
    case JS_CLASS_BIG_INT: return KIND_BOXED;
    case JS_CLASS_ERROR: return KIND_ERROR;
    case JS_CLASS_DOM_EXCEPTION: return KIND_DOM_EXCEPTION;
    case JS_CLASS_ARRAY_BUFFER:
    case JS_CLASS_SHARED_ARRAY_BUFFER: return KIND_MEMORY;
  }
  if (class_id >= JS_CLASS_UINT8C_ARRAY && class_id <= JS_CLASS_DATAVIEW) return KIND_VIEW;
  return refusal_of_class(class_id) != NULL ? KIND_REFUSED : KIND_PLAIN;
}

static bool is_prototype(JSContext *ctx, const JSObject *object, int class_id) {
  JSValueConst prototype = ctx->class_proto[class_id];
  return JS_VALUE_GET_TAG(prototype) == JS_TAG_OBJECT && JS_VALUE_GET_OBJ(prototype) == object;
}

/* Why everything under a prototype is refused; NULL where it is not. */
static const char *refusal_of_prototype(JSContext *ctx, const JSObject *link) {
  if (is_prototype(ctx, link, JS_CLASS_PROMISE)) return a_promise;
  if (is_prototype(ctx, link, JS_CLASS_ITERATOR)) return an_iterator;
  if (JS_IsObject(ctx->async_iterator_proto) && JS_VALUE_GET_OBJ(ctx->async_iterator_proto) == link) return an_async_iterator;
  return NULL;
}

/* The kind of an object. `why`: what to say of one that is refused. */
static Kind kind_of(JSContext *ctx, const JSObject *object, const char **why) {
  Kind kind = kind_of_class(object->class_id);
  *why = refusal_of_class(object->class_id);
  for (const JSObject *link = object->shape->proto; link != NULL; link = link->shape->proto) {
    const char *refusal;
    if (link->class_id == JS_CLASS_PROXY) break;
    if (is_prototype(ctx, link, object->class_id) && object->class_id != JS_CLASS_OBJECT) return kind;
    if (is_prototype(ctx, link, JS_CLASS_ERROR)) return KIND_ERROR;
    if (is_prototype(ctx, link, JS_CLASS_OBJECT)) {
      return object->class_id >= JS_CLASS_INIT_COUNT || object->class_id == JS_CLASS_ARGUMENTS ||
              object->class_id == JS_CLASS_MAPPED_ARGUMENTS
        ? KIND_REFUSED
        : KIND_PLAIN;
    }
    refusal = refusal_of_prototype(ctx, link);
    if (refusal != NULL) return (*why = refusal, KIND_REFUSED);
  }
  return kind;
}
