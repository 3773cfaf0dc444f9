/* Where a packet is read: bytes, numbers and strings, of which nothing is taken for granted.
 *
 * Promises that no byte beyond the end is looked at, and that what is made of a packet takes time and memory in proportion
 * to its length. A function that returns -1, NULL or JS_EXCEPTION has left an exception pending.
 */

/* What a place has that its object did not have any more when it was written. */
#define ABSENT JS_UNINITIALIZED

/* A shape that the packet has named. */
typedef struct Shape {
  JSAtom *names;
  uint32_t count;
} Shape;

/* A piece of strings, which lie one behind the other. */
typedef struct Piece {
  const uint8_t *characters;
  size_t length;
  size_t at;
  bool is_wide;
  /* Where the place of the next piece stands, and where this one ends. */
  size_t link;
  size_t end;
} Piece;

typedef struct Reader {
  JSContext *ctx;
  const uint8_t *bytes;
  size_t length;
  size_t at;
  int depth;
  /* Whether the bytes are the script's own, and the stacks of errors in them, too. */
  bool is_clone;
  Piece piece;
  /* The objects read so far, in the order in which they were written. */
  JSValue *refs;
  JSValue few_refs[8];
  uint32_t ref_count;
  uint32_t ref_room;
  Shape *shapes;
  uint32_t shape_count;
  uint32_t shape_room;
  /* The last strings that can be named again. */
  JSValue *recent;
  uint32_t recent_room;
  uint64_t recent_count;
} Reader;

/* Names of fields: under which class the host knows an error, which no script can name, `code` and `path`. */
static JSAtom values_class;
static JSAtom values_code;
static JSAtom values_path;

static JSValue read_value(Reader *reader);
static JSValue read_tagged(Reader *reader, uint8_t tag);

/* Throws, with what every such error has: the code that says so. `what` may have one place for `name`. */
static JSValue read_failed_by(Reader *reader, const char *what, const char *name) {
  JSContext *ctx = reader->ctx;
  char reason[128];
  JSValue error;
  snprintf(reason, sizeof(reason), what, name);
  error = JS_NewTypeError(ctx, "What has arrived cannot be read: %s.", reason);
  if (JS_IsException(error)) return error;
  JS_DefinePropertyValue(ctx, error, values_code, JS_NewString(ctx, "ERR_UNCLONEABLE"), JS_PROP_C_W_E);
  return JS_Throw(ctx, error);
}

static JSValue read_failed(Reader *reader, const char *what) {
  return read_failed_by(reader, "%s", what);
}

/* Whether so many bytes are left; throws where they are not. */
static bool has_bytes(Reader *reader, uint64_t count) {
  if (count <= reader->length - reader->at) return true;
  read_failed(reader, "it ends too early");
  return false;
}

static int read_byte(Reader *reader) {
  return has_bytes(reader, 1) ? reader->bytes[reader->at++] : -1;
}

/* The tag that is next, which stays there; -1 at the end, without an exception. */
static int next_tag(Reader *reader) {
  return reader->at < reader->length ? reader->bytes[reader->at] : -1;
}

/* A whole number from 0 to 2^53. */
static int read_count(Reader *reader, uint64_t *count) {
  uint64_t value = 0;
  for (int shift = 0; shift < 56; shift += 7) {
    int byte = read_byte(reader);
    if (byte < 0) return -1;
    value |= (uint64_t)(byte & 0x7f) << shift;
    if (byte < 0x80) return (*count = value, 0);
  }
  read_failed(reader, "a number in it is too large");
  return -1;
}

static uint32_t word_at(const uint8_t *bytes) {
  return bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

static double double_at(const uint8_t *bytes) {
  uint64_t bits = word_at(bytes) | (uint64_t)word_at(bytes + 4) << 32;
  double value;
  memcpy(&value, &bits, sizeof(value));
  return value;
}

static JSValue read_int(Reader *reader) {
  if (!has_bytes(reader, 4)) return JS_EXCEPTION;
  reader->at += 4;
  return js_int32((int32_t)word_at(reader->bytes + reader->at - 4));
}

static JSValue read_double(Reader *reader) {
  if (!has_bytes(reader, 8)) return JS_EXCEPTION;
  reader->at += 8;
  return js_float64(double_at(reader->bytes + reader->at - 8)); /* Makes every NaN the engine's own. */
}

/* How many numbers or strings stand side by side, of `size` bytes each at least. */
static int read_run(Reader *reader, size_t size, uint32_t *count) {
  if (!has_bytes(reader, 4)) return -1;
  *count = word_at(reader->bytes + reader->at);
  reader->at += 4;
  if (*count == 0) return (read_failed(reader, "a list in it is empty"), -1);
  return has_bytes(reader, (uint64_t)*count * size) ? 0 : -1;
}

/* A string of these characters, two bytes for each where `is_wide`. */
static JSValue string_of(JSContext *ctx, const uint8_t *characters, size_t length, bool is_wide) {
  JSString *string;
  if (length == 0) return js_empty_string(ctx->rt);
  if (length > JS_STRING_LEN_MAX) return JS_ThrowRangeError(ctx, "invalid string length");
  string = js_alloc_string(ctx, (int)length, is_wide);
  if (string == NULL) return JS_EXCEPTION;
  memcpy(strv(string), characters, length << is_wide);
  if (!is_wide) str8(string)[length] = '\0';
  return JS_MKPTR(JS_TAG_STRING, string);
}

static JSValue read_characters(Reader *reader, uint64_t length, bool is_wide) {
  size_t at = reader->at;
  if (!has_bytes(reader, length << is_wide)) return JS_EXCEPTION;
  reader->at += (size_t)(length << is_wide);
  return string_of(reader->ctx, reader->bytes + at, (size_t)length, is_wide);
}

static JSValue read_long_string(Reader *reader, bool is_wide) {
  uint64_t length;
  if (read_count(reader, &length) < 0) return JS_EXCEPTION;
  return read_characters(reader, length, is_wide);
}

/* A value that is a string. */
static JSValue read_text(Reader *reader) {
  JSValue text = read_value(reader);
  if (JS_IsException(text) || JS_VALUE_GET_TAG(text) == JS_TAG_STRING) return text;
  JS_FreeValue(reader->ctx, text);
  return read_failed(reader, "it has something else where a string must be");
}

/* Goes one level down, which `reader->depth--` takes back. Returns 0, or -1. */
static int read_enter(Reader *reader) {
  if (js_check_stack_overflow(reader->ctx->rt, 0)) return (JS_ThrowStackOverflow(reader->ctx), -1);
  if (reader->depth >= DEEPEST + 1) return (read_failed(reader, "it is nested too deeply"), -1);
  reader->depth++;
  return 0;
}

/* Gives an object the next number, before what is in it is read. Returns the object, or takes it and throws. */
static JSValue keep(Reader *reader, JSValue object) {
  if (JS_IsException(object)) return object;
  if (reader->ref_count == reader->ref_room) {
    uint32_t room = reader->ref_room * 4;
    bool are_few = reader->refs == reader->few_refs;
    JSValue *refs = js_realloc(reader->ctx, are_few ? NULL : reader->refs, room * sizeof(JSValue));
    if (refs == NULL) return (JS_FreeValue(reader->ctx, object), JS_EXCEPTION);
    if (are_few) memcpy(refs, reader->few_refs, sizeof(reader->few_refs));
    reader->refs = refs;
    reader->ref_room = room;
  }
  reader->refs[reader->ref_count++] = js_dup(object);
  return object;
}

static JSValue read_ref(Reader *reader) {
  uint64_t number;
  if (read_count(reader, &number) < 0) return JS_EXCEPTION;
  if (number >= reader->ref_count || JS_IsUndefined(reader->refs[number])) {
    return read_failed(reader, "it names an object that is not in it");
  }
  return js_dup(reader->refs[number]);
}

static void reader_begin(Reader *reader, JSContext *ctx, const uint8_t *bytes, size_t length) {
  memset(reader, 0, sizeof(*reader));
  reader->ctx = ctx;
  reader->bytes = bytes;
  reader->length = length;
  reader->at = HEAD;
  reader->refs = reader->few_refs;
  reader->ref_room = countof(reader->few_refs);
}

/* Lets go of everything. */
static void reader_end(Reader *reader) {
  JSContext *ctx = reader->ctx;
  uint64_t kept = reader->recent_count < RECENT_TEXTS ? reader->recent_count : RECENT_TEXTS;
  for (uint32_t i = 0; i < reader->ref_count; i++) JS_FreeValue(ctx, reader->refs[i]);
  for (uint32_t i = 0; i < kept; i++) JS_FreeValue(ctx, reader->recent[i]);
  for (uint32_t i = 0; i < reader->shape_count; i++) {
    for (uint32_t k = 0; k < reader->shapes[i].count; k++) JS_FreeAtom(ctx, reader->shapes[i].names[k]);
    js_free(ctx, reader->shapes[i].names);
  }
  if (reader->refs != reader->few_refs) js_free(ctx, reader->refs);
  js_free(ctx, reader->recent);
  js_free(ctx, reader->shapes);
}
