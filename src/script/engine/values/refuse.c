/* What is written, where the writer stands in it, and the error for what cannot cross: it names the path, as
 * `args[0].options.onProgress`, in the words of lib/wire/path.ts.
 */

typedef enum PartKind {
  PART_FIELD,
  PART_INDEX,
  PART_KEY,
  PART_VALUE,
  PART_MEMBER,
} PartKind;

/* A step of the path; each lies on the stack of what writes there. */
typedef struct Part {
  struct Part *up;
  PartKind kind;
  JSAtom name;
  uint32_t index;
  JSValueConst key;
} Part;

typedef struct Writer {
  JSContext *ctx;
  Buffer *out;
  const char *root;
  /* Whether what cannot cross is left out of errors. */
  bool is_lenient;
  /* Whether the value stays in the script. */
  bool is_clone;
  int depth;
  Part *part;
  /* How far all memory that may grow may grow, in bytes. */
  uint64_t growth;
  Seen seen;
} Writer;

enum {
  SHOWN_PARTS = 32,
  LONGEST_NAME = 100,
};

static int write_value(Writer *writer, JSValueConst value);

/* Whether a name can stand behind a dot. */
static bool is_identifier(JSString *name) {
  int at = 0;
  if (name->len == 0 || name->len > LONGEST_NAME) return false;
  while (at < name->len) {
    bool is_first = at == 0;
    uint32_t point = string_getc(name, &at);
    if (point == '$' || point == '_') continue;
    if (!(is_first ? lre_is_id_start(point) : lre_is_id_continue(point))) return false;
  }
  return true;
}

/* Puts a name, of which no more than `LONGEST_NAME` characters are shown. Takes the string. */
static void put_shortened(StringBuffer *text, JSValue value, bool is_quoted) {
  JSContext *ctx = text->ctx;
  if (!JS_IsException(value) && JS_VALUE_GET_STRING(value)->len > LONGEST_NAME) {
    JSValue part = js_sub_string(ctx, JS_VALUE_GET_STRING(value), 0, LONGEST_NAME);
    StringBuffer shortened;
    string_buffer_init(ctx, &shortened, LONGEST_NAME + 1);
    string_buffer_concat_value_free(&shortened, part);
    string_buffer_putc16(&shortened, 0x2026);
    JS_FreeValue(ctx, value);
    value = string_buffer_end(&shortened);
  }
  if (is_quoted) value = JS_ToQuotedStringFree(ctx, value);
  string_buffer_concat_value_free(text, value);
}

static void put_name(StringBuffer *text, JSAtom atom) {
  JSValue name = JS_AtomToString(text->ctx, atom);
  bool is_plain = !JS_IsException(name) && is_identifier(JS_VALUE_GET_STRING(name));
  string_buffer_puts8(text, is_plain ? "." : "[");
  if (is_plain) string_buffer_concat_value_free(text, name);
  else put_shortened(text, name, true);
  if (!is_plain) string_buffer_putc8(text, ']');
}

static void put_index(StringBuffer *text, const char *format, uint32_t index) {
  char digits[32];
  snprintf(digits, sizeof(digits), format, index);
  string_buffer_puts8(text, digits);
}

/* The value of a Map's entry, by its key where that can be told shortly. */
static void put_key(StringBuffer *text, const Part *part) {
  JSContext *ctx = text->ctx;
  int tag = JS_VALUE_GET_NORM_TAG(part->key);
  if (tag == JS_TAG_OBJECT || tag == JS_TAG_BIG_INT) return put_index(text, ".values()[%u]", part->index);
  string_buffer_puts8(text, ".get(");
  if (JS_IsString(part->key)) {
    put_shortened(text, JS_ToString(ctx, part->key), true);
  } else if (tag == JS_TAG_SYMBOL) {
    JSValue description = js_symbol_toString(ctx, part->key, 0, NULL);
    string_buffer_concat_value_free(text, description);
  } else {
    string_buffer_concat_value_free(text, JS_ToString(ctx, part->key));
  }
  string_buffer_putc8(text, ')');
}

static void put_part(StringBuffer *text, const Part *part) {
  switch (part->kind) {
    case PART_FIELD: return put_name(text, part->name);
    case PART_INDEX: return put_index(text, "[%u]", part->index);
    case PART_KEY: return put_index(text, ".keys()[%u]", part->index);
    case PART_VALUE: return put_key(text, part);
    case PART_MEMBER: return put_index(text, ".values()[%u]", part->index);
  }
}

/* The path to where the writer stands. The middle of a very long one is left out. */
static JSValue path_of(const Writer *writer) {
  const Part *shown[SHOWN_PARTS];
  int count = 0, at = 0, kept;
  StringBuffer text;
  for (const Part *part = writer->part; part != NULL; part = part->up) count++;
  kept = count > SHOWN_PARTS ? SHOWN_PARTS / 2 + 2 : count;
  for (const Part *part = writer->part; part != NULL; part = part->up, at++) {
    int place = at < 2 ? kept - 1 - at : count - 1 - at; /* The innermost two stand last. */
    if (place < kept && (at < 2 || place < kept - 2 || kept == count)) shown[place] = part;
  }
  string_buffer_init(writer->ctx, &text, 64);
  string_buffer_puts8(&text, writer->root);
  for (int i = 0; i < kept; i++) {
    if (i == SHOWN_PARTS / 2 && kept < count) string_buffer_putc16(&text, 0x2026);
    put_part(&text, shown[i]);
  }
  return string_buffer_end(&text);
}

/* Throws this error, with what an UncloneableError of the host has; the host knows it by that name. Takes both. */
static int throw_uncloneable(JSContext *ctx, JSValue path, JSValue message) {
  JSValue error = JS_EXCEPTION;
  if (!JS_IsException(path) && !JS_IsException(message)) error = new_error(ctx, 0, JS_NewString(ctx, "UncloneableError"));
  if (JS_IsException(error)) return (JS_FreeValue(ctx, path), JS_FreeValue(ctx, message), -1);
  JS_DefinePropertyValue(ctx, error, JS_ATOM_message, message, HIDDEN);
  JS_DefinePropertyValue(ctx, error, JS_ATOM_name, JS_NewString(ctx, "UncloneableError"), HIDDEN);
  JS_DefinePropertyValue(ctx, error, values_code, JS_NewString(ctx, "ERR_UNCLONEABLE"), JS_PROP_C_W_E);
  JS_DefinePropertyValue(ctx, error, values_path, path, JS_PROP_C_W_E);
  build_backtrace(ctx, error, JS_UNDEFINED, NULL, 0, 0, 0);
  JS_Throw(ctx, error);
  return -1;
}

/* Throws the error for what is being written. `what`: the words after "it is"; takes `name`, which stands behind them. */
static int refuse_named(Writer *writer, const char *what, JSValue name) {
  JSValue path = path_of(writer);
  StringBuffer text;
  string_buffer_init(writer->ctx, &text, 64);
  string_buffer_concat_value(&text, JS_IsException(path) ? JS_UNDEFINED : path);
  string_buffer_puts8(&text, writer->is_clone ? " cannot be cloned: it is " : " cannot leave the script: it is ");
  string_buffer_puts8(&text, what);
  if (!JS_IsUndefined(name)) put_shortened(&text, name, false);
  string_buffer_putc8(&text, '.');
  return throw_uncloneable(writer->ctx, path, string_buffer_end(&text));
}

static int refuse(Writer *writer, const char *what) {
  return refuse_named(writer, what, JS_UNDEFINED);
}
