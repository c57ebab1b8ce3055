#include "eval/store.h"
#include "base/files.h"
#include "base/hash.h"
#include "base/strings.h"
#include "base/writer.h"
#include "image/image.h"
#include "methods/share.h"
#include "nn/linear.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define MAGIC "alfaeye2"

/* Head of a file; the features follow in the order of each_part(). */
struct head {
    char magic[8];
    uint64_t checksum; /* of what follows it */
    uint64_t key;
    int32_t size[2], grid, dim;
    int32_t values, value_path, scales[ALFA_MAX_SCALES];
    int32_t layer_count, layers[ALFA__MAX_TAPS][4]; /* stem, index, side, dim */
};

/* ------------------------------------------------------------------ folder */

static void count_file(struct alfa__store *store, const char *path)
{
    struct stat info;
    if (stat(path, &info) == 0 && S_ISREG(info.st_mode))
        store->used += info.st_size;
}

enum alfa_status alfa__store_count(struct alfa__store *store, struct alfa_error *err)
{
    DIR *dir = opendir(store->folder);
    if (!dir)
        return alfa__fail(err, ALFA_ERROR_OUTPUT, store->folder, "cannot be read");
    store->used = 0;
    for (const struct dirent *entry; (entry = readdir(dir));) {
        char *path = alfa__format("%s/%s", store->folder, entry->d_name);
        if (path)
            count_file(store, path);
        free(path);
    }
    closedir(dir);
    return ALFA_OK;
}

enum alfa_status alfa__store_open(struct alfa__store *out, const struct alfa_model *model, const char *folder,
                                  long long limit, struct alfa_error *err)
{
    *out = (struct alfa__store){.model = model, .folder = folder, .limit = limit};
    ALFA__TRY(alfa__folder_make(folder, err));
    alfa__writer_sweep(folder);
    return alfa__store_count(out, err);
}

/* ------------------------------------------------------------------ layout */

/* Calls visit for every array of floats that a file with this head holds, in its order; false ends it. */
static bool each_part(const struct head *head, struct alfa__features *f,
                      bool (*visit)(void *context, float **rows, size_t before, size_t count), void *context)
{
    const size_t dim = (size_t)head->dim, tokens = (size_t)head->grid * (size_t)head->grid + 1;
    bool good = visit(context, &f->image, 0, dim);
    if (head->values)
        good = good && visit(context, &f->values, 0, tokens * dim);
    if (head->value_path)
        good = good && visit(context, &f->value_path, 0, tokens * dim);
    for (int i = 0; i < f->scale_count; i++) {
        struct alfa__windows *w = &f->windows[i];
        good = good && visit(context, &w->embeddings, 0, (size_t)w->count * dim);
        if (head->values && w->scale > 1)
            good = good && visit(context, &w->values, 0, (size_t)w->count * (size_t)w->length * dim);
    }
    for (int i = 0; i < head->layer_count; i++) {
        struct alfa__dense *d = &f->layers[i];
        const size_t class_token = head->layers[i][0] ? 0 : (size_t)d->dim; /* before a block's rows */
        good = good && visit(context, &d->rows, class_token, (size_t)(d->side * d->side) * (size_t)d->dim);
    }
    return good;
}

static bool add_size(void *context, float **rows, size_t before, size_t count)
{
    (void)rows;
    *(size_t *)context += (before + count) * sizeof(float);
    return true;
}

/* Size of a file with this head and features. */
static size_t file_size(const struct head *head, struct alfa__features *features)
{
    size_t size = sizeof *head;
    (void)each_part(head, features, add_size, &size);
    return size;
}

static uint64_t checksum(const unsigned char *bytes, size_t size)
{
    uint64_t sum = ALFA__HASH_START, word;
    for (; size >= sizeof word; bytes += sizeof word, size -= sizeof word) {
        memcpy(&word, bytes, sizeof word);
        sum = (sum ^ word) * 1099511628211u;
        sum ^= sum >> 29;
    }
    return alfa__hash(sum, bytes, size);
}

static uint64_t checksum_of(const unsigned char *file, size_t size)
{
    const size_t from = offsetof(struct head, key);
    return checksum(file + from, size - from);
}

static struct alfa__feature_request request_of(const struct head *head)
{
    struct alfa__feature_request out = {
        .values = head->values, .value_path = head->value_path, .layer_count = head->layer_count};
    for (int i = 0; i < ALFA_MAX_SCALES; i++)
        out.scales[i] = head->scales[i];
    for (int i = 0; i < head->layer_count; i++)
        out.layers[i] = (struct alfa__layer){head->layers[i][0], head->layers[i][1]};
    return out;
}

/* ------------------------------------------------------------------ reading */

/* Copies parts out of a file, one after the other. */
struct reader {
    const unsigned char *at;
    struct alfa__arena *arena;
};

static bool read_part(void *context, float **rows, size_t before, size_t count)
{
    struct reader *reader = context;
    float *out = alfa__arena_array(reader->arena, before + count, sizeof *out);
    if (!out)
        return false;
    memcpy(out, reader->at, (before + count) * sizeof *out);
    reader->at += (before + count) * sizeof *out;
    *rows = out + before;
    return true;
}

/* Sizes of everything that the head names, without the numbers. */
static void shape(struct alfa__features *out, const struct head *head)
{
    *out = (struct alfa__features){.grid = head->grid, .dim = head->dim};
    for (int i = 0; i < ALFA_MAX_SCALES && head->scales[i]; i++)
        out->windows[out->scale_count++] =
            (struct alfa__windows){.scale = head->scales[i],
                                   .count = alfa__window_count(head->grid, head->scales[i]),
                                   .length = head->scales[i] * head->scales[i] + 1};
    for (int i = 0; i < head->layer_count; i++) {
        const int side = head->layers[i][2];
        out->layers[i] = (struct alfa__dense){.side = side, .dim = head->layers[i][3], .count = side * side};
    }
}

/* Sides of windows, and zeros behind the last: a zero between them would hide what follows from shape(). */
static bool scales_fit(const struct head *head)
{
    bool good = true;
    for (int i = 0; i < ALFA_MAX_SCALES; i++)
        good = good && head->scales[i] >= 0 && head->scales[i] <= head->grid &&
               (i == 0 || !head->scales[i] || head->scales[i - 1]);
    return good;
}

/* Whether the layers are those of this model. */
static bool layers_fit(const struct head *head, const struct alfa_model *model)
{
    const struct alfa__image_tower *tower;
    bool good = head->layer_count >= 0 && head->layer_count <= ALFA__MAX_TAPS &&
                alfa__model_image_tower(model, &tower, NULL) == ALFA_OK;
    for (int i = 0; good && i < head->layer_count; i++) {
        const int32_t *of = head->layers[i];
        const struct alfa__dense shape = alfa__dense_shape(tower, &(struct alfa__layer){of[0], of[1]});
        good = shape.side > 0 && shape.side == of[2] && shape.dim == of[3];
    }
    return good;
}

/* Whether head is that of the wanted image and model, and its numbers are possible. */
static bool fits(const struct head *head, const struct alfa_model *model, uint64_t key)
{
    return memcmp(head->magic, MAGIC, sizeof head->magic) == 0 && head->key == key &&
           head->grid == model->info.grid && head->dim == model->info.embed_dim &&
           alfa__image_check_size(head->size[0], head->size[1], NULL, NULL) == ALFA_OK && scales_fit(head) &&
           layers_fit(head, model);
}

/* Whether the file is whole and of this image; sizes of what it holds. */
static bool read_head(struct head *head, struct alfa__features *out, const struct alfa__map *file,
                      const struct alfa_model *model, uint64_t key)
{
    if (file->size < sizeof *head)
        return false;
    memcpy(head, file->bytes, sizeof *head);
    if (!fits(head, model, key) || head->checksum != checksum_of(file->bytes, file->size))
        return false;
    shape(out, head);
    return file_size(head, out) == file->size;
}

static bool read_features(struct head *head, struct alfa__features *out, const struct alfa__map *file,
                          const struct alfa_model *model, uint64_t key, struct alfa__arena *arena)
{
    struct reader reader = {file->bytes + sizeof *head, arena};
    if (!read_head(head, out, file, model, key))
        return false;
    for (int i = 0; i < out->scale_count; i++) {
        struct alfa__windows *w = &out->windows[i];
        w->index = alfa__arena_array(arena, (size_t)(w->count * w->length), sizeof *w->index);
        if (!w->index)
            return false;
        alfa__window_index(head->grid, w->scale, w->index);
    }
    return each_part(head, out, read_part, &reader);
}

/* Whether a pass for all has what one asks for. */
static bool covers(const struct alfa__feature_request *all, const struct alfa__feature_request *one)
{
    struct alfa__feature_request joined = *all;
    return alfa__request_join(&joined, one, NULL) == ALFA_OK && joined.values == all->values &&
           joined.value_path == all->value_path && joined.layer_count == all->layer_count &&
           memcmp(joined.scales, all->scales, sizeof joined.scales) == 0;
}

/* ------------------------------------------------------------------ writing */

static bool write_part(void *context, float **rows, size_t before, size_t count)
{
    unsigned char **at = context;
    memcpy(*at, *rows - before, (before + count) * sizeof **rows);
    *at += (before + count) * sizeof **rows;
    return true;
}

static struct head head_for(const struct alfa__features *f, const struct alfa__feature_request *request,
                            uint64_t key, const int size[2])
{
    struct head head = {.key = key,
                        .size = {size[0], size[1]},
                        .grid = f->grid,
                        .dim = f->dim,
                        .values = request->values,
                        .value_path = request->value_path,
                        .layer_count = request->layer_count};
    memcpy(head.magic, MAGIC, sizeof head.magic);
    for (int i = 0; i < ALFA_MAX_SCALES; i++)
        head.scales[i] = request->scales[i];
    for (int i = 0; i < request->layer_count; i++) {
        const int32_t layer[4] = {request->layers[i].stem, request->layers[i].index, f->layers[i].side,
                                  f->layers[i].dim};
        memcpy(head.layers[i], layer, sizeof layer);
    }
    return head;
}

/* Puts features into a file of old_size bytes (0: there is none). That it cannot is no failure. */
static void keep(struct alfa__store *store, const char *path, long long old_size, struct alfa__seen *seen,
                 const struct alfa__feature_request *request, uint64_t key)
{
    const int image_size[2] = {seen->width, seen->height};
    struct alfa__features *f = &seen->features;
    struct head head = head_for(f, request, key, image_size);
    const size_t size = file_size(&head, f);
    unsigned char *bytes = NULL, *at;
    if (store->used - old_size + (long long)size <= store->limit)
        bytes = malloc(size);
    if (bytes) {
        memcpy(bytes, &head, sizeof head);
        at = bytes + sizeof head;
        (void)each_part(&head, f, write_part, &at);
        head.checksum = checksum_of(bytes, size);
        memcpy(bytes, &head, sizeof head);
    }
    if (bytes && alfa__file_write(path, bytes, size, NULL) == ALFA_OK)
        store->used += (long long)size - old_size;
    else
        store->refused++;
    free(bytes);
}

/* ------------------------------------------------------------------ asking */

static enum alfa_status look(struct alfa__store *store, struct alfa__seen *out,
                             const struct alfa__content *photo, const struct alfa__feature_request *request,
                             struct alfa__arena *arena, struct alfa_error *err)
{
    struct alfa_image_options how = ALFA_IMAGE_OPTIONS_INIT;
    struct alfa_image *image;
    how.bits = store->bits;
    ALFA__TRY(alfa_image_decode_as(&image, photo->bytes, photo->size, photo->name, &how, err));
    alfa__facts_add(&store->facts, image, photo->name);
    out->width = alfa_image_width(image);
    out->height = alfa_image_height(image);
    enum alfa_status status =
        alfa__features_run(store->model, &out->features, image, store->resize, request, arena, err);
    alfa_image_free(image);
    return status;
}

/* Of the image in a file, whatever the file is called. */
static uint64_t key_of(const struct alfa__store *store, const struct alfa__content *photo, bool pixels)
{
    const struct alfa_model *model = store->model;
    uint64_t key = alfa__hash_text(ALFA__HASH_START, model->info.fingerprint);
    key = alfa__hash_text(key ^ alfa__linear_packing(), model->info.precision) ^
          checksum(photo->bytes, photo->size);
    if (store->resize != ALFA_RESIZE_SQUASH || pixels) /* another look, another file */
        key ^= alfa__hash_text(key, store->resize == ALFA_RESIZE_SQUASH ? "pixels"
                                    : pixels                            ? "crop, pixels"
                                                                        : "crop");
    if (store->bits)
        key ^= alfa__hash(key, &store->bits, sizeof store->bits);
    return key;
}

static char *name_of(const struct alfa__store *store, uint64_t key)
{
    return alfa__format("%s/%016" PRIx64 ".features", store->folder, key);
}

/* With a store. */
static enum alfa_status ask(struct alfa__store *store, struct alfa__seen *out,
                            const struct alfa__content *photo, const struct alfa__feature_request *request,
                            struct alfa__arena *arena, struct alfa_error *err)
{
    const uint64_t key = key_of(store, photo, request->pixels);
    struct alfa__feature_request all = *request;
    struct alfa__seen full;
    struct alfa__map file = {0};
    struct head head;
    char *name = name_of(store, key);
    if (!name)
        return alfa__fail_memory(err, strlen(store->folder));
    bool there = alfa__file_map(&file, name, NULL) == ALFA_OK;
    const long long old_size = there ? (long long)file.size : 0;
    there = there && read_features(&head, &full.features, &file, store->model, key, arena);
    alfa__file_unmap(&file);
    enum alfa_status status = ALFA_OK;
    if (there)
        all = request_of(&head);
    all.pixels = request->pixels;
    if (there && covers(&all, request)) {
        store->found++;
        full.width = head.size[0];
        full.height = head.size[1];
    } else {
        if (alfa__request_join(&all, request, NULL) != ALFA_OK)
            all = *request;
        status = look(store, &full, photo, &all, arena, err);
        if (status == ALFA_OK)
            keep(store, name, old_size, &full, &all, key);
    }
    if (status == ALFA_OK) {
        *out = (struct alfa__seen){.width = full.width, .height = full.height};
        alfa__features_view(&out->features, &full.features, &all, request);
    }
    free(name);
    return status;
}

enum alfa_status alfa__store_features(struct alfa__store *store, struct alfa__seen *out, const char *path,
                                      const struct alfa__feature_request *request, struct alfa__arena *arena,
                                      struct alfa_error *err)
{
    char *bytes;
    size_t size;
    ALFA__TRY(alfa__file_read(&bytes, &size, path, ALFA__IMAGE_MAX_FILE, err));
    const struct alfa__content photo = {bytes, size, path};
    enum alfa_status status = store->folder ? ask(store, out, &photo, request, arena, err)
                                            : look(store, out, &photo, request, arena, err);
    free(bytes);
    return status;
}

bool alfa__store_has(const struct alfa__store *store, const char *path,
                     const struct alfa__feature_request *request)
{
    struct alfa__map file = {0};
    struct alfa__features shapes;
    struct head head;
    char *bytes;
    size_t size;
    if (alfa__file_read(&bytes, &size, path, ALFA__IMAGE_MAX_FILE, NULL) != ALFA_OK)
        return false;
    const uint64_t key = key_of(store, &(struct alfa__content){bytes, size, path}, request->pixels);
    char *name = name_of(store, key);
    bool has = name && alfa__file_map(&file, name, NULL) == ALFA_OK;
    has = has && read_head(&head, &shapes, &file, store->model, key);
    if (has) {
        struct alfa__feature_request all = request_of(&head);
        all.pixels = request->pixels;
        has = covers(&all, request);
    }
    alfa__file_unmap(&file);
    free(name);
    free(bytes);
    return has;
}
