// What is changed in the sources of QuickJS for the module that runs scripts, by texts that must be found exactly once.
//
// Each says why. A version of QuickJS in which one of them is not found is refused, so none is lost by an update.

import { smaller } from './engine-small.mjs'

const noMemory = '        return NULL;\n'

/** A jump back tells where it is, so that the end of a loop that calls nothing has a line. */
function jump(width, read) {
  const head = `        CASE(OP_goto${width}):\n            pc += ${read};\n`
  return { from: head, to: `${head}            sf->cur_pc = pc + 1;\n` }
}

/** What recurses without a call of a function looks at its stack by itself. */
function looks(from) {
  return { from, to: `${from}    if (js_check_stack_overflow(ctx->rt, 0)) return JS_ThrowStackOverflow(ctx);\n` }
}

const limit = '    /* When malloc_limit is 0 (unlimited), malloc_limit - 1 will be SIZE_MAX. */\n'

export const patches = {
  'quickjs.c': [
    // Assertions do not bring what dumps to a console with them.
    { from: '#ifndef NDEBUG\n#define ENABLE_DUMPS\n#endif\n', to: '' },
    // The check of the stack is off for WASI; here it knows the shadow stack.
    { from: '#ifdef __wasi__\n    rt->stack_size = 0;\n#endif\n', to: '' },
    {
      from: '#if defined(__wasi__)\n    rt->stack_limit = 0; /* no limit */\n#else\n    if (rt->stack_size == 0) {',
      to: '    if (rt->stack_size == 0) {',
    },
    {
      from: '        rt->stack_limit = rt->stack_top - rt->stack_size;\n    }\n#endif\n',
      to: '        rt->stack_limit = rt->stack_top - rt->stack_size;\n    }\n',
    },
    // What a module imports is looked for when it is linked, not when it is compiled.
    {
      from: '        if (js_resolve_module(ctx, m) < 0)\n            goto fail1;\n        fun_obj = JS_NewModuleValue(ctx, m);',
      to: '        if (!(flags & JS_EVAL_FLAG_COMPILE_ONLY) && js_resolve_module(ctx, m) < 0)\n            goto fail1;\n        fun_obj = JS_NewModuleValue(ctx, m);',
    },
    // The end of the memory is the end of the script: no script sees it as an exception.
    {
      from: '    JSRuntime *rt = ctx->rt;\n    if (!rt->in_out_of_memory) {\n',
      to: '    JSRuntime *rt = ctx->rt;\n    host_over_memory();\n    if (!rt->in_out_of_memory) {\n',
    },
    {
      from: `            return NULL;\n\n    s = &rt->malloc_state;\n${limit}    if (unlikely(s->malloc_size + (count * size) > s->malloc_limit - 1))\n${noMemory}`,
      to: `            host_over_memory();\n    if (count * size > INT32_MAX) host_over_memory();\n    s = &rt->malloc_state;\n`,
    },
    {
      from: `${limit}    if (unlikely(s->malloc_size + size > s->malloc_limit - 1))\n${noMemory}`,
      to: '    if (size > INT32_MAX) host_over_memory();\n',
    },
    {
      from: `${limit}    if (s->malloc_size + size - old_size > s->malloc_limit - 1)\n${noMemory}`,
      to: '    if (size > INT32_MAX) host_over_memory();\n',
    },
    {
      from: '    new_size = max_uint32(new_len, new_size);\n    new_array_prop = js_realloc(',
      to: '    new_size = max_uint32(new_len, new_size);\n    if (new_size > INT32_MAX / sizeof(JSValue)) host_over_memory();\n    js_trigger_gc(ctx->rt, sizeof(JSValue) * (new_size - old_size));\n    new_array_prop = js_realloc(',
    },
    // The collector runs by what the script may use; see memory.c.
    {
      from: '    force_gc = ((rt->malloc_state.malloc_size + size) >\n                rt->malloc_gc_threshold);\n',
      to: '    force_gc = heap_wants_collection(size);\n',
    },
    {
      from: '        rt->malloc_gc_threshold = rt->malloc_state.malloc_size +\n            (rt->malloc_state.malloc_size >> 1);\n',
      to: '        heap_collect = heap_next_collection();\n',
    },
    {
      from: '    obj = js_create_from_ctor(ctx, new_target, class_id);\n    if (JS_IsException(obj))\n        return obj;\n    /* XXX: we are currently limited to 2 GB */\n',
      to: '    if (alloc_flag && len <= INT32_MAX) js_trigger_gc(rt, len);\n    obj = js_create_from_ctor(ctx, new_target, class_id);\n    if (JS_IsException(obj))\n        return obj;\n    /* XXX: we are currently limited to 2 GB */\n',
    },
    // What was awaited last is known, for the error of a script that waits for what cannot come.
    {
      from: '            if (js_async_function_resolve_create(ctx, s, resolving_funcs)) {\n',
      to: `            if (last_await != s) {
                struct JSAsyncFunctionData *former = last_await;
                JS_REF_COUNT(s)++;
                last_await = s;
                if (former != NULL) js_async_function_free(ctx->rt, former);
            }
            if (js_async_function_resolve_create(ctx, s, resolving_funcs)) {
`,
    },
    // Numbers in JSON are read as all others are: several times as fast as by the library, which reckons with 128 bits.
    {
      from: `    const uint8_t *p_start = p;\n\n    if (*p == '+' || *p == '-')\n        p++;\n\n    if (!is_digit(*p))`,
      to: `    const uint8_t *p_start = p;\n    JSATODTempMem temp;\n\n    if (*p == '+' || *p == '-')\n        p++;\n\n    if (!is_digit(*p))`,
    },
    {
      from: 'js_float64(strtod((const char *)p_start, NULL))',
      to: 'js_float64(js_atod((const char *)p_start, NULL, 10, 0, &temp))',
    },
    // Iterators that wrap each other are asked for the next value in C alone.
    looks('    bool finished;\n    JSValue ret;\n\n    *pdone = false;\n    finished = false;\n'),
    looks('    JSIteratorWrapData *it;\n    JSValue method, ret;\n'),
    // Proxies of proxies take little of the stack that is looked at for their keys, and much of the machine's own: so they
    // take more of the first.
    {
      from: '    int res, is_extensible, idx;\n\n    s = get_proxy_method(ctx, &method, obj, JS_ATOM_ownKeys);\n',
      to: '    int res, is_extensible, idx;\n    char room[192];\n\n    __asm__ volatile("" : : "r"(room) : "memory");\n    s = get_proxy_method(ctx, &method, obj, JS_ATOM_ownKeys);\n',
    },
    jump('', '(int32_t)get_u32(pc)'),
    jump('16', '(int16_t)get_u16(pc)'),
    jump('8', '(int8_t)pc[0]'),
  ],
}

/** The text of a source file, changed. */
export function patched(name, text) {
  let result = text
  for (const { from, to } of [...(patches[name] ?? []), ...smaller(name)]) {
    const pieces = result.split(from)
    if (pieces.length !== 2) throw new Error(`${name}: found ${pieces.length - 1} times, but not once: ${from}`)
    result = pieces.join(to)
  }
  return result
}
