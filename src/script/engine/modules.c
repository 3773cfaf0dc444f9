/* Modules: their names, their bytecode, and what one imports of another.
 *
 * The bytecode that the host gives is trusted, it was compiled by this very module. A specifier that begins with `./` or
 * `../` is resolved against the importing module's name; any other is a name as it is. A module is read when it is first
 * imported; until then its bytecode is kept.
 */
typedef struct Given {
  JSAtom name;
  uint8_t *code; /* NULL once it was read */
  uint32_t length;
} Given;

static Given *given;
static uint32_t given_count;

static JSValue module_read(JSContext *ctx, const uint8_t *code, size_t length) {
  return JS_ReadObject(ctx, code, length, JS_READ_OBJ_BYTECODE);
}

/** Takes the last segment off a path, with its slash, if there is one that is not `..`. Returns the new length. */
static size_t path_up(const char *path, size_t length) {
  size_t at = length;
  while (at > 0 && path[at - 1] != '/') at--;
  if (length == 0 || (length - at == 2 && memcmp(path + at, "..", 2) == 0)) return SIZE_MAX;
  return at == 0 ? 0 : at - 1;
}

static bool is_relative(const char *specifier) {
  if (specifier[0] != '.') return false;
  return specifier[1] == '/' || (specifier[1] == '.' && specifier[2] == '/');
}

/** The name of a module that is imported as `specifier` by the module named `base`. */
static char *module_name(JSContext *ctx, const char *base, const char *specifier, void *opaque) {
  const char *slash = strrchr(base, '/');
  size_t length = slash == NULL ? 0 : (size_t)(slash - base);
  const char *at = specifier;
  char *path;
  if (!is_relative(specifier)) return js_strdup(ctx, specifier);
  path = js_malloc(ctx, length + strlen(specifier) + 2);
  memcpy(path, base, length);
  while (*at != '\0') {
    size_t part = strcspn(at, "/");
    if (part == 2 && at[0] == '.' && at[1] == '.' && path_up(path, length) != SIZE_MAX) {
      length = path_up(path, length);
    } else if (!(part == 0 || (part == 1 && at[0] == '.'))) {
      if (length > 0) path[length++] = '/';
      memcpy(path + length, at, part);
      length += part;
    }
    at += part + (at[part] == '/');
  }
  path[length] = '\0';
  return path;
}

/** Reads the module of a name, for an import. */
static JSModuleDef *module_load(JSContext *ctx, const char *name, void *opaque, JSValueConst attributes) {
  JSAtom atom = JS_NewAtom(ctx, name);
  for (uint32_t i = 0; i < given_count; i++) {
    if (given[i].name == atom && given[i].code != NULL) {
      JSValue module = module_read(ctx, given[i].code, given[i].length);
      JS_FreeAtom(ctx, atom);
      if (JS_IsException(module)) return NULL;
      JS_FreeValue(ctx, module);
      return JS_VALUE_GET_PTR(module);
    }
  }
  JS_FreeAtom(ctx, atom);
  throw_coded(ctx, JS_NewPlainError(ctx, "Cannot find module '%s': it is not among the modules of this script.", name),
              "ERR_MODULE_NOT_FOUND");
  return NULL;
}

static int module_attributes(JSContext *ctx, void *opaque, JSValueConst attributes) {
  JSPropertyEnum *names;
  uint32_t count;
  if (JS_GetOwnPropertyNames(ctx, &names, &count, attributes, JS_GPN_STRING_MASK) < 0) return -1;
  JS_FreePropertyEnum(ctx, names, count);
  if (count == 0) return 0;
  JS_ThrowTypeError(ctx, "Import attributes are not supported.");
  return -1;
}

/** Drops the bytecode of the modules that will not be read again, since they are linked. */
static void modules_forget(JSContext *ctx) {
  for (uint32_t i = 0; i < given_count; i++) {
    JSModuleDef *module = given[i].code == NULL ? NULL : js_find_loaded_module_by_name(ctx, given[i].name);
    if (module == NULL || !module->resolved) continue;
    js_free(ctx, given[i].code);
    given[i].code = NULL;
  }
}

static void buffer_u32(JSContext *ctx, Buffer *out, uint32_t number) {
  buffer_put(ctx, out, &number, 4);
}

/** Writes what a compiled module imports, then its bytecode: with its lines, without its source, which each script would keep. */
static int module_write(JSContext *ctx, Buffer *out, JSValueConst value, const char *name) {
  JSModuleDef *module = JS_VALUE_GET_PTR(value);
  size_t length;
  uint8_t *code;
  buffer_u32(ctx, out, module->req_module_entries_count);
  for (int i = 0; i < module->req_module_entries_count; i++) {
    JSReqModuleEntry *entry = &module->req_module_entries[i];
    const char *specifier = JS_AtomToCString(ctx, entry->module_name);
    char *full;
    if (specifier == NULL) return -1;
    full = module_name(ctx, name, specifier, NULL);
    JS_FreeCString(ctx, specifier);
    buffer_u32(ctx, out, strlen(full));
    buffer_put(ctx, out, full, strlen(full));
    js_free(ctx, full);
  }
  code = JS_WriteObject(ctx, &length, value, JS_WRITE_OBJ_BYTECODE | JS_WRITE_OBJ_STRIP_SOURCE);
  if (code == NULL) return -1;
  buffer_put(ctx, out, code, length);
  js_free(ctx, code);
  return 0;
}
