/* The formatted texts of the engine's messages, in place of stdio, which wants files and draws in much.
 *
 * Knows what QuickJS asks for: %d %i %u %x %X %c %s %p %%, with flags `0` and `-`, width, precision, `*` and lengths. There
 * is nothing to print to, so printf and the like drop what they are given.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdint.h>
#include <string.h>

typedef struct Line {
  char *at;
  size_t room;
  size_t length;
} Line;

typedef struct Field {
  int width;
  int precision; /* -1: none */
  int size;      /* bytes of a number */
  char fill;
  int is_left;
  int is_plus;
} Field;

static void line_put(Line *line, char byte, int count) {
  for (; count > 0; count--, line->length++) {
    if (line->length + 1 < line->room) line->at[line->length] = byte;
  }
}

static void line_text(Line *line, const Field *field, const char *text, int length) {
  int gap = field->width - length;
  if (!field->is_left) line_put(line, ' ', gap);
  for (int i = 0; i < length; i++) line_put(line, text[i], 1);
  if (field->is_left) line_put(line, ' ', gap);
}

static void line_number(Line *line, const Field *field, uint64_t number, int is_negative, int base, char ten) {
  char digits[24];
  int at = sizeof(digits), length, zeros, gap, has_sign = is_negative || field->is_plus;
  do {
    int digit = number % base;
    digits[--at] = digit < 10 ? '0' + digit : ten + digit - 10;
    number /= base;
  } while (number > 0);
  length = sizeof(digits) - at;
  zeros = field->precision > length ? field->precision - length : 0;
  gap = field->width - length - zeros - has_sign;
  if (field->fill == '0' && field->precision < 0 && !field->is_left && gap > 0) zeros += gap, gap = 0;
  if (!field->is_left) line_put(line, ' ', gap);
  if (has_sign) line_put(line, is_negative ? '-' : '+', 1);
  line_put(line, '0', zeros);
  for (int i = 0; i < length; i++) line_put(line, digits[at + i], 1);
  if (field->is_left) line_put(line, ' ', gap);
}

static int digits_of(const char **format) {
  int number = 0;
  while (**format >= '0' && **format <= '9') number = number * 10 + *(*format)++ - '0';
  return number;
}

int vsnprintf(char *restrict to, size_t room, const char *restrict format, va_list list) {
  Line line = {to, room, 0};
  for (; *format != '\0'; format++) {
    Field field = {.precision = -1, .size = 4, .fill = ' '};
    int64_t number;
    if (*format != '%') {
      line_put(&line, *format, 1);
      continue;
    }
    for (format++; *format == '0' || *format == '-' || *format == '+' || *format == '#' || *format == ' '; format++) {
      if (*format == '0') field.fill = '0';
      if (*format == '-') field.is_left = 1;
      if (*format == '+') field.is_plus = 1;
    }
    if (*format == '*') field.width = va_arg(list, int), format++;
    else field.width = digits_of(&format);
    if (*format == '.') {
      format++;
      if (*format == '*') field.precision = va_arg(list, int), format++;
      else field.precision = digits_of(&format);
    }
    for (; *format == 'l' || *format == 'h' || *format == 'z' || *format == 't' || *format == 'j'; format++) {
      if (*format == 'j' || (*format == 'l' && format[1] == 'l')) field.size = 8;
    }
    switch (*format) {
    case 's': {
      const char *text = va_arg(list, const char *);
      if (text == NULL) text = "(null)";
      line_text(&line, &field, text, strnlen(text, field.precision < 0 ? INT32_MAX : (size_t)field.precision));
      break;
    }
    case 'c': {
      char byte = va_arg(list, int);
      line_text(&line, &field, &byte, 1);
      break;
    }
    case 'd':
    case 'i':
      number = field.size == 8 ? va_arg(list, int64_t) : va_arg(list, int32_t);
      line_number(&line, &field, number < 0 ? 0 - (uint64_t)number : (uint64_t)number, number < 0, 10, 'a');
      break;
    case 'u':
    case 'x':
    case 'X':
    case 'p':
      number = field.size == 8 ? va_arg(list, int64_t) : va_arg(list, uint32_t);
      line_number(&line, &field, number, 0, *format == 'u' ? 10 : 16, *format == 'X' ? 'A' : 'a');
      break;
    case '%':
      line_put(&line, '%', 1);
      break;
    default:
      __builtin_trap();
    }
  }
  if (room > 0) to[line.length < room ? line.length : room - 1] = '\0';
  return line.length;
}

int snprintf(char *restrict to, size_t room, const char *restrict format, ...) {
  va_list list;
  int length;
  va_start(list, format);
  length = vsnprintf(to, room, format, list);
  va_end(list);
  return length;
}

int printf(const char *restrict format, ...) {
  (void)format;
  return 0;
}

int fprintf(FILE *restrict file, const char *restrict format, ...) {
  (void)file, (void)format;
  return 0;
}

int puts(const char *text) {
  (void)text;
  return 0;
}

int putchar(int byte) {
  return byte;
}

int fputc(int byte, FILE *file) {
  (void)file;
  return byte;
}

int fputs(const char *restrict text, FILE *restrict file) {
  (void)text, (void)file;
  return 0;
}

size_t fwrite(const void *restrict bytes, size_t size, size_t count, FILE *restrict file) {
  (void)bytes, (void)size, (void)file;
  return count;
}
