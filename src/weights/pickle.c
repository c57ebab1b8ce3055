/* Opcodes after CPython's pickletools.py. A value that has got an index never moves to another one, so the
 * memo and containers hold indices; containers may hold themselves, which readers of the tree must expect. */
#include "weights/pickle.h"

#include <stdlib.h>
#include <string.h>

#define MAX_PICKLE ((size_t)64 << 20)
#define MAX_VALUES (UINT32_C(1) << 20)
#define MAX_CELLS (UINT32_C(1) << 21)
#define MAX_MEMO (UINT32_C(1) << 18)
#define MAX_STACK (UINT32_C(1) << 16)
#define MAX_GLOBAL 256u

#define bad(...) alfa__fail(m->err, ALFA_ERROR_MODEL, m->path, __VA_ARGS__)

/* The machine while it runs. */
struct machine {
    struct alfa__pickle *p;
    const unsigned char *at, *end;
    alfa__pickle_allow *allow;
    const char *path;
    struct alfa_error *err;
    bool done;
};

/* ------------------------------------------------------------------ room */

static enum alfa_status damaged(const struct machine *m)
{
    return bad("holds a damaged pickle");
}

/* Makes room for one more element of size bytes; array is the address of a pointer to the first. */
static enum alfa_status grow(const struct machine *m, void *array, uint32_t *room, uint32_t count,
                             uint32_t limit, size_t size, const char *what)
{
    if (count < *room)
        return ALFA_OK;
    if (count >= limit)
        return bad("holds a pickle with more than %u %s: not the weights of a CLIP", limit, what);
    const uint32_t larger = *room ? 2 * *room : 256;
    void *old, *fresh;
    memcpy(&old, array, sizeof old);
    fresh = realloc(old, larger * size);
    if (!fresh)
        return alfa__fail_memory(m->err, larger * size);
    memcpy(array, &fresh, sizeof fresh);
    *room = larger;
    return ALFA_OK;
}

static enum alfa_status push(struct machine *m, uint32_t value)
{
    struct alfa__pickle *p = m->p;
    ALFA__TRY(
        grow(m, &p->stack, &p->stack_room, p->stack_count, MAX_STACK, sizeof *p->stack, "values at once"));
    p->stack[p->stack_count++] = value;
    return ALFA_OK;
}

static enum alfa_status push_new(struct machine *m, struct alfa__pickle_value value)
{
    struct alfa__pickle *p = m->p;
    ALFA__TRY(grow(m, &p->values, &p->value_room, p->value_count, MAX_VALUES, sizeof *p->values, "values"));
    p->values[p->value_count] = value;
    return push(m, p->value_count++);
}

static enum alfa_status append(struct machine *m, uint32_t container, uint32_t value)
{
    struct alfa__pickle *p = m->p;
    ALFA__TRY(grow(m, &p->cells, &p->cell_room, p->cell_count, MAX_CELLS, sizeof *p->cells, "items"));
    struct alfa__pickle_value *to = &p->values[container];
    const uint32_t cell = p->cell_count++;
    p->cells[cell] = (struct alfa__pickle_cell){value, 0};
    if (to->last)
        p->cells[to->last].next = cell;
    else
        to->first = cell;
    to->last = cell;
    to->count++;
    return ALFA_OK;
}

/* ------------------------------------------------------------------ the stack */

/* The value at the top, taken off; 0 when there is none (a mark is none). */
static uint32_t pop(struct machine *m)
{
    struct alfa__pickle *p = m->p;
    if (p->stack_count == 0 || p->values[p->stack[p->stack_count - 1]].kind == ALFA__PICKLE_MARK)
        return 0;
    return p->stack[--p->stack_count];
}

static uint32_t top(const struct machine *m)
{
    const struct alfa__pickle *p = m->p;
    return p->stack_count ? p->stack[p->stack_count - 1] : 0;
}

/* Where the last mark stands, or false. */
static bool find_mark(const struct machine *m, uint32_t *place)
{
    const struct alfa__pickle *p = m->p;
    for (*place = p->stack_count; *place > 0;)
        if (p->values[p->stack[--*place]].kind == ALFA__PICKLE_MARK)
            return true;
    return false;
}

/* Whether the topmost count are there, with no mark among them. */
static bool has_values(const struct machine *m, uint32_t count)
{
    const struct alfa__pickle *p = m->p;
    if (p->stack_count < count)
        return false;
    for (uint32_t i = 1; i <= count; i++)
        if (p->values[p->stack[p->stack_count - i]].kind == ALFA__PICKLE_MARK)
            return false;
    return true;
}

/* A tuple, list or dict of what stands above place on the stack; what stands from drop on is taken off. */
static enum alfa_status collect(struct machine *m, enum alfa__pickle_kind kind, uint32_t place, uint32_t drop)
{
    struct alfa__pickle *p = m->p;
    const uint32_t end = p->stack_count;
    if (kind == ALFA__PICKLE_DICT && (end - place) % 2 != 0)
        return damaged(m);
    ALFA__TRY(push_new(m, (struct alfa__pickle_value){.kind = kind}));
    const uint32_t made = top(m);
    for (uint32_t i = place; i < end; i++)
        ALFA__TRY(append(m, made, p->stack[i]));
    p->stack_count = drop;
    return push(m, made);
}

static enum alfa_status collect_mark(struct machine *m, enum alfa__pickle_kind kind)
{
    uint32_t place;
    return find_mark(m, &place) ? collect(m, kind, place + 1, place) : damaged(m);
}

static enum alfa_status collect_top(struct machine *m, uint32_t count)
{
    const struct alfa__pickle *p = m->p;
    if (!has_values(m, count))
        return damaged(m);
    return collect(m, ALFA__PICKLE_TUPLE, p->stack_count - count, p->stack_count - count);
}

static bool takes(enum alfa__pickle_kind kind, bool pairs)
{
    return pairs ? kind == ALFA__PICKLE_DICT || kind == ALFA__PICKLE_CALL : kind == ALFA__PICKLE_LIST;
}

/* Items from place on go to the container below them; what stands from drop on is taken off. */
static enum alfa_status add_items(struct machine *m, uint32_t place, uint32_t drop, bool pairs)
{
    struct alfa__pickle *p = m->p;
    if (drop == 0 || !takes(p->values[p->stack[drop - 1]].kind, pairs) ||
        (pairs && (p->stack_count - place) % 2 != 0))
        return damaged(m);
    for (uint32_t i = place; i < p->stack_count; i++)
        ALFA__TRY(append(m, p->stack[drop - 1], p->stack[i]));
    p->stack_count = drop;
    return ALFA_OK;
}

static enum alfa_status add_marked(struct machine *m, bool pairs)
{
    uint32_t place;
    return find_mark(m, &place) ? add_items(m, place + 1, place, pairs) : damaged(m);
}

static enum alfa_status add_top(struct machine *m, uint32_t count, bool pairs)
{
    const struct alfa__pickle *p = m->p;
    if (!has_values(m, count + 1))
        return damaged(m);
    return add_items(m, p->stack_count - count, p->stack_count - count, pairs);
}

/* ------------------------------------------------------------------ bytes */

/* size bytes of the pickle, or NULL at its end. */
static const unsigned char *take(struct machine *m, size_t size)
{
    if ((size_t)(m->end - m->at) < size)
        return NULL;
    m->at += size;
    return m->at - size;
}

/* A little-endian number of 1 to 8 bytes. */
static bool take_number(struct machine *m, int size, uint64_t *out)
{
    const unsigned char *bytes = take(m, (size_t)size);
    *out = 0;
    for (int i = size - 1; bytes && i >= 0; i--)
        *out = *out << 8 | bytes[i];
    return bytes != NULL;
}

static enum alfa_status push_integer(struct machine *m, int64_t number)
{
    return push_new(m, (struct alfa__pickle_value){.kind = ALFA__PICKLE_INTEGER, .as.integer = number});
}

/* A number of size bytes, two's complement when it is signed. */
static enum alfa_status take_integer(struct machine *m, int size, bool is_signed)
{
    uint64_t number;
    if (!take_number(m, size, &number))
        return damaged(m);
    if (is_signed && size > 0 && size < 8 && number >> (8 * size - 1))
        number |= UINT64_MAX << 8 * size;
    return push_integer(m, (int64_t)number);
}

/* LONG1: a count of bytes, then so many. */
static enum alfa_status take_long(struct machine *m)
{
    uint64_t size;
    if (!take_number(m, 1, &size))
        return damaged(m);
    return size <= 8 ? take_integer(m, (int)size, true) : bad("holds a pickle with a number beyond 64 bits");
}

static enum alfa_status take_float(struct machine *m)
{
    const unsigned char *bytes = take(m, 8);
    struct alfa__pickle_value value = {.kind = ALFA__PICKLE_FLOAT};
    uint64_t bits = 0;
    if (!bytes)
        return damaged(m);
    for (int i = 0; i < 8; i++)
        bits = bits << 8 | bytes[i];
    memcpy(&value.as.number, &bits, sizeof bits);
    return push_new(m, value);
}

/* A text whose length stands in length_size bytes before it. */
static enum alfa_status take_text(struct machine *m, int length_size)
{
    uint64_t size;
    struct alfa__pickle_value value = {.kind = ALFA__PICKLE_TEXT};
    if (!take_number(m, length_size, &size) || size > MAX_PICKLE ||
        !(value.as.text.bytes = (const char *)take(m, (size_t)size)))
        return damaged(m);
    value.as.text.size = (uint32_t)size;
    return push_new(m, value);
}

/* ------------------------------------------------------------------ globals and calls */

/* One line as a terminated text; false when it is too long for a name or has no end. */
static bool take_line(struct machine *m, char out[MAX_GLOBAL])
{
    const size_t left = (size_t)(m->end - m->at);
    const unsigned char *line = m->at, *newline = memchr(line, '\n', left < MAX_GLOBAL ? left : MAX_GLOBAL);
    if (!newline)
        return false;
    for (const unsigned char *c = line; c < newline; c++)
        if (*c < ' ' || *c > '~')
            return false;
    memcpy(out, line, (size_t)(newline - line));
    out[newline - line] = 0;
    m->at = newline + 1;
    return true;
}

static enum alfa_status take_global(struct machine *m)
{
    char module[MAX_GLOBAL], name[MAX_GLOBAL];
    struct alfa__pickle_value value = {.kind = ALFA__PICKLE_GLOBAL};
    value.as.text.bytes = (const char *)m->at;
    if (!take_line(m, module) || !take_line(m, name))
        return damaged(m);
    value.as.text.size = (uint32_t)((const char *)m->at - value.as.text.bytes - 1);
    if (!m->allow(module, name))
        return bad("wants to run %.100s.%.100s: only tensors, dicts, lists, numbers and texts are read; save "
                   "the weights alone with torch.save(model.state_dict(), FILE)",
                   module, name);
    return push_new(m, value);
}

/* REDUCE and NEWOBJ: a call as a value. */
static enum alfa_status call(struct machine *m)
{
    struct alfa__pickle *p = m->p;
    const uint32_t argument = pop(m), callable = pop(m);
    if (!argument || !callable || p->values[callable].kind != ALFA__PICKLE_GLOBAL ||
        p->values[argument].kind != ALFA__PICKLE_TUPLE)
        return damaged(m);
    return push_new(m, (struct alfa__pickle_value){
                           .kind = ALFA__PICKLE_CALL, .callable = callable, .argument = argument});
}

static enum alfa_status persistent(struct machine *m)
{
    const uint32_t argument = pop(m);
    return argument ? push_new(m, (struct alfa__pickle_value){.kind = ALFA__PICKLE_PERSISTENT,
                                                              .argument = argument})
                    : damaged(m);
}

static enum alfa_status build(struct machine *m)
{
    const uint32_t state = pop(m), object = top(m);
    if (!state || !object)
        return damaged(m);
    m->p->values[object].state = state;
    return ALFA_OK;
}

/* ------------------------------------------------------------------ the memo */

static enum alfa_status put(struct machine *m, int size)
{
    struct alfa__pickle *p = m->p;
    uint64_t index;
    const uint32_t value = top(m);
    if (!take_number(m, size, &index) || !value || p->values[value].kind == ALFA__PICKLE_MARK)
        return damaged(m);
    if (index >= MAX_MEMO)
        return bad("holds a pickle with more than %u memo entries: not the weights of a CLIP", MAX_MEMO);
    if (index > p->memo_count) /* picklers number them one by one */
        return damaged(m);
    if (index == p->memo_count) {
        ALFA__TRY(grow(m, &p->memo, &p->memo_room, p->memo_count, MAX_MEMO, sizeof *p->memo, "memo entries"));
        p->memo_count++;
    }
    p->memo[index] = value;
    return ALFA_OK;
}

static enum alfa_status get(struct machine *m, int size)
{
    uint64_t index;
    if (!take_number(m, size, &index) || index >= m->p->memo_count)
        return damaged(m);
    return push(m, m->p->memo[index]);
}

/* ------------------------------------------------------------------ opcodes */

static enum alfa_status protocol(struct machine *m)
{
    uint64_t version;
    if (!take_number(m, 1, &version))
        return damaged(m);
    return version == 2 ? ALFA_OK
                        : bad("holds a pickle of protocol %llu: save it with torch.save() as it is, which "
                              "writes protocol 2",
                              (unsigned long long)version);
}

static enum alfa_status stop(struct machine *m)
{
    m->p->root = pop(m);
    m->done = true;
    return m->p->root && m->p->stack_count == 0 ? ALFA_OK : damaged(m);
}

static enum alfa_status push_kind(struct machine *m, enum alfa__pickle_kind kind)
{
    return push_new(m, (struct alfa__pickle_value){.kind = kind});
}

static enum alfa_status step(struct machine *m, unsigned char code)
{
    switch (code) {
    case 0x80:
        return protocol(m);
    case '.':
        return stop(m);
    case '(':
        return push_kind(m, ALFA__PICKLE_MARK);
    case 'N':
        return push_kind(m, ALFA__PICKLE_NONE);
    case 0x88:
        return push_integer(m, 1);
    case 0x89:
        return push_integer(m, 0);
    case 'K':
        return take_integer(m, 1, false);
    case 'M':
        return take_integer(m, 2, false);
    case 'J':
        return take_integer(m, 4, true);
    case 0x8a:
        return take_long(m);
    case 'G':
        return take_float(m);
    case 'X':
        return take_text(m, 4);
    case 'U':
        return take_text(m, 1);
    case 'T':
        return take_text(m, 4);
    case ')':
        return push_kind(m, ALFA__PICKLE_TUPLE);
    case ']':
        return push_kind(m, ALFA__PICKLE_LIST);
    case '}':
        return push_kind(m, ALFA__PICKLE_DICT);
    case 0x85:
        return collect_top(m, 1);
    case 0x86:
        return collect_top(m, 2);
    case 0x87:
        return collect_top(m, 3);
    case 't':
        return collect_mark(m, ALFA__PICKLE_TUPLE);
    case 'l':
        return collect_mark(m, ALFA__PICKLE_LIST);
    case 'd':
        return collect_mark(m, ALFA__PICKLE_DICT);
    case 'a':
        return add_top(m, 1, false);
    case 'e':
        return add_marked(m, false);
    case 's':
        return add_top(m, 2, true);
    case 'u':
        return add_marked(m, true);
    case 'q':
        return put(m, 1);
    case 'r':
        return put(m, 4);
    case 'h':
        return get(m, 1);
    case 'j':
        return get(m, 4);
    case 'c':
        return take_global(m);
    case 'R':
    case 0x81:
        return call(m);
    case 'b':
        return build(m);
    case 'Q':
        return persistent(m);
    default:
        return bad("holds a pickle with the opcode 0x%02x: only what torch.save() and torch.jit.save() write "
                   "is read",
                   code);
    }
}

enum alfa_status alfa__pickle_open(struct alfa__pickle *out, const unsigned char *bytes, size_t size,
                                   alfa__pickle_allow *allow, const char *path, struct alfa_error *err)
{
    struct machine machine = {out, bytes, bytes + size, allow, path, err, false}, *m = &machine;
    *out = (struct alfa__pickle){0};
    if (size > MAX_PICKLE)
        return bad("holds a pickle of %zu bytes, the limit is %zu", size, MAX_PICKLE);
    enum alfa_status status = push_kind(m, ALFA__PICKLE_NONE); /* value and cell 0 are none */
    if (status == ALFA_OK)
        status = grow(m, &out->cells, &out->cell_room, 0, MAX_CELLS, sizeof *out->cells, "items");
    if (status == ALFA_OK)
        out->cells[0] = (struct alfa__pickle_cell){0, 0};
    out->stack_count = 0;
    out->cell_count = 1;
    while (status == ALFA_OK && !m->done)
        status = m->at < m->end ? step(m, *m->at++) : damaged(m);
    if (status != ALFA_OK)
        alfa__pickle_close(out);
    return status;
}

void alfa__pickle_close(struct alfa__pickle *pickle)
{
    free(pickle->values);
    free(pickle->cells);
    free(pickle->memo);
    free(pickle->stack);
    *pickle = (struct alfa__pickle){0};
}

/* ------------------------------------------------------------------ looking at values */

uint32_t alfa__pickle_item(const struct alfa__pickle *pickle, uint32_t value, uint32_t i)
{
    if (i >= pickle->values[value].count)
        return 0;
    uint32_t cell = pickle->values[value].first;
    while (i-- > 0)
        cell = pickle->cells[cell].next;
    return pickle->cells[cell].value;
}

static bool same_text(const struct alfa__pickle_value *value, const char *text)
{
    return value->as.text.size == strlen(text) &&
           memcmp(value->as.text.bytes, text, value->as.text.size) == 0;
}

bool alfa__pickle_is_text(const struct alfa__pickle *pickle, uint32_t value, const char *text)
{
    return pickle->values[value].kind == ALFA__PICKLE_TEXT && same_text(&pickle->values[value], text);
}

bool alfa__pickle_is_call(const struct alfa__pickle *pickle, uint32_t value, const char *global)
{
    const struct alfa__pickle_value *it = &pickle->values[value];
    return it->kind == ALFA__PICKLE_CALL && same_text(&pickle->values[it->callable], global);
}

bool alfa__pickle_is_mapping(const struct alfa__pickle *pickle, uint32_t value)
{
    const enum alfa__pickle_kind kind = pickle->values[value].kind;
    return kind == ALFA__PICKLE_DICT ||
           (kind == ALFA__PICKLE_CALL && alfa__pickle_is_call(pickle, value, "collections\nOrderedDict"));
}

uint32_t alfa__pickle_get(const struct alfa__pickle *pickle, uint32_t mapping, const char *key)
{
    uint32_t found = 0;
    for (uint32_t cell = pickle->values[mapping].first; cell;) {
        const uint32_t value = pickle->cells[cell].next;
        if (!value)
            break;
        if (alfa__pickle_is_text(pickle, pickle->cells[cell].value, key))
            found = pickle->cells[value].value;
        cell = pickle->cells[value].next;
    }
    return found;
}
