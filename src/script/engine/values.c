/* Values as bytes and back: the wire's grammar (docs/wire-format.md) on QuickJS.
 *
 * Promises that every packet the host writes is read, but for what a script cannot have, which is refused by name; that bytes,
 * whatever they are, give a value or an exception, within the time and memory that as many may take; and that what
 * is written is read by the host.
 */
#include "values/tags.h"
#include "values/bytes.c"
#include "values/texts.c"
#include "values/read.c"
#include "values/read-arrays.c"
#include "values/read-memory.c"
#include "values/read-errors.c"
#include "values/read-tags.c"
#include "values/seen.c"
#include "values/refuse.c"
#include "values/kinds.c"
#include "values/write.c"
#include "values/write-arrays.c"
#include "values/write-builtins.c"
#include "values/write-errors.c"
#include "values/write-tags.c"

static int values_prepare(JSContext *ctx) {
  JSValue mark = JS_NewSymbolFromAtom(ctx, JS_ATOM_empty_string, JS_ATOM_TYPE_PRIVATE);
  if (JS_IsException(mark)) return -1;
  values_class = js_symbol_to_atom(ctx, mark); /* Takes the symbol, which stays for good. */
  values_code = JS_NewAtom(ctx, "code");
  values_path = JS_NewAtom(ctx, "path");
  return values_code == JS_ATOM_NULL || values_path == JS_ATOM_NULL ? -1 : 0;
}
