/* Values as text, for `console`: much as Node's `util.inspect` shows them.
 *
 * Reads the objects from inside: no getter, proxy handler or replaced method of the script is called. What is nested more
 * than three levels deep is named only, and long lists and texts are cut, so a line has an end. Returns 0, or -1 with an
 * exception pending.
 */
enum { INSPECT_DEPTH = 2, INSPECT_ITEMS = 100, INSPECT_TEXT = 10000, INSPECT_WIDTH = 72 };

/** An object that is being written, and those around it. */
typedef struct Inner {
  const struct Inner *outer;
  JSObject *object;
  int depth;
  /** Where its entries begin in the buffer, as uint32_t. */
  Buffer entries;
} Inner;

static int inspect(JSContext *ctx, Buffer *out, JSValueConst value, const Inner *outer);

static int show_text(JSContext *ctx, Buffer *out, const char *text) {
  return buffer_put(ctx, out, text, strlen(text));
}

/** Appends the text of a string, number or the like; `value` is freed. */
static int show_value(JSContext *ctx, Buffer *out, JSValue value) {
  size_t length;
  const char *text = JS_IsException(value) ? NULL : JS_ToCStringLen(ctx, &length, value);
  int status = text == NULL ? -1 : buffer_put(ctx, out, text, length);
  JS_FreeCString(ctx, text);
  JS_FreeValue(ctx, value);
  return status;
}

static int show_count(JSContext *ctx, Buffer *out, uint32_t count) {
  char text[12];
  return buffer_put(ctx, out, text, u32toa(text, count));
}

/** The value of a field, of the object or what it inherits from, unless that is a getter or a proxy's. */
static JSValue peek(JSContext *ctx, JSObject *object, JSAtom name) {
  JSProperty *property;
  while (object != NULL && object->class_id != JS_CLASS_PROXY) {
    JSShapeProperty *found = find_own_property(&property, object, name);
    if (found == NULL) {
      object = object->shape->proto;
    } else if ((found->flags & JS_PROP_TMASK) == JS_PROP_NORMAL) {
      return js_dup(property->u.value);
    } else if ((found->flags & JS_PROP_TMASK) == JS_PROP_VARREF) {
      return js_dup(*property->u.var_ref->pvalue);
    } else if ((found->flags & JS_PROP_TMASK) != JS_PROP_AUTOINIT ||
               JS_AutoInitProperty(ctx, object, name, property, found)) {
      break;
    }
  }
  return JS_UNDEFINED;
}

/** Appends a field's value if it is a text that is not empty; returns whether it was. */
static bool show_peeked(JSContext *ctx, Buffer *out, JSObject *object, JSAtom name) {
  JSValue value = peek(ctx, object, name);
  size_t before = out->length;
  if (JS_IsString(value)) show_value(ctx, out, value);
  else JS_FreeValue(ctx, value);
  return out->length > before;
}

/** What stands behind the backslash for a byte, if one must. */
static char escape_of(char byte) {
  switch (byte) {
  case '\n':
    return 'n';
  case '\t':
    return 't';
  case '\r':
    return 'r';
  case '\\':
  case '\'':
    return byte;
  default:
    return '\0';
  }
}

static int show_quoted(JSContext *ctx, Buffer *out, JSValueConst value) {
  size_t length;
  const char *text = JS_ToCStringLen(ctx, &length, value);
  size_t shown = length > INSPECT_TEXT ? INSPECT_TEXT : length;
  if (text == NULL) return -1;
  while (shown > 0 && shown < length && ((uint8_t)text[shown] & 0xc0) == 0x80) shown--;
  buffer_byte(ctx, out, '\'');
  for (size_t i = 0; i < shown; i++) {
    char escape = escape_of(text[i]);
    if (text[i] == '\0') show_text(ctx, out, "\\x00");
    else if (escape == '\0') buffer_byte(ctx, out, text[i]);
    else buffer_byte(ctx, out, '\\'), buffer_byte(ctx, out, escape);
  }
  buffer_byte(ctx, out, '\'');
  JS_FreeCString(ctx, text);
  if (shown == length) return 0;
  show_text(ctx, out, "... ");
  show_count(ctx, out, length - shown);
  return show_text(ctx, out, " more bytes");
}

static int show_symbol(JSContext *ctx, Buffer *out, JSValueConst symbol) {
  JSAtom atom = js_symbol_to_atom(ctx, js_dup(symbol));
  show_text(ctx, out, "Symbol(");
  if (show_value(ctx, out, JS_AtomToString(ctx, atom)) < 0) return -1;
  return buffer_byte(ctx, out, ')');
}

/** Begins an entry of an object. */
static int entry(JSContext *ctx, Buffer *out, Inner *inner) {
  uint32_t at = out->length;
  if (inner->entries.length > 0) buffer_byte(ctx, out, ',');
  buffer_byte(ctx, out, ' ');
  return buffer_put(ctx, &inner->entries, &at, 4);
}

static int entry_rest(JSContext *ctx, Buffer *out, Inner *inner, uint32_t count) {
  entry(ctx, out, inner);
  show_text(ctx, out, "... ");
  show_count(ctx, out, count);
  return show_text(ctx, out, count == 1 ? " more item" : " more items");
}

static bool is_name(const char *text, size_t length) {
  for (size_t i = 0; i < length; i++) {
    bool is_letter = (text[i] | 32) >= 'a' && (text[i] | 32) <= 'z';
    if (!is_letter && text[i] != '_' && text[i] != '$' && !(i > 0 && text[i] >= '0' && text[i] <= '9')) return false;
  }
  return length > 0;
}

static int show_key(JSContext *ctx, Buffer *out, JSAtom name) {
  JSValue key = JS_AtomToValue(ctx, name);
  const char *text;
  size_t length;
  int status;
  if (JS_IsSymbol(key)) {
    buffer_byte(ctx, out, '[');
    show_symbol(ctx, out, key);
    buffer_byte(ctx, out, ']');
  } else {
    text = JS_ToCStringLen(ctx, &length, key);
    if (text == NULL) return -1;
    if (is_name(text, length) || __JS_AtomIsTaggedInt(name)) buffer_put(ctx, out, text, length);
    else show_quoted(ctx, out, key);
    JS_FreeCString(ctx, text);
  }
  JS_FreeValue(ctx, key);
  status = show_text(ctx, out, ": ");
  return status;
}

static int show_field(JSContext *ctx, Buffer *out, JSPropertyDescriptor *field, const Inner *inner) {
  int status;
  if ((field->flags & JS_PROP_GETSET) == 0) status = inspect(ctx, out, field->value, inner);
  else if (JS_IsUndefined(field->setter)) status = show_text(ctx, out, "[Getter]");
  else status = show_text(ctx, out, JS_IsUndefined(field->getter) ? "[Setter]" : "[Getter/Setter]");
  js_free_desc(ctx, field);
  return status;
}

/** Writes the fields of an object; those of an array that are behind its items. */
static int show_fields(JSContext *ctx, Buffer *out, Inner *inner, bool is_list) {
  JSPropertyEnum *names;
  uint32_t count;
  int flags = JS_GPN_STRING_MASK | JS_GPN_SYMBOL_MASK | JS_GPN_ENUM_ONLY;
  int status = JS_GetOwnPropertyNamesInternal(ctx, &names, &count, inner->object, flags);
  if (status < 0) return -1;
  for (uint32_t i = 0, shown = 0; i < count && status >= 0; i++) {
    JSPropertyDescriptor field;
    if (is_list && __JS_AtomIsTaggedInt(names[i].atom)) continue;
    if (shown++ == INSPECT_ITEMS) {
      status = entry_rest(ctx, out, inner, count - i);
      break;
    }
    status = JS_GetOwnPropertyInternal(ctx, &field, inner->object, names[i].atom);
    if (status <= 0) continue;
    entry(ctx, out, inner);
    show_key(ctx, out, names[i].atom);
    status = show_field(ctx, out, &field, inner);
  }
  JS_FreePropertyEnum(ctx, names, count);
  return status < 0 ? -1 : 0;
}

/** Writes the items of an array or a typed array. */
static int show_items(JSContext *ctx, Buffer *out, Inner *inner, uint32_t length) {
  JSPropertyDescriptor field;
  int status = 0;
  for (uint32_t i = 0, holes = 0; i < length && status >= 0; i++) {
    if (i == INSPECT_ITEMS) return entry_rest(ctx, out, inner, length - i);
    status = JS_GetOwnPropertyInternal(ctx, &field, inner->object, __JS_AtomFromUInt32(i));
    if (status == 0) holes++;
    if (holes > 0 && (status > 0 || i == length - 1 || i == INSPECT_ITEMS - 1)) {
      entry(ctx, out, inner);
      buffer_byte(ctx, out, '<');
      show_count(ctx, out, holes);
      show_text(ctx, out, holes == 1 ? " empty item>" : " empty items>");
      holes = 0;
    }
    if (status <= 0) continue;
    entry(ctx, out, inner);
    status = show_field(ctx, out, &field, inner);
  }
  return status < 0 ? -1 : 0;
}

static int show_records(JSContext *ctx, Buffer *out, Inner *inner) {
  JSMapState *map = inner->object->u.map_state;
  struct list_head *at;
  uint32_t shown = 0;
  list_for_each(at, &map->records) {
    JSMapRecord *record = list_entry(at, JSMapRecord, link);
    if (record->empty) continue;
    if (shown++ == INSPECT_ITEMS) return entry_rest(ctx, out, inner, map->record_count - INSPECT_ITEMS);
    entry(ctx, out, inner);
    if (inspect(ctx, out, record->key, inner) < 0) return -1;
    if (inner->object->class_id != JS_CLASS_MAP) continue;
    show_text(ctx, out, " => ");
    if (inspect(ctx, out, record->value, inner) < 0) return -1;
  }
  return 0;
}

static int show_line(JSContext *ctx, Buffer *out, int depth) {
  buffer_byte(ctx, out, '\n');
  for (int i = 0; i < 2 * depth; i++) buffer_byte(ctx, out, ' ');
  return 0;
}

/** Writes the entries of an object again, each in a line of its own; short items of a list share one. */
static int show_lines(JSContext *ctx, Buffer *lines, const Buffer *out, const Inner *inner, bool is_list) {
  uint32_t *at = (uint32_t *)inner->entries.bytes;
  size_t count = inner->entries.length / 4, begin = 0;
  int status = 0;
  for (size_t i = 0; i < count; i++) {
    size_t from = at[i] + (i == 0 ? 1 : 2), to = i + 1 < count ? at[i + 1] : out->length;
    bool is_short = is_list && count > 6 && to - from <= 16 && i > 0 && lines->length + to - from - begin < INSPECT_WIDTH;
    if (i > 0) buffer_byte(ctx, lines, ',');
    if (is_short) buffer_byte(ctx, lines, ' ');
    else begin = lines->length, show_line(ctx, lines, inner->depth + 1);
    status = buffer_put(ctx, lines, out->bytes + from, to - from);
  }
  show_line(ctx, lines, inner->depth);
  return status;
}

/** Ends an object: its entries stand in several lines where they are too much for one. */
static int show_end(JSContext *ctx, Buffer *out, Inner *inner, size_t start, char bracket) {
  size_t length = out->length - start;
  bool has_entries = inner->entries.length > 0;
  Buffer lines = {0};
  int status = 0;
  if (has_entries && (length > INSPECT_WIDTH || memchr(out->bytes + start, '\n', length) != NULL)) {
    show_lines(ctx, &lines, out, inner, bracket == ']');
    out->length = *(uint32_t *)inner->entries.bytes;
    status = buffer_put(ctx, out, lines.bytes, lines.length);
    buffer_free(ctx, &lines);
  } else if (has_entries) {
    buffer_byte(ctx, out, ' ');
  }
  buffer_free(ctx, &inner->entries);
  return status < 0 ? -1 : buffer_byte(ctx, out, bracket);
}

#include "inspect-kinds.c"
