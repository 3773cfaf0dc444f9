/* `console`: each call is one output of the script, formatted here. A text stands as it is, anything else as inspect.c
 * shows it. The host is told the level and the text, without a line's end.
 */
IMPORT("output") extern void host_output(int32_t level, const uint8_t *bytes, size_t length);

static JSValue console_write(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv, int level) {
  Buffer out = {0};
  for (int i = 0; i < argc; i++) {
    int status;
    if (i > 0) buffer_byte(ctx, &out, ' ');
    if (JS_IsString(argv[i])) status = show_value(ctx, &out, js_dup(argv[i]));
    else status = inspect(ctx, &out, argv[i], NULL);
    if (status < 0) {
      buffer_free(ctx, &out);
      return JS_EXCEPTION;
    }
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
