/* The strings of a packet that lie one behind the other in pieces, and those that are named again (lib/wire/texts.ts).
 *
 * A piece stands in the packet behind the values whose strings it has. The first word of a packet says where the first piece
 * is, and the first word of each piece where the next is: behind the end of that one, so that no bytes are read twice.
 */

/* Begins the next piece. The packet is then read on from where it was. */
static int begin_piece(Reader *reader) {
  Piece *piece = &reader->piece;
  size_t at = reader->at;
  size_t link = word_at(reader->bytes + piece->link);
  uint64_t size;
  if (link < piece->end || link < at || link > reader->length || reader->length - link < 4) {
    return (read_failed(reader, "it has no piece for the strings in it"), -1);
  }
  reader->at = link + 4;
  if (read_count(reader, &size) < 0 || !has_bytes(reader, size / 2)) return -1;
  piece->is_wide = size % 2 == 1;
  piece->characters = reader->bytes + reader->at;
  piece->length = (size_t)(size / 2) >> piece->is_wide;
  piece->at = 0;
  piece->link = link;
  piece->end = reader->at + (size_t)(size / 2);
  reader->at = at;
  return 0;
}

/* The next string of a piece. */
static JSValue read_piece_text(Reader *reader, size_t length) {
  Piece *piece = &reader->piece;
  size_t at;
  if (piece->at >= piece->length && begin_piece(reader) < 0) return JS_EXCEPTION;
  at = piece->at;
  if (length > piece->length - at) return read_failed(reader, "a piece of strings in it ends too early");
  piece->at += length;
  return string_of(reader->ctx, piece->characters + (at << piece->is_wide), length, piece->is_wide);
}

/* The next string of a piece, which can be named again. */
static JSValue read_kept_text(Reader *reader, size_t length) {
  JSValue text = read_piece_text(reader, length);
  uint32_t slot = (uint32_t)(reader->recent_count % RECENT_TEXTS);
  if (JS_IsException(text)) return text;
  if (reader->recent_count < RECENT_TEXTS && slot == reader->recent_room) {
    uint32_t room = reader->recent_room < 8 ? 16 : reader->recent_room * 2;
    JSValue *recent = js_realloc(reader->ctx, reader->recent, room * sizeof(JSValue));
    if (recent == NULL) return (JS_FreeValue(reader->ctx, text), JS_EXCEPTION);
    reader->recent = recent;
    reader->recent_room = room;
  }
  if (reader->recent_count >= RECENT_TEXTS) JS_FreeValue(reader->ctx, reader->recent[slot]);
  reader->recent[slot] = js_dup(text);
  reader->recent_count++;
  return text;
}

static JSValue read_text_again(Reader *reader) {
  uint32_t number;
  if (!has_bytes(reader, 2)) return JS_EXCEPTION;
  number = reader->bytes[reader->at] | (uint32_t)reader->bytes[reader->at + 1] << 8;
  reader->at += 2;
  if (number >= RECENT_TEXTS || number >= reader->recent_count) return read_failed(reader, "it names a string that is not in it");
  return js_dup(reader->recent[number]);
}

static JSValue read_long_text(Reader *reader) {
  int length = read_byte(reader);
  return length < 0 ? JS_EXCEPTION : read_piece_text(reader, (size_t)length);
}

/* Goes past the pieces that stand here. Returns the tag behind them, which has been read, or -1. */
static int past_pieces(Reader *reader) {
  for (;;) {
    uint64_t size;
    int tag = read_byte(reader);
    if (tag != TAG_PIECE) return tag;
    if (!has_bytes(reader, 4)) return -1;
    reader->at += 4;
    if (read_count(reader, &size) < 0 || !has_bytes(reader, size / 2)) return -1;
    reader->at += (size_t)(size / 2);
  }
}

/* The name that is next as an atom; JS_ATOM_NULL at the end of the fields, or with an exception pending (`*failed`). */
static JSAtom read_name(Reader *reader, bool *failed) {
  int tag = next_tag(reader);
  const char *characters = (const char *)reader->bytes + reader->at + 1;
  size_t length = tag & MOST_TEXT;
  JSAtom atom = JS_ATOM_NULL;
  JSValue text;
  *failed = false;
  if (tag == TAG_END) return (reader->at++, JS_ATOM_NULL);
  if (tag > TAG_SHORT_STRING && tag < TAG_TEXT && length < reader->length - reader->at && !is_digit(*characters)) {
    atom = __JS_FindAtom(reader->ctx->rt, characters, length, JS_ATOM_TYPE_STRING);
    if (atom != JS_ATOM_NULL) return (reader->at += 1 + length, atom);
  }
  text = read_text(reader);
  if (!JS_IsException(text)) atom = JS_NewAtomStr(reader->ctx, JS_VALUE_GET_STRING(text));
  *failed = atom == JS_ATOM_NULL;
  return atom;
}
