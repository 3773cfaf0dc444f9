/* The module that runs scripts: QuickJS, and what stands between it and the host.
 *
 * One translation unit, in the order in which the parts need each other. What the host calls is in entry.c; it imports
 * nothing but the five functions of `host`. All state is in the module's memory, and nothing is on its stack between two
 * calls, so its memory is all there is to save.
 */
#include "memory.c"

/** The function that has awaited last; quickjs.c says so. */
static struct JSAsyncFunctionData *last_await;

#include "quickjs.c"

#undef malloc
#undef free
#undef realloc

#include "values.c"
#include "inspect.c"
#include "console.c"
#include "places.c"
#include "asks.c"
#include "modules.c"
#include "globals.c"
#include "turn.c"
#include "entry.c"
