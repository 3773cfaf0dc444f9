/* `console`: each call is one output, formatted here.
 */
IMPORT("output") extern void host_output(int32_t level, const uint8_t *bytes, size_t length);

static JSValue console_write(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv, int level) {
  Buffer out = {0};
  for (int i = 0; i < argc; i++) {
    size_t length;
    const char *text = JS_ToCStringLen(ctx, &length, argv[i]);
    if (text == NULL) {
      buffer_free(ctx, &out);
      return JS_EXCEPTION;
    }
    if (i > 0) buffer_byte(ctx, &out, ' ');
    buffer_put(ctx, &out, text, length);
    JS_FreeCString(ctx, text);
  }
  host_output(level, out.bytes, out.length);
  buffer_free(ctx, &out);
  return JS_UNDEFINED;
}

static const JSCFunctionListEntry console_fields[] = {
    JS_CFUNC_MAGIC_DEF("log", 0, console_write, 0),   JS_CFUNC_MAGIC_DEF("info", 0, console_write, 0),
    JS_CFUNC_MAGIC_DEF("debug", 0, console_write, 0), JS_CFUNC_MAGIC_DEF("warn", 0, console_write, 1),
    JS_CFUNC_MAGIC_DEF("error", 0, console_write, 1),
};
