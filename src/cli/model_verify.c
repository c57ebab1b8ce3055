/* alfa model verify: whether downloaded files are still what they were. */
#include "cli/model.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/files.h"
#include "base/status.h"
#include "base/strings.h"
#include "cli/locate.h"
#include "cli/options.h"
#include "cli/progress.h"
#include "cli/talk.h"
#include "hub/verify.h"

struct watch {
    const char *folder;
    bool quiet;
};

static void print_verdict(void *context, const char *name, enum alfa__verdict verdict)
{
    static const char *const words[] = {
        [ALFA__VERDICT_GOOD] = "good",
        [ALFA__VERDICT_DAMAGED] = "DAMAGED",
        [ALFA__VERDICT_MISSING] = "MISSING",
        [ALFA__VERDICT_UNKNOWN] = "unknown",
    };
    const struct watch *watch = context;
    alfa__progress_hide();
    if (verdict == ALFA__VERDICT_DAMAGED || verdict == ALFA__VERDICT_MISSING || !watch->quiet)
        alfa__talk_print("%-8s %s/%s\n", words[verdict], watch->folder, name);
}

static bool step(void *context, long long done)
{
    (void)context;
    if (done == 1 << 20) /* the first piece of a file that is not small */
        alfa__progress_say("computing hashes");
    return !alfa__signals_caught();
}

static char *folder_of(const char *path)
{
    const size_t size = (size_t)(alfa__path_name(path) - path);
    if (alfa__folder_exists(path))
        return alfa__must(alfa__strdup(path));
    return alfa__must(size > 1 ? alfa__format("%.*s", (int)size - 1, path) : alfa__strdup(size ? "/" : "."));
}

/* A folder, or that of a file; of a model that comes with alfa, or of one in the hub's cache. */
static enum alfa_status find_folder(char **out, const char *name, const struct alfa__options *options,
                                    struct alfa_error *err)
{
    struct alfa__options asked = *options;
    struct alfa__located located;
    asked.model = name;
    ALFA__TRY(alfa__locate_model(&located, &asked, err));
    *out = folder_of(located.path);
    alfa__located_free(&located);
    return ALFA_OK;
}

/* Files of which nothing is known do no harm beside others that were checked. */
static enum alfa_status judge(const char *name, const int *counts, struct alfa_error *err)
{
    const int bad = counts[ALFA__VERDICT_DAMAGED] + counts[ALFA__VERDICT_MISSING];
    if (bad > 0)
        return alfa__fail(
            err, ALFA_ERROR_INPUT, name,
            "%d of its files damaged or missing; take them anew from where they came ('alfa model pull "
            "--again' for the hub)",
            bad);
    if (counts[ALFA__VERDICT_GOOD] == 0)
        return alfa__fail(
            err, ALFA_ERROR_INPUT, name,
            "nothing here says what its hashes were: it has no SHA256SUMS and does not lie in a "
            "cache of the hub");
    return ALFA_OK;
}

static int verify_one(const char *name, const struct alfa__options *options)
{
    struct alfa_error err;
    char *folder;
    int counts[ALFA__VERDICTS];
    if (find_folder(&folder, name, options, &err) != ALFA_OK)
        return alfa__talk_fail(&err);
    struct watch watch = {folder, options->quiet};
    const struct alfa__verify verify = {print_verdict, step, &watch};
    enum alfa_status status = alfa__verify_folder(counts, folder, &verify, &err);
    alfa__progress_hide();
    if (status == ALFA_OK)
        status = judge(name, counts, &err);
    free(folder);
    return status == ALFA_OK ? 0 : alfa__talk_fail(&err);
}

int alfa__model_verify(const struct alfa__options *options)
{
    struct alfa_error err;
    int code = 0;
    if (options->argument_count == 0) {
        alfa__fail(&err, ALFA_ERROR_USAGE, "model verify",
                   "needs a folder or the name of a model; 'alfa model list' shows them");
        return alfa__talk_fail(&err);
    }
    for (int i = 0; i < options->argument_count && !alfa__signals_caught(); i++) {
        const int one = verify_one(options->arguments[i], options);
        code = one ? one : code;
    }
    return code;
}
