#include "weights/folder.h"
#include "base/files.h"
#include "base/strings.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define bad(...) alfa__fail(err, ALFA_ERROR_MODEL, out->path, __VA_ARGS__)

static const char *const safe_names[] = {"open_clip_model.safetensors", "model.safetensors",
                                         "open_clip_model.safetensors.index.json",
                                         "model.safetensors.index.json"};
static const char *const torch_names[] = {"open_clip_pytorch_model.bin", "pytorch_model.bin",
                                          "pytorch_model.bin.index.json"};
static const char *const safe_ends[] = {".safetensors"};
static const char *const torch_ends[] = {".bin", ".pt", ".pth", ".ckpt"};

#define UNFINISHED "a download that did not end"
#define COUNT(table) (sizeof(table) / sizeof *(table))

static bool ends_like(const char *name, const char *const *ends, size_t count)
{
    const size_t size = strlen(name);
    for (size_t i = 0; i < count; i++)
        if (size > strlen(ends[i]) && strcasecmp(name + size - strlen(ends[i]), ends[i]) == 0)
            return true;
    return false;
}

/* Takes over the path; NULL: there was no memory for it. */
static void add(struct alfa__model_folder *out, char *path)
{
    out->failed = out->failed || !path;
    if (path && out->count < ALFA__MAX_CANDIDATES)
        out->weights[out->count++] = path;
    else
        free(path);
}

/* The path of a file in the folder when it is there. */
static char *present(struct alfa__model_folder *out, const char *name)
{
    char *path = alfa__format("%s/%s", out->path, name);
    out->failed = out->failed || !path;
    if (path && alfa__file_exists(path))
        return path;
    free(path);
    return NULL;
}

static void add_names(struct alfa__model_folder *out, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char *path = present(out, names[i]);
        if (path)
            add(out, path);
    }
}

/* NAME.bin beside NAME.xml. */
static bool is_of_openvino(struct alfa__model_folder *out, const char *name)
{
    const size_t size = strlen(name);
    if (!ends_like(name, torch_ends, 1))
        return false;
    char *xml = alfa__format("%.*s.xml", (int)size - 4, name), *path = xml ? present(out, xml) : NULL;
    const bool there = path != NULL;
    free(path);
    free(xml);
    return there;
}

/* The only file with such an end; parts of a model that is split do not count. */
static enum alfa_status add_only(struct alfa__model_folder *out, const char *const *ends, size_t end_count,
                                 struct alfa_error *err)
{
    char *name = NULL, *second = NULL;
    int count = 0, parts = 0;
    DIR *dir = opendir(out->path);
    if (!dir)
        return alfa__blame(alfa__fail_reading(err, out->path, "cannot be searched", errno), ALFA_ERROR_MODEL,
                           err);
    for (struct dirent *entry; (entry = readdir(dir));) {
        if (entry->d_name[0] == '.' || !ends_like(entry->d_name, ends, end_count))
            continue;
        if (is_of_openvino(out, entry->d_name))
            continue;
        if (strstr(entry->d_name, "-of-"))
            parts++;
        else if (++count <= 2)
            *(count == 1 ? &name : &second) = alfa__strdup(entry->d_name);
    }
    closedir(dir);
    enum alfa_status status = ALFA_OK;
    char *path = count == 1 && name ? present(out, name) : NULL;
    out->failed = out->failed || (count > 0 && !name);
    if (path)
        add(out, path);
    if (count > 1)
        status = bad("has %d files that may be the weights, such as %.100s and %.100s: give the one that is",
                     count, name ? name : "", second ? second : "");
    else if (parts && count == 0)
        status = bad("has weights in %d parts without the index that says what is where (such as "
                     "model.safetensors.index.json): download the whole model",
                     parts);
    free(name);
    free(second);
    return status;
}

/* What is in a file of weights that is not read, by its end; NULL: something else. */
static const char *foreign(const char *name)
{
    static const struct {
        const char *end, *maker;
    } makers[] = {{".h5", "TensorFlow"},          {".pb", "TensorFlow"},       {".keras", "Keras"},
                  {".tflite", "TensorFlow Lite"}, {".msgpack", "Flax"},        {".onnx", "ONNX"},
                  {".gguf", "llama.cpp"},         {".ggml", "llama.cpp"},      {".npz", "NumPy"},
                  {".ot", "Rust's tch"},          {".xml", "OpenVINO"},        {".engine", "TensorRT"},
                  {".plan", "TensorRT"},          {".mlmodel", "Core ML"},     {".mlpackage", "Core ML"},
                  {".pkl", "Python's pickle"},    {".incomplete", UNFINISHED}, {".crdownload", UNFINISHED},
                  {".part", UNFINISHED},          {".aria2", UNFINISHED}};
    for (size_t i = 0; i < COUNT(makers); i++)
        if (ends_like(name, &makers[i].end, 1))
            return makers[i].maker;
    return NULL;
}

static enum alfa_status list_weights(struct alfa__model_folder *out, struct alfa_error *err)
{
    struct alfa_error reason;
    add_names(out, safe_names, COUNT(safe_names));
    add_names(out, torch_names, COUNT(torch_names));
    if (out->count)
        return ALFA_OK;
    const enum alfa_status safe = add_only(out, safe_ends, COUNT(safe_ends), &reason);
    const enum alfa_status torch = add_only(out, torch_ends, COUNT(torch_ends), safe == ALFA_OK ? err : NULL);
    if (out->count || safe == ALFA_OK)
        return out->count ? ALFA_OK : torch;
    if (err)
        *err = reason;
    return safe;
}

/* "a/b/" becomes "a/b", and the folder of "a/b.pt" is "a". */
static char *folder_of(const char *path, bool is_file)
{
    const char *name = alfa__path_name(path);
    size_t size = is_file ? (size_t)(name - path) : strlen(path);
    while (size > 1 && path[size - 1] == '/')
        size--;
    return size ? alfa__format("%.*s", (int)size, path) : alfa__strdup(".");
}

enum alfa_status alfa__model_folder_look(struct alfa__model_folder *out, const char *path,
                                         struct alfa_error *err)
{
    const bool is_file = alfa__file_exists(path);
    *out = (struct alfa__model_folder){0};
    if (!is_file && !alfa__folder_exists(path))
        return alfa__fail(
            err, ALFA_ERROR_MODEL, path,
            "is not there: a model is a folder with a config and weights, or a file of weights");
    out->path = folder_of(path, is_file);
    if (!out->path)
        return alfa__fail_memory(err, strlen(path) + 1);
    out->open_clip = present(out, "open_clip_config.json");
    out->hugging_face = present(out, "config.json");
    enum alfa_status status = ALFA_OK;
    if (is_file)
        add(out, alfa__strdup(path));
    else
        status = list_weights(out, err);
    if (out->failed)
        status = alfa__fail_memory(err, strlen(path) + 1);
    if (status != ALFA_OK)
        alfa__model_folder_free(out);
    return status;
}

/* A folder below, two deep at most, in which weights have a name that is known, such as that of a revision in
 * the hub's cache (snapshots/HASH); NULL: none. */
static char *find_below(const char *path, int depth)
{
    char *found = NULL;
    DIR *dir = depth ? opendir(path) : NULL;
    for (struct dirent *entry; dir && !found && (entry = readdir(dir));) {
        struct alfa__model_folder below = {.path = alfa__format("%s/%s", path, entry->d_name)};
        if (below.path && entry->d_name[0] != '.' && alfa__folder_exists(below.path)) {
            add_names(&below, safe_names, COUNT(safe_names));
            add_names(&below, torch_names, COUNT(torch_names));
            found = below.count ? alfa__strdup(below.path) : find_below(below.path, depth - 1);
        }
        alfa__model_folder_free(&below);
    }
    if (dir)
        closedir(dir);
    return found;
}

enum alfa_status alfa__model_folder_refuse(const struct alfa__model_folder *out, struct alfa_error *err)
{
    DIR *dir = opendir(out->path);
    char *below = find_below(out->path, 2);
    enum alfa_status status =
        below ? bad("has no weights, but its folder %.200s has: give that one", below + strlen(out->path) + 1)
              : bad("has no weights (a .safetensors, .bin or .pt file): docs/models.md says how to get them");
    for (struct dirent *entry; dir && !below && (entry = readdir(dir));)
        if (foreign(entry->d_name))
            status = bad("has no weights (a .safetensors, .bin or .pt file), but %.100s of %s, which is not "
                         "read: docs/models.md says how to get them",
                         entry->d_name, foreign(entry->d_name));
    if (dir)
        closedir(dir);
    free(below);
    return status;
}

void alfa__model_folder_free(struct alfa__model_folder *folder)
{
    for (int i = 0; i < folder->count; i++)
        free(folder->weights[i]);
    free(folder->path);
    free(folder->open_clip);
    free(folder->hugging_face);
    *folder = (struct alfa__model_folder){0};
}
