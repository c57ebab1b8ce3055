/* The part of Python's pickle that files of weights need, read as data.
 *
 * A pickle is a program for a small stack machine. This reader runs the opcodes of protocol 2 that build
 * values, and never calls anything: a call to a global becomes a value that names it (ALFA__PICKLE_CALL), and
 * whoever reads the tree decides what that means. Globals that allow() does not know are refused by name, and
 * so is every other opcode.
 *
 * Limits: 64 MiB, 2^20 values, 2^18 memo entries, a stack of 2^16. Memory is taken as values come, and each
 * takes at least one byte of the file. */
#ifndef ALFA_WEIGHTS_PICKLE_H
#define ALFA_WEIGHTS_PICKLE_H

#include "base/status.h"

#include <stdint.h>

enum alfa__pickle_kind {
    ALFA__PICKLE_NONE,
    ALFA__PICKLE_INTEGER, /* True and False too */
    ALFA__PICKLE_FLOAT,
    ALFA__PICKLE_TEXT,
    ALFA__PICKLE_GLOBAL,     /* text is "module\nname" */
    ALFA__PICKLE_TUPLE,      /* items */
    ALFA__PICKLE_LIST,       /* items */
    ALFA__PICKLE_DICT,       /* items are key, value, key, value... */
    ALFA__PICKLE_CALL,       /* of callable with argument; items that were set on it, as those of a dict */
    ALFA__PICKLE_PERSISTENT, /* argument is what identifies it */
    ALFA__PICKLE_MARK
};

/* Values know each other by their index. */
struct alfa__pickle_value {
    enum alfa__pickle_kind kind;
    uint32_t first, last, count;        /* items: cells, and how many */
    uint32_t callable, argument, state; /* state: of BUILD, or 0 */
    union {
        int64_t integer;
        double number;
        struct {
            const char *bytes; /* in the pickle, not terminated */
            uint32_t size;
        } text;
    } as;
};

struct alfa__pickle_cell {
    uint32_t value, next; /* next is 0 at the end */
};

/* Zero-initialise; freed with alfa__pickle_close(). Value 0 and cell 0 are none. */
struct alfa__pickle {
    struct alfa__pickle_value *values;
    struct alfa__pickle_cell *cells;
    uint32_t *memo, *stack;
    uint32_t value_count, cell_count, memo_count, stack_count;
    uint32_t value_room, cell_room, memo_room, stack_room;
    uint32_t root;
};

/* Whether a global may stand in the file; both texts are terminated. */
typedef bool alfa__pickle_allow(const char *module, const char *name);

/* bytes must stay until the pickle is closed; path is for messages. */
enum alfa_status alfa__pickle_open(struct alfa__pickle *out, const unsigned char *bytes, size_t size,
                                   alfa__pickle_allow *allow, const char *path, struct alfa_error *err);
void alfa__pickle_close(struct alfa__pickle *pickle);

/* Item i of a value, or 0. */
uint32_t alfa__pickle_item(const struct alfa__pickle *pickle, uint32_t value, uint32_t i);

/* Whether a value is this text. */
bool alfa__pickle_is_text(const struct alfa__pickle *pickle, uint32_t value, const char *text);

/* Whether a value is a call of the global "module\nname". */
bool alfa__pickle_is_call(const struct alfa__pickle *pickle, uint32_t value, const char *global);

/* Whether a value maps keys to values: a dict or an OrderedDict.*/
bool alfa__pickle_is_mapping(const struct alfa__pickle *pickle, uint32_t value);

/* What a mapping has for this key, or 0. The last one counts, as in Python. */
uint32_t alfa__pickle_get(const struct alfa__pickle *pickle, uint32_t mapping, const char *key);

#endif
