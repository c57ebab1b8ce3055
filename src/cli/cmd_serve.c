/* alfa serve and alfa export: find the folders, and hand over to src/serve. */
#include <jansson.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/files.h"
#include "base/status.h"
#include "base/strings.h"
#include "cli/afar.h"
#include "cli/commands.h"
#include "cli/locate.h"
#include "cli/messages.h"
#include "cli/options.h"
#include "cli/progress.h"
#include "cli/talk.h"
#include "serve/export.h"
#include "serve/serve.h"

static bool is_over(void)
{
    return alfa__signals_caught() != 0;
}

static void say(const char *line)
{
    alfa__talk_note(NULL, "%s", line);
}

/* Where inspections are kept when nobody said where; NULL: HOME is not set. */
static char *default_store(void)
{
    return alfa__locate_home("XDG_DATA_HOME", ".local/share");
}

/* A socket that systemd opened (sd_listen_fds); 0: none. */
static int passed_socket(void)
{
    const char *pid = getenv("LISTEN_PID"), *count = getenv("LISTEN_FDS");
    return pid && count && strtol(pid, NULL, 10) == (long)getpid() && strcmp(count, "1") == 0 ? 3 : 0;
}

/* ------------------------------------------------------------------ messages */

/* What was answered, with the id and the time that all messages have in front: a kept inspection has a number
 * of its own, any other a random one. */
static void hear(void *context, const json_t *report)
{
    char id[64] = "unkept", now[32];
    const json_t *number = json_object_get(report, "id");
    uint64_t random = 0;
    alfa__clock_utc(now);
    if (json_is_integer(number))
        snprintf(id, sizeof id, "%lld", (long long)json_integer_value(number));
    else if (getrandom(&random, sizeof random, 0) == (ssize_t)sizeof random)
        snprintf(id, sizeof id, "unkept-%016llx", (unsigned long long)random);
    json_t *message = json_pack("{s:s, s:s}", "id", id, "time", now);
    if (message)
        json_object_update_missing(message, (json_t *)report);
    char *text = message ? json_dumps(message, JSON_REAL_PRECISION(9)) : NULL;
    if (text)
        alfa__mqtt_send(context, text);
    free(text);
    json_decref(message);
}

static void beat(void *context)
{
    alfa__mqtt_tick(context);
}

/* The outbox lies beside what is kept. */
static enum alfa_status open_messages(struct alfa__mqtt **out, const struct alfa__options *options,
                                      const char *folder, struct alfa_error *err)
{
    char *beside = alfa__must(alfa__format("%s/messages", folder));
    enum alfa_status status = options->mqtt ? alfa__folder_make(folder, err) : ALFA_OK;
    *out = NULL;
    if (status == ALFA_OK)
        status = alfa__messages_open(out, options, beside, err);
    free(beside);
    return status;
}

/* ------------------------------------------------------------------ serving */

/* *out NULL without --amqp: this server judges. */
static enum alfa_status open_fleet(struct alfa__afar **out, const struct alfa__options *options,
                                   const struct alfa_model *model, struct alfa_error *err)
{
    static const char *const names[] = {"amqp-user-file", "amqp-ca", "fleet", "share",
                                        "limit",          "window",  NULL};
    char dashed[ALFA__OPTION_DASHED];
    if (options->amqp)
        return alfa__afar_open(out, options, alfa_model_info(model)->name, err);
    if (alfa__options_any(dashed, options, names))
        return alfa__fail(err, ALFA_ERROR_USAGE, dashed, "goes with --amqp URL, the broker of the workers");
    return ALFA_OK;
}

static enum alfa_status serve(const struct alfa__options *options, const char *folder,
                              const struct alfa_model *model, struct alfa_error *err)
{
    struct alfa__mqtt *mqtt;
    struct alfa__afar *afar = NULL;
    struct alfa__elsewhere workers;
    ALFA__TRY(open_fleet(&afar, options, model, err));
    if (afar)
        workers = alfa__afar_judges(afar);
    enum alfa_status status = open_messages(&mqtt, options, folder, err);
    char *prompts = alfa__locate_prompt_sets(options);
    struct alfa__serve_options how = {.port = options->port,
                                      .host = options->host,
                                      .name = options->name,
                                      .folder = folder,
                                      .prompts = prompts,
                                      .banks = options->banks,
                                      .token_file = options->token_file,
                                      .cert = options->cert,
                                      .key = options->key,
                                      .keep_days = options->keep_days,
                                      .keep_gb = options->keep_gb,
                                      .socket = passed_socket(),
                                      .queue = options->queue,
                                      .elsewhere = afar ? &workers : NULL,
                                      .model = model,
                                      .threads = options->threads,
                                      .stop = is_over,
                                      .say = say,
                                      .hear = mqtt ? hear : NULL,
                                      .beat = mqtt ? beat : NULL,
                                      .context = mqtt};
    if (status == ALFA_OK)
        status = alfa__serve(&how, err);
    alfa__mqtt_close(mqtt);
    alfa__afar_close(afar);
    free(prompts);
    return status;
}

int alfa__cmd_serve(const struct alfa__options *options)
{
    struct alfa_error err;
    struct alfa_model *model = NULL;
    enum alfa_status status = ALFA_OK;
    char *folder = options->store ? alfa__must(alfa__strdup(options->store)) : default_store();
    if (options->argument_count > 0)
        status = alfa__fail(&err, ALFA_ERROR_USAGE, options->arguments[0],
                            "'alfa serve' takes options only; pictures are sent to it");
    else if (!folder)
        status = alfa__fail(&err, ALFA_ERROR_USAGE, "--data", "is needed: HOME is not set");
    if (status == ALFA_OK)
        status = alfa__open_model(&model, options, &err);
    if (status == ALFA_OK)
        status = serve(options, folder, model, &err);
    alfa_model_free(model);
    free(folder);
    if (status != ALFA_OK)
        return alfa__talk_fail(&err);
    alfa__signals_forget();
    return 0;
}

/* ------------------------------------------------------------------ export */

static void step(int done, int all)
{
    if (done == 1)
        alfa__progress_start(all, "inspections");
    alfa__progress_step(done);
}

static enum alfa_status check_export(const struct alfa__options *options, const char *folder,
                                     struct alfa_error *err)
{
    if (options->argument_count > 0)
        return alfa__fail(err, ALFA_ERROR_USAGE, options->arguments[0],
                          "'alfa export' takes options only; for example: alfa export -o seen/");
    if (!options->out)
        return alfa__fail(err, ALFA_ERROR_USAGE, "--out", "is needed: the folder that is written");
    if (!folder)
        return alfa__fail(err, ALFA_ERROR_USAGE, "--data", "is needed: HOME is not set");
    return ALFA_OK;
}

int alfa__cmd_export(const struct alfa__options *options)
{
    struct alfa_error err;
    struct alfa__export_counts counts;
    char *folder = options->store ? alfa__must(alfa__strdup(options->store)) : default_store();
    const struct alfa__export_options how = {.store = folder,
                                             .out = options->out,
                                             .class_name = options->class_name,
                                             .stop = is_over,
                                             .step = step};
    enum alfa_status status = check_export(options, folder, &err);
    if (status == ALFA_OK)
        status = alfa__export(&counts, &how, &err);
    alfa__progress_stop();
    free(folder);
    if (status != ALFA_OK)
        return alfa__talk_fail(&err);
    alfa__talk_note(NULL, "%d good, %d bad and %d other pictures are in %s", counts.good, counts.bad,
                    counts.unknown, options->out);
    if (counts.failed > 0)
        alfa__talk_note(NULL, "%d could not be read", counts.failed);
    return counts.failed > 0 ? alfa__talk_exit_code(ALFA_ERROR_INPUT) : 0;
}
