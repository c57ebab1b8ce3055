/* The table follows open_clip's own of pretrained weights. Sizes are not in it: they follow from the shapes.
 */
#include "weights/known.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>

/* ------------------------------------------------------------------ the table */

#define MIT "MIT"
#define APPLE "Apple ASCL"
#define META "CC-BY-NC-4.0"

/* clang-format off */
const struct alfa__known alfa__known_models[] = {
    {"ViT-B-16-plus-240", "laion400m_e31", "timm/vit_base_patch16_plus_clip_240.laion400m_e31", MIT, false, false, true, NULL},
    {"ViT-B-16-plus-240", "laion400m_e32", "timm/vit_base_patch16_plus_clip_240.laion400m_e32", MIT, false, false, false,
     "open_clip 3 gives the weights of laion400m_e31 under this name"},

    {"ViT-B-32", "openai", "timm/vit_base_patch32_clip_224.openai", MIT, true, false, false, NULL},
    {"ViT-B-32", "laion400m_e31", "timm/vit_base_patch32_clip_224.laion400m_e31", MIT, true, false, false, NULL},
    {"ViT-B-32", "laion400m_e32", "timm/vit_base_patch32_clip_224.laion400m_e32", MIT, true, false, false, NULL},
    {"ViT-B-32", "laion2b_e16", "timm/vit_base_patch32_clip_224.laion2b_e16", MIT, false, false, false, NULL},
    {"ViT-B-32", "laion2b_s34b_b79k", "laion/CLIP-ViT-B-32-laion2B-s34B-b79K", MIT, false, false, false, NULL},
    {"ViT-B-32", "datacomp_xl_s13b_b90k", "laion/CLIP-ViT-B-32-DataComp.XL-s13B-b90K", MIT, false, false, false, NULL},
    {"ViT-B-32", "datacomp_m_s128m_b4k", "laion/CLIP-ViT-B-32-DataComp.M-s128M-b4K", MIT, false, false, false, NULL},
    {"ViT-B-32", "datacomp_s_s13m_b4k", "laion/CLIP-ViT-B-32-DataComp.S-s13M-b4K", MIT, false, false, false, NULL},
    {"ViT-B-32", "metaclip_400m", "timm/vit_base_patch32_clip_224.metaclip_400m", META, true, false, false, NULL},
    {"ViT-B-32", "metaclip_fullcc", "timm/vit_base_patch32_clip_224.metaclip_2pt5b", META, true, false, false, NULL},
    {"ViT-B-32-256", "datacomp_s34b_b86k", "laion/CLIP-ViT-B-32-256x256-DataComp-s34B-b86K", MIT, false, false, false, NULL},

    {"ViT-B-16", "openai", "timm/vit_base_patch16_clip_224.openai", MIT, true, false, false, NULL},
    {"ViT-B-16", "laion400m_e31", "timm/vit_base_patch16_clip_224.laion400m_e31", MIT, false, false, false, NULL},
    {"ViT-B-16", "laion400m_e32", "timm/vit_base_patch16_clip_224.laion400m_e32", MIT, false, false, false, NULL},
    {"ViT-B-16", "laion2b_s34b_b88k", "laion/CLIP-ViT-B-16-laion2B-s34B-b88K", MIT, false, false, false, NULL},
    {"ViT-B-16", "datacomp_xl_s13b_b90k", "laion/CLIP-ViT-B-16-DataComp.XL-s13B-b90K", MIT, false, false, false, NULL},
    {"ViT-B-16", "datacomp_l_s1b_b8k", "laion/CLIP-ViT-B-16-DataComp.L-s1B-b8K", MIT, false, false, false, NULL},
    {"ViT-B-16", "dfn2b", "apple/DFN2B-CLIP-ViT-B-16", APPLE, true, false, false, NULL},
    {"ViT-B-16", "metaclip_400m", "timm/vit_base_patch16_clip_224.metaclip_400m", META, true, false, false, NULL},
    {"ViT-B-16", "metaclip_fullcc", "timm/vit_base_patch16_clip_224.metaclip_2pt5b", META, true, false, false, NULL},

    {"ViT-L-14", "openai", "timm/vit_large_patch14_clip_224.openai", MIT, true, false, false, NULL},
    {"ViT-L-14", "laion400m_e31", "timm/vit_large_patch14_clip_224.laion400m_e31", MIT, false, false, false, NULL},
    {"ViT-L-14", "laion400m_e32", "timm/vit_large_patch14_clip_224.laion400m_e32", MIT, false, false, false, NULL},
    {"ViT-L-14", "laion2b_s32b_b82k", "laion/CLIP-ViT-L-14-laion2B-s32B-b82K", MIT, false, true, false,
     "its pixels have mean and standard deviation 0.5, unlike all others"},
    {"ViT-L-14", "datacomp_xl_s13b_b90k", "laion/CLIP-ViT-L-14-DataComp.XL-s13B-b90K", MIT, false, false, false, NULL},
    {"ViT-L-14", "dfn2b", "apple/DFN2B-CLIP-ViT-L-14", APPLE, true, false, false, NULL},
    {"ViT-L-14", "dfn2b_s39b", "apple/DFN2B-CLIP-ViT-L-14-39B", APPLE, false, false, false,
     "GELU, unlike the other DFN models"},
    {"ViT-L-14", "metaclip_400m", "timm/vit_large_patch14_clip_224.metaclip_400m", META, true, false, false, NULL},
    {"ViT-L-14", "metaclip_fullcc", "timm/vit_large_patch14_clip_224.metaclip_2pt5b", META, true, false, false, NULL},
    {"ViT-L-14-336", "openai", "timm/vit_large_patch14_clip_336.openai", MIT, true, false, false, NULL},

    {"ViT-H-14", "laion2b_s32b_b79k", "laion/CLIP-ViT-H-14-laion2B-s32B-b79K", MIT, false, false, false, NULL},
    {"ViT-H-14", "dfn5b", "apple/DFN5B-CLIP-ViT-H-14", APPLE, true, false, false, NULL},
    {"ViT-H-14", "metaclip_fullcc", "timm/vit_huge_patch14_clip_224.metaclip_2pt5b", META, true, false, false, NULL},
    {"ViT-H-14", "metaclip_altogether", "timm/vit_huge_patch14_clip_224.metaclip_altogether", META, false, false, false,
     "GELU, unlike the other MetaCLIP models"},
    {"ViT-H-14-378", "dfn5b", "apple/DFN5B-CLIP-ViT-H-14-378", APPLE, true, false, false, NULL},

    {"ViT-g-14", "laion2b_s34b_b88k", "laion/CLIP-ViT-g-14-laion2B-s34B-b88K", MIT, false, false, false, NULL},
    {"ViT-g-14", "laion2b_s12b_b42k", "laion/CLIP-ViT-g-14-laion2B-s12B-b42K", MIT, false, false, false, NULL},
    {"ViT-bigG-14", "laion2b_s39b_b160k", "laion/CLIP-ViT-bigG-14-laion2B-39B-b160k", MIT, false, false, false, NULL},
    {"ViT-bigG-14", "metaclip_fullcc", "timm/vit_gigantic_patch14_clip_224.metaclip_2pt5b", META, true, false, false, NULL},
    {0},
};

/* mlp is open_clip's int(width * mlp_ratio). */
static const struct shape {
    const char *name;
    int embed_dim, image_size, patch_size;
    struct alfa__tower_config vision, text; /* width, layers, heads, mlp */
} shapes[] = {
    {"ViT-B-32",          512, 224, 32, {768, 12, 12, 3072},   {512, 12, 8, 2048}},
    {"ViT-B-32-256",      512, 256, 32, {768, 12, 12, 3072},   {512, 12, 8, 2048}},
    {"ViT-B-16",          512, 224, 16, {768, 12, 12, 3072},   {512, 12, 8, 2048}},
    {"ViT-B-16-plus-240", 640, 240, 16, {896, 12, 14, 3584},   {640, 12, 10, 2560}},
    {"ViT-L-14",          768, 224, 14, {1024, 24, 16, 4096},  {768, 12, 12, 3072}},
    {"ViT-L-14-336",      768, 336, 14, {1024, 24, 16, 4096},  {768, 12, 12, 3072}},
    {"ViT-H-14",         1024, 224, 14, {1280, 32, 16, 5120},  {1024, 24, 16, 4096}},
    {"ViT-H-14-378",     1024, 378, 14, {1280, 32, 16, 5120},  {1024, 24, 16, 4096}},
    {"ViT-g-14",         1024, 224, 14, {1408, 40, 16, 6144},  {1024, 24, 16, 4096}},
    {"ViT-bigG-14",      1280, 224, 14, {1664, 48, 16, 8192},  {1280, 32, 20, 5120}},
    {0},
};
/* clang-format on */

/* ------------------------------------------------------------------ finding a row */

static int plain(char letter)
{
    return letter == '_' || letter == '/' ? '-' : tolower((unsigned char)letter);
}

/* Whether the size first letters of text are name. */
static bool is_same(const char *text, size_t size, const char *name)
{
    for (size_t i = 0; i < size; i++)
        if (!name[i] || plain(text[i]) != plain(name[i]))
            return false;
    return !name[size];
}

const struct alfa__known *alfa__known_find(const char *name)
{
    static const char suffix[] = "-quickgelu";
    const size_t all = strcspn(name, ":"), size = sizeof suffix - 1;
    const char *tag = name[all] ? name + all + 1 : NULL;
    const bool quick = all > size && is_same(name + all - size, size, suffix);
    for (const struct alfa__known *row = alfa__known_models; row->shape; row++)
        if (is_same(name, quick ? all - size : all, row->shape) && (!quick || row->quick_gelu) &&
            (!tag || is_same(tag, strlen(tag), row->tag)))
            return row;
    return NULL;
}

const struct alfa__known *alfa__known_repository(const char *repository)
{
    for (const struct alfa__known *row = alfa__known_models; row->shape; row++)
        if (strcmp(row->repository, repository) == 0)
            return row;
    return NULL;
}

/* ------------------------------------------------------------------ what a row is */

void alfa__known_config(struct alfa__config *out, const struct alfa__known *known)
{
    static const float mean[3] = {0.48145466f, 0.4578275f, 0.40821073f};
    static const float std[3] = {0.26862954f, 0.26130258f, 0.27577711f};
    const struct shape *shape = shapes;
    while (strcmp(shape->name, known->shape) != 0)
        shape++;
    *out = (struct alfa__config){.layout = ALFA__OPEN_CLIP,
                                 .quick_gelu = known->quick_gelu,
                                 .embed_dim = shape->embed_dim,
                                 .image_size = shape->image_size,
                                 .patch_size = shape->patch_size,
                                 .vision = shape->vision,
                                 .text = shape->text,
                                 .context_length = 77,
                                 .vocab_size = 49408,
                                 .epsilon = 1e-5};
    for (int i = 0; i < 3; i++) {
        out->mean[i] = known->half ? 0.5f : mean[i];
        out->std[i] = known->half ? 0.5f : std[i];
    }
}

/* Two norms, q, k, v and out, and an MLP, each with its biases. */
static long long count_blocks(const struct alfa__tower_config *tower)
{
    const long long w = tower->width, mlp = tower->mlp;
    return tower->layers * (4 * w + 4 * w * w + 4 * w + 2 * w * mlp + mlp + w);
}

long long alfa__known_parameters(const struct alfa__config *c)
{
    const long long vision = c->vision.width, text = c->text.width;
    const long long grid = c->image_size / c->patch_size;
    return vision * 3 * c->patch_size * c->patch_size + vision * (grid * grid + 2) + 4 * vision +
           count_blocks(&c->vision) + vision * c->embed_dim + (long long)c->vocab_size * text +
           (long long)c->context_length * text + count_blocks(&c->text) + 2 * text + text * c->embed_dim + 1;
}
