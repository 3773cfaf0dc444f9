/* Which part of the grammar reads what comes behind a tag, and the way in: `values_read`. */

/* What a script cannot have: objects of the host, by the numbers of their kinds (lib/native/handle.ts). */
static JSValue read_handle(Reader *reader) {
  static const char *const kinds[] = {
    "", "Queue", "Event", "Future", "BackgroundTask", "AsyncRunner", "Server", "Client", "LifoQueue", "PriorityQueue",
  };
  int kind = read_byte(reader);
  if (kind <= 0 || kind >= countof(kinds)) return kind < 0 ? JS_EXCEPTION : read_failed(reader, "a handle in it is of no known class");
  return read_failed_by(reader, "a script cannot have an object of the class %s", kinds[kind]);
}

/* Values that hold others. */
static JSValue read_nested(Reader *reader, uint8_t tag) {
  switch (tag) {
    case TAG_OBJECT: return read_object(reader);
    case TAG_ARRAY: return read_array(reader, false);
    case TAG_ARRAY_WITH_FIELDS: return read_array(reader, true);
    case TAG_SPARSE_ARRAY: return read_sparse_array(reader);
    case TAG_MAP: return read_map(reader, 0);
    case TAG_SET: return read_map(reader, MAGIC_SET);
    case TAG_ERROR: return read_error(reader);
    case TAG_DOM_EXCEPTION: return read_dom_exception(reader);
    case TAG_NEW_SHAPE: return read_new_shape(reader);
    case TAG_SHAPED: return read_known_shape(reader);
    case TAG_DICTIONARY: return read_dictionary(reader);
    case TAG_BOXED: return read_boxed(reader);
    case TAG_VIEW: return read_view(reader);
    default: return read_failed(reader, "a byte in it means nothing there");
  }
}

/* The value whose tag has been read. */
static JSValue read_tagged(Reader *reader, uint8_t tag) {
  JSValue value;
  if (tag >= TAG_TEXT) return read_kept_text(reader, tag & MOST_TEXT);
  if (tag >= TAG_SHORT_STRING) return read_characters(reader, tag & MOST_TEXT, false);
  if (tag >= TAG_SMALL_INT) return js_int32(tag & 0x3f);
  switch (tag) {
    case TAG_UNDEFINED: return JS_UNDEFINED;
    case TAG_NULL: return JS_NULL;
    case TAG_TRUE: return JS_TRUE;
    case TAG_FALSE: return JS_FALSE;
    case TAG_INT: return read_int(reader);
    case TAG_DOUBLE: return read_double(reader);
    case TAG_BIG_INT: return read_bigint(reader);
    case TAG_LATIN1: return read_long_string(reader, false);
    case TAG_WIDE: return read_long_string(reader, true);
    case TAG_REF: return read_ref(reader);
    case TAG_DATE: return read_date(reader);
    case TAG_REG_EXP: return read_regexp(reader);
    case TAG_HANDLE: return read_handle(reader);
    case TAG_BUFFER: return read_buffer(reader);
    case TAG_ARRAY_BUFFER: return read_array_buffer(reader);
    case TAG_SHARED_ARRAY_BUFFER: return read_failed(reader, "a script cannot have a SharedArrayBuffer");
    case TAG_LONG_TEXT: return read_long_text(reader);
    case TAG_TEXT_AGAIN: return read_text_again(reader);
  }
  if (read_enter(reader) < 0) return JS_EXCEPTION;
  value = read_nested(reader, tag);
  reader->depth--;
  return value;
}

static JSValue read_value(Reader *reader) {
  int tag = past_pieces(reader);
  return tag < 0 ? JS_EXCEPTION : read_tagged(reader, (uint8_t)tag);
}

static JSValue read_packet(JSContext *ctx, const uint8_t *bytes, size_t length, bool is_clone) {
  Reader reader;
  JSValue value;
  if (length <= HEAD) return JS_ThrowTypeError(ctx, "What has arrived cannot be read: it has no bytes.");
  reader_begin(&reader, ctx, bytes, length);
  reader.is_clone = is_clone;
  value = read_value(&reader);
  reader_end(&reader);
  return value;
}

static JSValue values_read(JSContext *ctx, const uint8_t *bytes, size_t length) {
  return read_packet(ctx, bytes, length, false);
}
