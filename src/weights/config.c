#include "weights/config.h"
#include "base/strings.h"
#include "weights/config_json.h"

#include <string.h>

#define ALFA__LEAST_CONTEXT_GRID 6 /* 36 patches, 27 of which never touch a given one */

#define bad(...) alfa__fail(err, ALFA_ERROR_MODEL, path, __VA_ARGS__)

enum alfa_status alfa__config_check(const struct alfa__config *c, const char *path, struct alfa_error *err)
{
    const struct alfa__tower_config *towers[] = {&c->vision, &c->text};
    if (c->image_size % c->patch_size != 0)
        return bad("patch_size %d does not divide image_size %d", c->patch_size, c->image_size);
    if (c->image_size / c->patch_size > 128)
        return bad("more than 128 x 128 patches are not supported");
    for (int i = 0; i < 2; i++)
        if (towers[i]->width % towers[i]->heads != 0 || towers[i]->width / towers[i]->heads > 256)
            return bad("%d heads do not fit the %s width %d", towers[i]->heads, i ? "text" : "vision",
                       towers[i]->width);
    if (c->vocab_size < 514 + 1)
        return bad("vocab_size %d is smaller than the byte alphabet", c->vocab_size);
    for (int i = 0; i < 3; i++)
        if (!(c->std[i] > 0))
            return bad("std must be positive");
    if (c->stem.nearest_count && c->image_size / c->patch_size < ALFA__LEAST_CONTEXT_GRID)
        return bad("a stem with context needs a grid of %d patches or more", ALFA__LEAST_CONTEXT_GRID);
    for (int i = 0; i < c->stem.feature_count; i++)
        if (c->patch_size % c->stem.features[i].stride != 0)
            return bad("stem stride %d does not divide patch_size %d", c->stem.features[i].stride,
                       c->patch_size);
    return ALFA_OK;
}

enum alfa_status alfa__config_read(struct alfa__config *out, const char *path, struct alfa_error *err)
{
    json_t *root;
    *out = (struct alfa__config){.epsilon = 1e-5};
    enum alfa_status status = alfa__config_json(&root, path, err);
    const bool open_clip = json_object_get(root, "model_cfg") || json_object_get(root, "vision_cfg") ||
                           strcmp(alfa__path_name(path), "open_clip_config.json") == 0;
    out->layout = open_clip ? ALFA__OPEN_CLIP : ALFA__HUGGING_FACE;
    if (status == ALFA_OK)
        status = open_clip ? alfa__config_open_clip(out, root, path, err)
                           : alfa__config_hugging_face(out, root, path, err);
    if (status == ALFA_OK)
        status = alfa__config_check(out, path, err);
    json_decref(root);
    return alfa__blame(status, ALFA_ERROR_MODEL, err);
}
