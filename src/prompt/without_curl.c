/* In the place of libcurl in a build without it. */
#include "alfa_llm.h"
#include "base/status.h"

const char *alfa_drop_text(enum alfa_drop reason)
{
#define DROP_TEXT(name, text) text,
    static const char *const texts[] = {ALFA_DROP_LIST(DROP_TEXT)};
#undef DROP_TEXT
    return (unsigned)reason < ALFA_DROP_COUNT ? texts[reason] : "for another reason";
}

static enum alfa_status lacks(struct alfa_error *err)
{
    return alfa__fail(err, ALFA_ERROR_USAGE, "language model",
                      "cannot be asked: this libalfa was built without libcurl");
}

enum alfa_status alfa_prompts_generate(struct alfa_generation *out, const char *path, const char *class_name,
                                       const struct alfa_llm_options *options, struct alfa_error *err)
{
    (void)out, (void)path, (void)class_name, (void)options;
    return lacks(err);
}

enum alfa_status alfa_descriptors_generate(struct alfa_generation *out, const char *path,
                                           const char *class_name, const struct alfa_llm_options *options,
                                           struct alfa_error *err)
{
    (void)out, (void)path, (void)class_name, (void)options;
    return lacks(err);
}
