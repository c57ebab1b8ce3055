#include "cli/stock.h"

#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/files.h"
#include "base/status.h"
#include "base/strings.h"
#include "cli/locate.h"
#include "cli/talk.h"
#include "eval/look.h"

enum { MOST_MODELS = 16, MOST_DETECTORS = 256 };

struct shelf {
    char *name; /* NULL: empty */
    struct alfa_model *model;
    struct alfa__judge *judge;
    unsigned long long used;
};

struct alfa__stock {
    const struct alfa__options *options;
    const char *banks;
    char *prompts; /* folder of the shipped sets */
    double most;
    struct shelf shelves[MOST_MODELS];
    unsigned long long clock;
};

/* ------------------------------------------------------------------ models */

static void clear(struct shelf *shelf)
{
    alfa__judge_close(shelf->judge);
    alfa_model_free(shelf->model);
    free(shelf->name);
    *shelf = (struct shelf){0};
}

static enum alfa_status open_shelf(struct alfa__stock *stock, struct shelf *shelf, const char *name,
                                   struct alfa_error *err)
{
    struct alfa__options options = *stock->options;
    options.model = name;
    ALFA__TRY(alfa__open_model(&shelf->model, &options, err));
    enum alfa_status status =
        alfa__judge_open(&shelf->judge, shelf->model, stock->prompts, options.threads, err);
    if (status != ALFA_OK) {
        clear(shelf);
        return status;
    }
    alfa__judge_keep(shelf->judge, MOST_DETECTORS);
    shelf->name = alfa__must(alfa__strdup(name));
    return ALFA_OK;
}

/* name NULL: the worker's own. */
static enum alfa_status find_shelf(struct alfa__stock *stock, struct shelf **out, const char *name,
                                   struct alfa_error *err)
{
    struct shelf *oldest = &stock->shelves[0];
    name = name ? name : stock->options->model;
    for (int i = 0; i < MOST_MODELS; i++) {
        struct shelf *shelf = *out = &stock->shelves[i];
        if (shelf->name && strcmp(shelf->name, name) == 0) {
            shelf->used = ++stock->clock;
            return ALFA_OK;
        }
        oldest = shelf->used < oldest->used ? shelf : oldest;
    }
    clear(oldest);
    *out = oldest;
    ALFA__TRY(open_shelf(stock, oldest, name, err));
    oldest->used = ++stock->clock;
    return ALFA_OK;
}

enum alfa_status alfa__stock_open(struct alfa__stock **out, const struct alfa__options *options,
                                  const char *banks, double most, struct alfa_error *err)
{
    struct alfa__stock *stock = alfa__must(calloc(1, sizeof *stock));
    struct shelf *shelf;
    *out = NULL;
    stock->options = options;
    stock->banks = banks;
    stock->most = most;
    stock->prompts = alfa__locate_prompt_sets(options);
    enum alfa_status status = banks && !alfa__folder_exists(banks)
                                  ? alfa__fail(err, ALFA_ERROR_INPUT, banks, "is no folder")
                                  : find_shelf(stock, &shelf, NULL, err);
    if (status == ALFA_OK)
        *out = stock;
    else
        alfa__stock_free(stock);
    return status;
}

void alfa__stock_free(struct alfa__stock *stock)
{
    if (!stock)
        return;
    for (int i = 0; i < MOST_MODELS; i++)
        clear(&stock->shelves[i]);
    free(stock->prompts);
    free(stock);
}

/* ------------------------------------------------------------------ memory */

/* Bytes that the program has asked for and not given back; the system may have lent it more. */
static double in_use(void)
{
    const struct mallinfo2 info = mallinfo2();
    return (double)info.uordblks + (double)info.hblkhd;
}

/* Closes one thing, but never what was used last; false when nothing else is left. */
static bool close_oldest(struct alfa__stock *stock)
{
    struct shelf *oldest = NULL, *newest = NULL;
    for (int i = 0; i < MOST_MODELS; i++) {
        struct shelf *shelf = &stock->shelves[i];
        if (!shelf->name)
            continue;
        oldest = !oldest || shelf->used < oldest->used ? shelf : oldest;
        newest = !newest || shelf->used > newest->used ? shelf : newest;
    }
    if (alfa__judge_shrink(oldest->judge))
        return true;
    if (oldest == newest)
        return false;
    clear(oldest);
    return true;
}

static void make_room(struct alfa__stock *stock)
{
    bool closed = false;
    while (stock->most > 0 && in_use() > stock->most && close_oldest(stock))
        closed = true;
    if (closed)
        malloc_trim(0);
}

void alfa__stock_count(struct alfa__stock *stock, int *models, int *detectors)
{
    *models = *detectors = 0;
    for (int i = 0; i < MOST_MODELS; i++)
        if (stock->shelves[i].name) {
            ++*models;
            *detectors += alfa__judge_detectors(stock->shelves[i].judge);
        }
}

/* ------------------------------------------------------------------ judging */

/* The file whose bytes have that hash. */
static enum alfa_status check_bank(const char *path, const char *hash, struct alfa_error *err)
{
    char digest[ALFA__DIGEST_TEXT];
    if (access(path, R_OK) != 0 && errno == ENOENT)
        return alfa__fail(err, ALFA_ERROR_INPUT, "bank", "%s is not among those of --banks", hash);
    ALFA__TRY(alfa__digest_file(digest, path, ALFA__DIGEST_SHA256, NULL, NULL, err));
    return strcmp(digest, hash) == 0
               ? ALFA_OK
               : alfa__fail(err, ALFA_ERROR_INPUT, path,
                            "is damaged: its bytes have another hash than its name says");
}

static enum alfa_status ask(struct alfa__question *q, const struct alfa__job *job, struct alfa_error *err)
{
    *q = (struct alfa__question){.class_name = job->class_name ? job->class_name : "",
                                 .tiles = job->tiles,
                                 .prompts = job->prompts,
                                 .threshold = job->threshold,
                                 .most_prompts = job->explain ? job->prompt_count : 0,
                                 .plain = !job->explain};
    if (job->method && !alfa__judge_method(&q->method, job->method))
        return alfa__fail(err, ALFA_ERROR_INPUT, "method", "\"%s\" is none that judges pictures one by one",
                          job->method);
    if (alfa_method_info(q->method)->needs_bank && !job->bank)
        return alfa__fail(err, ALFA_ERROR_INPUT, "method", "%s needs a bank", job->method);
    return ALFA_OK;
}

/* A bank says what its class is. */
static enum alfa_status check_class(const struct alfa__opinion *opinion, const struct alfa__job *job,
                                    struct alfa_error *err)
{
    const char *noun = json_string_value(json_object_get(opinion->report, "class"));
    if (!job->bank || !job->class_name || !noun || alfa__same_noun(job->class_name, noun))
        return ALFA_OK;
    return alfa__fail(err, ALFA_ERROR_INPUT, "bank", "is for the class \"%s\", not \"%s\"", noun,
                      job->class_name);
}

enum alfa_status alfa__stock_judge(struct alfa__stock *stock, struct alfa__opinion *out,
                                   const struct alfa__job *job, const struct alfa_image *image,
                                   struct alfa_error *err)
{
    struct alfa__question q;
    struct shelf *shelf;
    char *path = NULL, digits[16] = "";
    ALFA__TRY(ask(&q, job, err));
    if (job->bank && !stock->banks)
        return alfa__fail(err, ALFA_ERROR_INPUT, "bank", "needs a worker with --banks DIR");
    ALFA__TRY(find_shelf(stock, &shelf, job->model, err));
    if (job->bank) { /* 60 bits of the hash tell detectors apart */
        memcpy(digits, job->bank, 15);
        q.bank = strtoll(digits, NULL, 16);
        q.bank = q.bank ? q.bank : 1;
        q.bank_path = path = alfa__must(alfa__format("%s/%s.bank", stock->banks, job->bank));
    }
    const bool is_new = !alfa__judge_has(shelf->judge, &q);
    enum alfa_status status = is_new && path ? check_bank(path, job->bank, err) : ALFA_OK;
    if (status == ALFA_OK)
        status = alfa__judge_run(shelf->judge, out, &q, image, err);
    if (status == ALFA_OK) {
        status = check_class(out, job, err);
        if (status != ALFA_OK)
            alfa__opinion_free(out);
    }
    if (is_new)
        make_room(stock);
    free(path);
    return status;
}

enum alfa_status alfa__stock_look(struct alfa__stock *stock, const struct alfa__job *job, const char *path,
                                  struct alfa_error *err)
{
    const char *folder = stock->options->features;
    struct shelf *shelf;
    if (!folder)
        return alfa__fail(
            err, ALFA_ERROR_INPUT, "look",
            "needs a worker with --features DIR, the folder that 'alfa eval' has as --features");
    ALFA__TRY(find_shelf(stock, &shelf, job->model, err));
    enum alfa_status status = alfa__look_run(job->look, shelf->model, folder, path, err);
    if (status == ALFA_ERROR_INPUT && err && strcmp(err->source, path) == 0)
        snprintf(err->source, sizeof err->source, "%s", job->name);
    return status;
}
