#include "weights/torch.h"
#include "base/strings.h"
#include "weights/pickle.h"
#include "weights/zip.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_NAME 256
#define MAX_DEPTH 16         /* modules inside modules */
#define MAX_VISITS (1 << 20) /* of modules and their members */
#define MAX_TIMES_STORED 2   /* bytes of all tensors to bytes of the file */
#define MAX_NUMBERS ((int64_t)1 << 40)

#define bad(...) alfa__fail(r->err, ALFA_ERROR_MODEL, r->path, __VA_ARGS__)

struct reader {
    struct alfa__tensors *out;
    struct alfa__zip zip;
    struct alfa__pickle pickle;
    const char *path;
    struct alfa_error *err;
    char root[MAX_NAME]; /* the folder that the archive holds everything in */
    size_t room;         /* of out->list */
    size_t total;        /* bytes of all tensors */
    int visits;
};

/* ------------------------------------------------------------------ globals */

static const struct {
    const char *global;
    enum alfa__dtype dtype;
    size_t size;
} storages[] = {
    {"torch\nFloatStorage", ALFA__DTYPE_F32, 4},     {"torch\nHalfStorage", ALFA__DTYPE_F16, 2},
    {"torch\nBFloat16Storage", ALFA__DTYPE_BF16, 2}, {"torch\nDoubleStorage", ALFA__DTYPE_OTHER, 8},
    {"torch\nLongStorage", ALFA__DTYPE_I64, 8},      {"torch\nIntStorage", ALFA__DTYPE_I32, 4},
    {"torch\nShortStorage", ALFA__DTYPE_OTHER, 2},   {"torch\nCharStorage", ALFA__DTYPE_OTHER, 1},
    {"torch\nByteStorage", ALFA__DTYPE_OTHER, 1},    {"torch\nBoolStorage", ALFA__DTYPE_OTHER, 1},
};

/* Calls that stand for the value that is their first argument. */
static const char *const wrappers[] = {"torch._utils\n_rebuild_parameter",
                                       "torch._utils\n_rebuild_parameter_with_state",
                                       "torch.jit._pickle\nrestore_type_tag"};

/* Calls whose result nobody here looks at, and those that are read. */
static const char *const others[] = {"collections\nOrderedDict",
                                     "torch._utils\n_rebuild_tensor_v2",
                                     "torch._utils\n_rebuild_tensor",
                                     "torch.jit._pickle\nbuild_intlist",
                                     "torch.jit._pickle\nbuild_doublelist",
                                     "torch.jit._pickle\nbuild_boollist",
                                     "torch.jit._pickle\nbuild_tensorlist",
                                     "torch\nSize"};

#define COUNT(table) (sizeof(table) / sizeof *(table))

static bool allow(const char *module, const char *name)
{
    char global[2 * MAX_NAME + 2];
    snprintf(global, sizeof global, "%s\n%s", module, name);
    if (strncmp(module, "__torch__.", 10) == 0 || strcmp(module, "__torch__") == 0)
        return true; /* a module of TorchScript, of which only the members count */
    for (size_t i = 0; i < COUNT(storages); i++)
        if (strcmp(global, storages[i].global) == 0)
            return true;
    for (size_t i = 0; i < COUNT(wrappers); i++)
        if (strcmp(global, wrappers[i]) == 0)
            return true;
    for (size_t i = 0; i < COUNT(others); i++)
        if (strcmp(global, others[i]) == 0)
            return true;
    return false;
}

/* ------------------------------------------------------------------ values */

static const struct alfa__pickle_value *value_of(const struct reader *r, uint32_t value)
{
    return &r->pickle.values[value];
}

/* A number that is not negative and not absurd. */
static bool read_size(const struct reader *r, uint32_t value, size_t *out)
{
    const struct alfa__pickle_value *it = value_of(r, value);
    if (!value || it->kind != ALFA__PICKLE_INTEGER || it->as.integer < 0 || it->as.integer > MAX_NUMBERS)
        return false;
    *out = (size_t)it->as.integer;
    return true;
}

/* The value itself, out of the calls that wrap it. */
static uint32_t unwrap(const struct reader *r, uint32_t value)
{
    for (int depth = 0; depth < 4; depth++) {
        bool wrapped = false;
        for (size_t i = 0; i < COUNT(wrappers) && !wrapped; i++)
            wrapped = alfa__pickle_is_call(&r->pickle, value, wrappers[i]);
        if (!wrapped)
            break;
        value = alfa__pickle_item(&r->pickle, value_of(r, value)->argument, 0);
    }
    return value;
}

static bool is_tensor(const struct reader *r, uint32_t value)
{
    value = unwrap(r, value);
    return alfa__pickle_is_call(&r->pickle, value, "torch._utils\n_rebuild_tensor_v2") ||
           alfa__pickle_is_call(&r->pickle, value, "torch._utils\n_rebuild_tensor");
}

static bool is_module(const struct reader *r, uint32_t value)
{
    const struct alfa__pickle_value *it = value_of(r, value);
    return it->kind == ALFA__PICKLE_CALL && alfa__pickle_is_mapping(&r->pickle, it->state) &&
           strncmp(value_of(r, it->callable)->as.text.bytes, "__torch__", 9) == 0;
}

/* ------------------------------------------------------------------ storages */

/* The key of a storage is part of a name in the archive: letters, digits and no path. */
static bool read_key(const struct reader *r, uint32_t value, char *out, size_t size)
{
    const struct alfa__pickle_value *it = value_of(r, value);
    if (!value || it->kind != ALFA__PICKLE_TEXT || it->as.text.size == 0 || it->as.text.size >= size)
        return false;
    for (uint32_t i = 0; i < it->as.text.size; i++)
        if (!isalnum((unsigned char)it->as.text.bytes[i]) && it->as.text.bytes[i] != '_')
            return false;
    memcpy(out, it->as.text.bytes, it->as.text.size);
    out[it->as.text.size] = 0;
    return true;
}

/* The bytes of ('storage', type, key, location, numbers), and how many numbers they are. */
static enum alfa_status find_storage(struct reader *r, struct alfa__tensor *tensor, uint32_t storage,
                                     size_t *numbers, size_t *width)
{
    const struct alfa__pickle *p = &r->pickle;
    char key[64], name[2 * MAX_NAME];
    const uint32_t id = value_of(r, storage)->argument, type = alfa__pickle_item(p, id, 1);
    if (value_of(r, storage)->kind != ALFA__PICKLE_PERSISTENT ||
        value_of(r, id)->kind != ALFA__PICKLE_TUPLE ||
        !alfa__pickle_is_text(p, alfa__pickle_item(p, id, 0), "storage") ||
        !read_key(r, alfa__pickle_item(p, id, 2), key, sizeof key) ||
        !read_size(r, alfa__pickle_item(p, id, 4), numbers))
        return bad("tensor %.100s has no storage", tensor->name);
    *width = 0;
    for (size_t i = 0; i < COUNT(storages); i++)
        if (value_of(r, type)->kind == ALFA__PICKLE_GLOBAL &&
            value_of(r, type)->as.text.size == strlen(storages[i].global) &&
            memcmp(value_of(r, type)->as.text.bytes, storages[i].global, strlen(storages[i].global)) == 0) {
            tensor->dtype = storages[i].dtype;
            *width = storages[i].size;
        }
    snprintf(name, sizeof name, "%s/data/%s", r->root, key);
    const struct alfa__zip_entry *entry = alfa__zip_find(&r->zip, name);
    if (*width == 0 || !entry)
        return bad("tensor %.100s %s", tensor->name,
                   entry ? "has a storage of unknown type" : "has its bytes in an entry that is missing");
    ALFA__TRY(alfa__zip_bytes(&r->zip, &tensor->bytes, entry, r->path, r->err));
    return entry->size == *numbers * *width
               ? ALFA_OK
               : bad("tensor %.100s says that its storage has %zu numbers, it has %llu bytes", tensor->name,
                     *numbers, (unsigned long long)entry->size);
}

/* ------------------------------------------------------------------ tensors */

static enum alfa_status read_shape(struct reader *r, struct alfa__tensor *tensor, uint32_t shape,
                                   uint32_t stride)
{
    const struct alfa__pickle *p = &r->pickle;
    const uint32_t rank = value_of(r, shape)->count;
    if (value_of(r, shape)->kind != ALFA__PICKLE_TUPLE || value_of(r, stride)->kind != ALFA__PICKLE_TUPLE ||
        rank != value_of(r, stride)->count || rank > ALFA__MAX_RANK)
        return bad("tensor %.100s has no shape of at most %d axes", tensor->name, ALFA__MAX_RANK);
    tensor->rank = (int)rank;
    tensor->count = 1;
    for (uint32_t i = 0; i < rank; i++)
        if (!read_size(r, alfa__pickle_item(p, shape, i), &tensor->shape[i]) ||
            !read_size(r, alfa__pickle_item(p, stride, i), &tensor->stride[i]) ||
            !alfa__multiply(&tensor->count, tensor->count, tensor->shape[i]))
            return bad("tensor %.100s has an impossible shape", tensor->name);
    size_t dense = 1;
    for (int i = tensor->rank - 1; i >= 0; i--) {
        tensor->strided = tensor->strided || (tensor->shape[i] > 1 && tensor->stride[i] != dense);
        dense *= tensor->shape[i];
    }
    return ALFA_OK;
}

/* From the tensor's first number to the end of its last, in numbers; false beyond 64 bits. */
static bool read_extent(const struct alfa__tensor *tensor, size_t *out)
{
    *out = tensor->count ? 1 : 0;
    for (int i = 0; i < tensor->rank && tensor->count; i++) {
        size_t step;
        if (!alfa__multiply(&step, tensor->shape[i] - 1, tensor->stride[i]) || *out + step < step)
            return false;
        *out += step;
    }
    return true;
}

/* (storage, offset, shape, stride, ...) */
static enum alfa_status read_tensor(struct reader *r, struct alfa__tensor *tensor, uint32_t arguments)
{
    const struct alfa__pickle *p = &r->pickle;
    size_t numbers = 0, width = 0, offset, extent;
    ALFA__TRY(find_storage(r, tensor, alfa__pickle_item(p, arguments, 0), &numbers, &width));
    ALFA__TRY(read_shape(r, tensor, alfa__pickle_item(p, arguments, 2), alfa__pickle_item(p, arguments, 3)));
    if (!read_size(r, alfa__pickle_item(p, arguments, 1), &offset) || !read_extent(tensor, &extent) ||
        offset > numbers || extent > numbers - offset)
        return bad("tensor %.100s lies outside its storage: the file is cut or altered", tensor->name);
    if (tensor->count > extent)
        return bad("tensor %.100s repeats its numbers: save tensor.contiguous()", tensor->name);
    tensor->bytes += offset * width;
    tensor->size = extent * width;
    r->total += tensor->size;
    if (r->total / MAX_TIMES_STORED > r->zip.size)
        return bad("holds tensors that overlap: together they are larger than the file");
    return ALFA_OK;
}

static enum alfa_status add_tensor(struct reader *r, const char *name, uint32_t value)
{
    struct alfa__tensors *out = r->out;
    if (out->count == ALFA__MAX_TENSORS)
        return bad("has more than %u tensors", ALFA__MAX_TENSORS);
    if (out->count == r->room) {
        const size_t room = r->room ? 2 * r->room : 256;
        struct alfa__tensor *list = realloc(out->list, room * sizeof *list);
        if (!list)
            return alfa__fail_memory(r->err, room * sizeof *list);
        out->list = list;
        r->room = room;
    }
    struct alfa__tensor *tensor = &out->list[out->count];
    *tensor = (struct alfa__tensor){.name = alfa__strdup(name)};
    if (!tensor->name)
        return alfa__fail_memory(r->err, strlen(name) + 1);
    out->count++;
    return read_tensor(r, tensor, value_of(r, unwrap(r, value))->argument);
}

/* ------------------------------------------------------------------ walking */

/* prefix.key, or false when it is too long or no text. */
static bool join_name(const struct reader *r, char out[MAX_NAME], const char *prefix, uint32_t key)
{
    const struct alfa__pickle_value *it = value_of(r, key);
    if (it->kind != ALFA__PICKLE_TEXT || memchr(it->as.text.bytes, 0, it->as.text.size))
        return false;
    const int size =
        snprintf(out, MAX_NAME, "%s%s%.*s", prefix, *prefix ? "." : "",
                 it->as.text.size < MAX_NAME ? (int)it->as.text.size : MAX_NAME, it->as.text.bytes);
    return size < MAX_NAME;
}

/* TorchScript keeps the activation as a module of its own, whose class says which it is. */
static void note_activation(struct reader *r, const char *name, uint32_t module)
{
    const struct alfa__pickle_value *class = value_of(r, value_of(r, module)->callable);
    const char *leaf = strrchr(name, '.'), *end = class->as.text.bytes + class->as.text.size;
    if (!leaf || strcmp(leaf, ".gelu") != 0)
        return;
    if (class->as.text.size > 10 && memcmp(end - 10, "\nQuickGELU", 10) == 0)
        r->out->activation = ALFA_ACTIVATION_QUICK_GELU;
    else if (class->as.text.size > 5 && memcmp(end - 5, "\nGELU", 5) == 0)
        r->out->activation = ALFA_ACTIVATION_GELU;
}

/* Tensors of a mapping, and of the modules in it. */
static enum alfa_status walk(struct reader *r, uint32_t mapping, const char *prefix, int depth)
{
    const struct alfa__pickle *p = &r->pickle;
    char name[MAX_NAME];
    if (depth > MAX_DEPTH || ++r->visits > MAX_VISITS)
        return bad("holds modules that are nested too deep");
    for (uint32_t cell = p->values[mapping].first; cell; cell = p->cells[p->cells[cell].next].next) {
        const uint32_t key = p->cells[cell].value, value = p->cells[p->cells[cell].next].value;
        const bool tensor = is_tensor(r, value), module = is_module(r, value);
        if (++r->visits > MAX_VISITS)
            return bad("holds modules that are nested too deep");
        if (!tensor && !module)
            continue;
        if (!join_name(r, name, prefix, key))
            return bad("holds a tensor whose name is not a text of at most %d bytes", MAX_NAME - 1);
        if (tensor) {
            ALFA__TRY(add_tensor(r, name, value));
        } else {
            note_activation(r, name, value);
            ALFA__TRY(walk(r, value_of(r, value)->state, name, depth + 1));
        }
    }
    return ALFA_OK;
}

static bool holds_tensors(const struct reader *r, uint32_t mapping)
{
    const struct alfa__pickle *p = &r->pickle;
    for (uint32_t cell = p->values[mapping].first; cell; cell = p->cells[p->cells[cell].next].next)
        if (is_tensor(r, p->cells[p->cells[cell].next].value))
            return true;
    return false;
}

/* "epoch, name, optimizer", for a message. */
static void list_keys(const struct reader *r, uint32_t mapping, char *out, size_t size)
{
    const struct alfa__pickle *p = &r->pickle;
    size_t used = 0;
    out[0] = 0;
    for (uint32_t cell = p->values[mapping].first; cell && used + 40 < size;
         cell = p->cells[p->cells[cell].next].next) {
        const struct alfa__pickle_value *key = value_of(r, p->cells[cell].value);
        if (key->kind == ALFA__PICKLE_TEXT)
            used +=
                (size_t)snprintf(out + used, size - used, "%s%.*s", used ? ", " : "",
                                 key->as.text.size < 30 ? (int)key->as.text.size : 30, key->as.text.bytes);
    }
}

/* The mapping that holds the tensors: the root, what a checkpoint names so, or a script module's members. */
static enum alfa_status find_weights(struct reader *r, uint32_t *out)
{
    static const char *const keys[] = {"state_dict", "model_state_dict", "model"};
    const struct alfa__pickle *p = &r->pickle;
    uint32_t at = p->root;
    char present[200];
    for (int depth = 0; depth < 3; depth++) {
        if (is_module(r, at))
            at = value_of(r, at)->state;
        if (p->values[at].kind != ALFA__PICKLE_DICT && !alfa__pickle_is_mapping(p, at))
            return bad(
                "holds no dict of tensors: save the weights with torch.save(model.state_dict(), FILE)");
        *out = at;
        if (holds_tensors(r, at))
            return ALFA_OK;
        uint32_t inner = 0;
        for (size_t i = 0; i < COUNT(keys) && !inner; i++)
            inner = alfa__pickle_get(p, at, keys[i]);
        if (!inner || !(alfa__pickle_is_mapping(p, inner) || is_module(r, inner)))
            break;
        at = inner;
    }
    list_keys(r, *out, present, sizeof present);
    return bad("holds no state_dict: it has %s", *present ? present : "nothing");
}

/* ------------------------------------------------------------------ the archive */

/* The entry ROOT/NAME of which there must be one; its folder becomes the root. */
static const struct alfa__zip_entry *find_pickle(struct reader *r)
{
    static const char leaf[] = "/data.pkl";
    const size_t size = sizeof leaf - 1;
    const struct alfa__zip_entry *found = NULL;
    for (size_t i = 0; i < r->zip.count; i++) {
        const struct alfa__zip_entry *entry = &r->zip.entries[i];
        if (entry->name_size <= size || entry->name_size - size >= MAX_NAME - 8 ||
            memcmp(entry->name + entry->name_size - size, leaf, size) != 0 ||
            memchr(entry->name, '/', entry->name_size - size))
            continue;
        if (found)
            return NULL;
        found = entry;
        snprintf(r->root, sizeof r->root, "%.*s", (int)(entry->name_size - size), entry->name);
    }
    return found;
}

static enum alfa_status check_byte_order(struct reader *r)
{
    char name[MAX_NAME + 16];
    const unsigned char *bytes;
    snprintf(name, sizeof name, "%s/byteorder", r->root);
    const struct alfa__zip_entry *entry = alfa__zip_find(&r->zip, name);
    if (!entry)
        return ALFA_OK;
    ALFA__TRY(alfa__zip_bytes(&r->zip, &bytes, entry, r->path, r->err));
    return entry->size == 6 && memcmp(bytes, "little", 6) == 0
               ? ALFA_OK
               : bad("was written on a big-endian machine: only little-endian files are read");
}

static enum alfa_status read_archive(struct reader *r)
{
    const unsigned char *bytes;
    uint32_t weights = 0;
    const struct alfa__map *map = &r->out->maps[0];
    ALFA__TRY(alfa__zip_open(&r->zip, map->bytes, map->size, r->path, r->err));
    const struct alfa__zip_entry *entry = find_pickle(r);
    if (!entry)
        return bad("is a zip archive, and not one that torch.save() wrote: it has no data.pkl, or several");
    ALFA__TRY(check_byte_order(r));
    ALFA__TRY(alfa__zip_bytes(&r->zip, &bytes, entry, r->path, r->err));
    ALFA__TRY(alfa__pickle_open(&r->pickle, bytes, (size_t)entry->size, allow, r->path, r->err));
    ALFA__TRY(find_weights(r, &weights));
    ALFA__TRY(walk(r, weights, "", 0));
    return alfa__tensors_sort(r->out, r->path, r->err);
}

enum alfa_status alfa__torch_open(struct alfa__tensors *out, const char *path, struct alfa_error *err)
{
    struct reader reader = {.out = out, .path = path, .err = err};
    *out = (struct alfa__tensors){0};
    enum alfa_status status = alfa__tensors_map(out, path, err);
    if (status == ALFA_OK)
        status = read_archive(&reader);
    alfa__pickle_close(&reader.pickle);
    alfa__zip_close(&reader.zip);
    if (status != ALFA_OK)
        alfa__tensors_close(out);
    return status;
}
