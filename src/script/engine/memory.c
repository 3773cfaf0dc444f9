/* The memory of the module: an allocator that counts, and what wasi-libc would ask a system for.
 *
 * Every byte of the engine's heap is counted, with what the allocator adds to it. A request that passes the limit, or that
 * the memory has no room for, ends the script by `over_memory`, which does not return: the engine never sees a NULL, so no
 * script can catch the end of its memory. The system has one clock, which the host tells, and no files.
 */
#include <stdlib.h>
#include <malloc.h>
#include <sys/time.h>
#include <time.h>
#include "engine.h"

#define IMPORT(name) __attribute__((import_module("host"), import_name(name)))

IMPORT("now") extern double host_now(void);
IMPORT("over_memory") extern _Noreturn void host_over_memory(void);

/** What a block costs beside the bytes in it. */
#define BLOCK_COST 8

/** The bytes in use, the image's among them, and the most they may become. */
static size_t heap_used;
static size_t heap_limit = SIZE_MAX;
/** So much the image uses. */
static size_t heap_base;
/** The collector looks for garbage once the heap is larger than this. */
static size_t heap_collect;

static void heap_ask(size_t size) {
  if (heap_used > heap_limit || size > heap_limit - heap_used) host_over_memory();
}

static void *heap_count(void *block) {
  if (block == NULL) host_over_memory();
  heap_used += malloc_usable_size(block) + BLOCK_COST;
  heap_ask(0);
  return block;
}

static void *heap_malloc(void *opaque, size_t size) {
  (void)opaque;
  heap_ask(size);
  return heap_count(malloc(size));
}

static void *heap_calloc(void *opaque, size_t count, size_t size) {
  (void)opaque;
  if (size > 0 && count > SIZE_MAX / size) host_over_memory();
  heap_ask(count * size);
  return heap_count(calloc(count, size));
}

static void heap_free(void *opaque, void *block) {
  (void)opaque;
  if (block == NULL) return;
  heap_used -= malloc_usable_size(block) + BLOCK_COST;
  free(block);
}

static void *heap_realloc(void *opaque, void *block, size_t size) {
  size_t before;
  if (block == NULL) return heap_malloc(opaque, size);
  before = malloc_usable_size(block);
  if (size > before) heap_ask(size - before);
  block = realloc(block, size);
  if (block == NULL) host_over_memory();
  heap_used -= before + BLOCK_COST;
  return heap_count(block);
}

static size_t heap_size(const void *block) {
  return malloc_usable_size((void *)block);
}

static const JSMallocFunctions heap_functions = {heap_calloc, heap_malloc, heap_free, heap_realloc, heap_size};

/**
 * Returns the size at which the collector looks for garbage next: once half as much again is in use, and not before a
 * small script has used some memory at all, since a search writes to most pages of the image. It looks earlier where the
 * limit is near, so that no script ends because of garbage.
 */
static size_t heap_next_collection(void) {
  size_t room = heap_limit - heap_used;
  size_t step = heap_used / 2 < 256 * 1024 ? 256 * 1024 : heap_used / 2;
  size_t least = (heap_limit - heap_base) / 64;
  if (heap_limit == SIZE_MAX) return heap_used + step;
  if (step > room / 2) step = room / 2;
  return heap_used + (step < least ? least : step);
}

/** Called by the engine before it makes an object, or a block as large as `size`. */
static inline int heap_wants_collection(size_t size) {
#ifdef ENGINE_COLLECTS_ALWAYS /* Finds what the collector frees too early. */
  (void)size;
  return heap_collect != SIZE_MAX;
#else
  return heap_used + size > heap_collect;
#endif
}

/* What wasi-libc would import from a system. */

int gettimeofday(struct timeval *restrict time, void *restrict zone) {
  double now = __builtin_floor(host_now());
  (void)zone;
  time->tv_sec = (time_t)(now / 1000);
  time->tv_usec = (suseconds_t)((now - (double)time->tv_sec * 1000) * 1000);
  return 0;
}

int clock_gettime(clockid_t clock, struct timespec *time) {
  double now = host_now();
  (void)clock;
  time->tv_sec = (time_t)(now / 1000);
  time->tv_nsec = (long)((now - (double)time->tv_sec * 1000) * 1e6);
  return 0;
}

struct tm *localtime_r(const time_t *restrict time, struct tm *restrict parts) {
  (void)time;
  memset(parts, 0, sizeof(*parts));
  return parts;
}

_Noreturn void abort(void) {
  __builtin_trap();
}

_Noreturn void __assert_fail(const char *what, const char *file, int line, const char *function) {
  (void)what, (void)file, (void)line, (void)function;
  __builtin_trap();
}
