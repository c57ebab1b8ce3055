/* alfa detect: opens what is needed, then image after image; a failed one never stops the others. */
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/status.h"
#include "base/strings.h"
#include "base/threads.h"
#include "cli/ahead.h"
#include "cli/commands.h"
#include "cli/frames.h"
#include "cli/json.h"
#include "cli/judging.h"
#include "cli/learning.h"
#include "cli/misplaced.h"
#include "cli/options.h"
#include "cli/outputs.h"
#include "cli/paths.h"
#include "cli/progress.h"
#include "cli/reading.h"
#include "cli/talk.h"
#include "dataset/words.h"

struct run {
    const struct alfa__options *options;
    struct alfa__inputs inputs;
    struct alfa__outputs *outputs;
    struct alfa__kit kit;
    struct alfa_error **failures; /* one an input, NULL where it went well */
    struct alfa__ahead *ahead;    /* NULL: one picture after the other */
    int threads, next;            /* of it, and the input that it may get next */
    bool begun;                   /* a picture was judged, and it was decided about ahead */
    int done, decided, anomalies, failed, skipped;
    int unwritten; /* of those failed: they were judged, which was said, and their files were not written */
    int more;      /* frames behind the first one of an input */
    bool cut;      /* a stream of frames was left before its end */
    int code;      /* the worst exit code so far, of all but files that failed: */
    int file_code; /* theirs */
    double start;
};

static const char *plural(int count)
{
    return count == 1 ? "" : "s";
}

/* ------------------------------------------------------------------ before any work */

static enum alfa_status check_options(const struct alfa__options *options, struct alfa_error *err)
{
    char dashed[ALFA__OPTION_DASHED];
    if (options->argument_count == 0)
        return alfa__fail(err, ALFA_ERROR_USAGE, "detect",
                          "needs an image or a folder; for example: alfa detect photo.jpg --class bottle");
    if (options->bank && options->normal)
        return alfa__fail(err, ALFA_ERROR_USAGE, "--bank", "and --normal exclude each other");
    if (!options->normal && alfa__options_any(dashed, options, alfa__learning_options))
        return alfa__fail(err, ALFA_ERROR_USAGE, dashed, "needs --normal DIR, or belongs to 'alfa learn'");
    if (options->json && options->csv)
        return alfa__fail(err, ALFA_ERROR_USAGE, "--csv", "and --json exclude each other");
    if (options->raw && alfa__options_given(options, "pages"))
        return alfa__fail(err, ALFA_ERROR_USAGE, "--pages", "and --raw exclude each other");
    if (options->raw && alfa_method_info((enum alfa_method)options->method)->together)
        return alfa__fail(err, ALFA_ERROR_USAGE, "--raw",
                          "can be read only once, and --method %s reads every image twice",
                          alfa_method_info((enum alfa_method)options->method)->name);
    if (options->explain_prompts && options->csv)
        return alfa__fail(err, ALFA_ERROR_USAGE, "--explain-prompts",
                          "has no column in a table; use --json, or neither");
    if (options->resume && !options->out)
        return alfa__fail(err, ALFA_ERROR_USAGE, "--resume",
                          "needs --out DIR: the report there knows what has been judged");
    if (options->resume && alfa_method_info((enum alfa_method)options->method)->together)
        return alfa__fail(err, ALFA_ERROR_USAGE, "--resume",
                          "has no meaning with --method %s, where all images judge each other",
                          alfa_method_info((enum alfa_method)options->method)->name);
    if (options->descriptors && !options->out)
        return alfa__fail(err, ALFA_ERROR_USAGE, "--descriptors", "needs --out DIR: they are for its report");
    return ALFA_OK;
}

/* Images that judge each other are looked at twice. */
static enum alfa_status check_twice(const struct alfa__options *options, struct alfa_error *err)
{
    const struct alfa_method_info *info = alfa_method_info((enum alfa_method)options->method);
    for (int i = 0; i < options->argument_count && info->together; i++)
        if (strcmp(options->arguments[i], "-") == 0)
            return alfa__fail(err, ALFA_ERROR_USAGE, "-",
                              "can be read only once, and --method %s reads every image twice", info->name);
    return ALFA_OK;
}

/* ------------------------------------------------------------------ opening */

static enum alfa_status check_decides(const struct run *run, struct alfa_error *err)
{
    return run->options->fail_on_anomaly ? alfa__kit_decides(&run->kit, "--fail-on-anomaly", err) : ALFA_OK;
}

/* With --normal: learns first. What was left out is said and counts as a failure in the exit code. */
static enum alfa_status learn_first(struct run *run, struct alfa_error *err)
{
    static const char *const nothing[] = {NULL};
    char *folder = (char *)run->options->normal;
    struct alfa__inputs inputs;
    struct alfa__lesson lesson;
    alfa__inputs_expand(&inputs, &folder, 1, nothing);
    enum alfa_status status = inputs.good ? alfa__learn_images(&run->kit, &lesson, &inputs, err)
                                          : (*err = *inputs.items[0].error, err->code);
    alfa__reading_left_out(&inputs);
    alfa__inputs_free(&inputs);
    if (status != ALFA_OK)
        return status;
    run->file_code = lesson.code;
    alfa__learn_note(run->kit.bank, NULL);
    alfa__learn_suggest_align(&lesson, run->options);
    return check_decides(run, err);
}

static void note_missing_map(const struct alfa__options *options)
{
    const struct alfa_method_info *info = alfa_method_info((enum alfa_method)options->method);
    if (options->out && !info->map)
        alfa__talk_note(NULL, "--method %s has no heat map: the report shows photographs and scores",
                        info->name);
}

static enum alfa_status open_all(struct run *run, struct alfa_error *err)
{
    const char *const written[] = {run->options->out, NULL}; /* maps are no images */
    ALFA__TRY(check_options(run->options, err));
    ALFA__TRY(alfa__kit_plan(&run->kit, run->options, run->options->bank, err));
    run->options = &run->kit.options;
    ALFA__TRY(alfa__outputs_check_apart(run->options, err));
    ALFA__TRY(check_decides(run, err));
    ALFA__TRY(check_twice(run->options, err));
    ALFA__TRY(alfa__reading_plan(run->options, err));
    ALFA__TRY(alfa__frames_plan(run->options->raw, err));
    alfa__inputs_expand(&run->inputs, run->options->arguments, run->options->argument_count, written);
    run->failures = alfa__must(calloc((size_t)run->inputs.count + 1, sizeof *run->failures));
    ALFA__TRY(alfa__outputs_open(&run->outputs, run->options, &run->inputs, err));
    if (run->inputs.good == 0) /* all that is left is to say what was wrong with each */
        return ALFA_OK;
    alfa__misplaced_note(&run->inputs, false);
    ALFA__TRY(alfa__kit_open(&run->kit, err));
    alfa_detector_explain(run->kit.detector, run->options->explain_prompts || run->options->out);
    if (!alfa_method_info((enum alfa_method)run->options->method)->windows)
        note_missing_map(run->options);
    else
        ALFA__TRY(
            alfa__outputs_describe(run->outputs, run->kit.model, alfa_prompts_class(run->kit.prompts), err));
    if (run->options->normal)
        ALFA__TRY(learn_first(run, err));
    ALFA__TRY(alfa__judging_begin(run->outputs, &run->kit, err));
    return alfa__kit_use_bank(&run->kit, err);
}

/* ------------------------------------------------------------------ the batch */

static void note_code(struct run *run, enum alfa_status status)
{
    int code = alfa__talk_exit_code(status);
    run->code = code > run->code ? code : run->code;
}

/* input is the i-th one, or one of its frames. */
static void fail_input(struct run *run, int i, const struct alfa__input *input, enum alfa_status status,
                       const struct alfa_error *err)
{
    run->failed++;
    if (!run->failures[i])
        run->failures[i] = alfa__must(malloc(sizeof *err));
    *run->failures[i] = *err;
    const int code = alfa__talk_exit_code(status);
    run->file_code = code > run->file_code ? code : run->file_code;
    alfa__outputs_failure(run->outputs, input, err);
    alfa__talk_error(err);
}

static void note_verdict(struct run *run, enum alfa__verdict verdict, enum alfa_status status)
{
    run->unwritten += verdict != ALFA__VERDICT_UNSAID && status != ALFA_OK;
    run->decided += verdict == ALFA__VERDICT_NORMAL || verdict == ALFA__VERDICT_ANOMALY;
    run->anomalies += verdict == ALFA__VERDICT_ANOMALY;
}

/* ------------------------------------------------------------------ frames */

/* Standard input may hold frames too. */
static bool may_be_frames(const struct alfa__input *input)
{
    const char *dot = strrchr(input->path, '.');
    return alfa__frames_are_raw() || strcmp(input->path, "-") == 0 || (dot && strcasecmp(dot, ".y4m") == 0);
}

static enum alfa_status judge_image(struct run *run, const struct alfa__input *input,
                                    const struct alfa_image *image, struct alfa_error *err)
{
    enum alfa__verdict verdict = ALFA__VERDICT_UNSAID;
    if (run->options->resume && alfa__outputs_knows(run->outputs, input)) {
        run->skipped++;
        return ALFA_OK;
    }
    enum alfa_status status = alfa__judging_image(&verdict, &run->kit, run->outputs, input, image, err);
    note_verdict(run, verdict, status);
    return status;
}

/* The next frame of the i-th input; false when there is none. Failures are told here. */
static bool judge_frame(struct run *run, int i, struct alfa__frames *frames, int number)
{
    const struct alfa__input *whole = &run->inputs.items[i];
    struct alfa_image *image;
    struct alfa_error err;
    enum alfa_status status = alfa__frames_next(&image, frames, &err);
    if (status == ALFA_OK && !image)
        return false;
    run->cut = status == ALFA_ERROR_STOPPED;
    if (run->cut)
        return false;
    struct alfa__input frame = {.path = alfa__must(alfa__format("%s[%d]", whole->path, number)),
                                .name = alfa__must(alfa__format("%s[%d]", whole->name, number)),
                                .file = whole->path,
                                .page = number};
    const struct alfa__input *input = number > 1 ? &frame : whole;
    run->more += number > 1;
    run->done += number > 1;
    if (status == ALFA_OK)
        status = judge_image(run, input, image, &err);
    if (status != ALFA_OK && status != ALFA_ERROR_STOPPED)
        fail_input(run, i, input, status, &err);
    run->cut = status == ALFA_ERROR_STOPPED;
    alfa__outputs_next(run->outputs);
    alfa__progress_step(run->done);
    alfa_image_free(image);
    free(frame.path);
    free(frame.name);
    return !run->cut;
}

static void judge_frames(struct run *run, int i, struct alfa__frames *frames)
{
    for (int number = 1; judge_frame(run, i, frames, number); number++)
        if (alfa__signals_caught() || alfa__talk_output_failed()) {
            run->cut = true;
            return;
        }
}

/* What turns out to be one picture, on standard input, is judged as such. */
static enum alfa_status judge_stream(struct run *run, int i, struct alfa_error *err)
{
    const struct alfa__input *input = &run->inputs.items[i];
    struct alfa__stream *stream;
    struct alfa__frames *frames;
    struct alfa_image *image = NULL;
    ALFA__TRY(alfa__stream_open(&stream, input->path, err));
    enum alfa_status status = alfa__frames_open(&frames, stream, input->path, err);
    if (frames) {
        judge_frames(run, i, frames);
        alfa__frames_free(frames);
        return ALFA_OK;
    }
    if (status == ALFA_OK)
        status = alfa__input_load_from(&image, input, stream, err);
    if (status == ALFA_OK)
        status = judge_image(run, input, image, err);
    alfa_image_free(image);
    alfa__stream_close(stream);
    return status;
}

/* ------------------------------------------------------------------ images */

static bool is_known(const struct run *run, int i)
{
    return run->options->resume && !may_be_frames(&run->inputs.items[i]) &&
           alfa__outputs_knows(run->outputs, &run->inputs.items[i]);
}

static bool may_be_looked_at(const struct run *run, int i)
{
    return !run->inputs.items[i].error && !run->failures[i] && !may_be_frames(&run->inputs.items[i]) &&
           !is_known(run, i);
}

/* The first picture is judged by all threads, to be there soon; it tells whether looking ahead pays. */
static void begin_ahead(struct run *run, int i, double seconds)
{
    const int threads = alfa__threads_of(run->options->threads);
    if (!run->begun && run->inputs.count - i > 2)
        run->ahead = alfa__ahead_start(&run->kit, run->outputs, threads, seconds);
    run->begun = true;
    run->threads = threads;
    run->next = i + 1;
}

/* Fewer pictures than threads are left: they share them. */
static void fill_ahead(struct run *run)
{
    for (; run->next < run->inputs.count && alfa__ahead_has_room(run->ahead); run->next++) {
        const int left = run->inputs.count - run->next;
        if (may_be_looked_at(run, run->next))
            alfa__ahead_give(run->ahead, &run->inputs.items[run->next], run->next,
                             left >= run->threads ? 1 : run->threads / left);
    }
}

static enum alfa_status judge_file(struct run *run, int i, enum alfa__verdict *verdict,
                                   struct alfa_error *err)
{
    const struct alfa__input *input = &run->inputs.items[i];
    const double start = alfa__clock();
    struct alfa__found found;
    const bool taken = alfa__ahead_take(&found, run->ahead, i);
    fill_ahead(run);
    if (!taken) {
        ALFA__TRY(alfa__judging_run(verdict, &run->kit, run->outputs, input, err));
        begin_ahead(run, i, alfa__clock() - start);
        fill_ahead(run);
        return ALFA_OK;
    }
    enum alfa_status status = alfa__judging_write(verdict, run->outputs, input, &found, err);
    alfa__found_free(&found);
    return status;
}

static enum alfa_status judge(struct run *run, int i, struct alfa_error *err)
{
    const struct alfa__input *input = &run->inputs.items[i];
    enum alfa__verdict verdict = ALFA__VERDICT_UNSAID;
    if (input->error)
        return *err = *input->error, err->code;
    if (may_be_frames(input))
        return judge_stream(run, i, err);
    enum alfa_status status = judge_file(run, i, &verdict, err);
    note_verdict(run, verdict, status);
    return status;
}

static enum alfa_status show(struct run *run, const struct alfa__input *input, struct alfa_error *err)
{
    struct alfa_image *image;
    if (input->error)
        return *err = *input->error, err->code;
    ALFA__TRY(alfa__input_load(&image, input, err));
    enum alfa_status status = alfa_detector_show(run->kit.detector, image, err);
    if (status != ALFA_OK && !*err->source)
        snprintf(err->source, sizeof err->source, "%s", input->path);
    alfa_image_free(image);
    return status;
}

/* The first of two looks at each image. */
static void show_all(struct run *run)
{
    struct alfa_error err;
    alfa__progress_start(run->inputs.count, "images looked at");
    for (int i = 0; i < run->inputs.count && !alfa__signals_caught(); i++) {
        enum alfa_status status = show(run, &run->inputs.items[i], &err);
        if (status == ALFA_ERROR_STOPPED)
            break;
        if (status != ALFA_OK)
            fail_input(run, i, &run->inputs.items[i], status, &err);
        alfa__progress_step(i + 1);
    }
    alfa__progress_stop();
}

static void judge_all(struct run *run)
{
    struct alfa_error err;
    if (alfa_method_info((enum alfa_method)run->options->method)->together)
        show_all(run);
    alfa__progress_start(run->inputs.count, "images");
    alfa__progress_say("looking at the first image");
    for (int i = 0; i < run->inputs.count && !alfa__signals_caught(); i++) {
        run->done++;
        if (is_known(run, i)) {
            run->skipped++;
        } else if (!run->failures[i]) { /* when it was shown */
            enum alfa_status status = judge(run, i, &err);
            if (status == ALFA_ERROR_STOPPED) { /* in the middle of a picture, which was not looked at */
                run->done--;
                break;
            }
            if (status != ALFA_OK)
                fail_input(run, i, &run->inputs.items[i], status, &err);
        }
        if (alfa__talk_output_failed()) {
            note_code(run, ALFA_ERROR_OUTPUT);
            break;
        }
        alfa__progress_step(run->done);
    }
    alfa__ahead_stop(run->ahead);
    alfa__progress_stop();
}

/* Where nearly everything is called: words alone cannot tell these pictures apart, or a bank is of another
 * time. */
static void suggest_learning(const struct run *run, int judged)
{
    enum { ENOUGH = 10 };
    const char *folder = run->options->arguments[0], *noun = alfa_prompts_class(run->kit.prompts);
    if (judged < ENOUGH || run->decided == 0 || run->anomalies < 0.9 * judged)
        return;
    if (run->kit.bank) {
        if (!alfa__name_is_bad(folder)) /* "parts/bad/" */
            alfa__judging_suggest_adding("nearly all are", &run->kit);
        return;
    }
    alfa__talk_note(
        NULL,
        "nearly all are called anomalies: words alone cannot tell these apart. Put two to ten good "
        "ones into a folder GOOD, then: alfa learn GOOD --class \"%s\" -o good.bank; alfa detect "
        "\"%s\" --bank good.bank. Where most of them are good, --method musc ranks them by each other",
        noun, folder);
}

static int total(const struct run *run)
{
    return run->inputs.count + run->more;
}

/* The closing lines: counts, what to do next, then what failed. */
static void sum_up(const struct run *run)
{
    double seconds = alfa__clock() - run->start;
    const int failed = run->failed - run->unwritten, judged = run->done - failed - run->skipped;
    alfa__reading_sum_up(&run->inputs);
    if (alfa__signals_caught())
        alfa__talk_note(NULL, "stopped after %d of %d images", run->done, total(run));
    if (run->skipped > 0)
        alfa__talk_note(NULL, "%d image%s judged before and skipped", run->skipped,
                        run->skipped == 1 ? " was" : "s were");
    if (judged > 0 && run->decided == 0)
        alfa__talk_note(NULL, "%d image%s judged without a threshold, %d failed; %.1f s", judged,
                        plural(judged), failed, seconds);
    else if (judged > 0)
        alfa__talk_note(NULL, "%d image%s: %d anomal%s, %d normal, %d failed; %.1f s",
                        run->done - run->skipped, plural(run->done - run->skipped), run->anomalies,
                        run->anomalies == 1 ? "y" : "ies", judged - run->anomalies, failed, seconds);
    suggest_learning(run, judged);
    if (run->failed == 0 || total(run) == 1)
        return;
    alfa__talk_note(NULL, "%d of %d %s:", run->failed, run->done - run->skipped,
                    run->unwritten == 0 ? "failed"
                    : failed == 0       ? "could not be written"
                                        : "failed or could not be written");
    for (int i = 0; i < run->inputs.count; i++)
        if (run->failures[i])
            alfa__talk_line("  %s: %s", run->failures[i]->source, run->failures[i]->message);
}

/* The last record of --json, when files were left out: how many, and the names of some. */
static void print_left_out(const struct alfa__inputs *inputs)
{
    if (!inputs->left_out)
        return;
    json_t *object = alfa__must(json_object()), *names = alfa__must(json_array());
    for (int i = 0; i < ALFA__MOST_LEFT && inputs->left[i]; i++)
        alfa__json_append(names, alfa__json_clean(inputs->left[i]));
    alfa__json_add(object, "left_out", json_integer(inputs->left_out));
    alfa__json_add(object, "files", names);
    alfa__json_print(object);
}

/* "complete: 12 images, 4 of them judged before · 2026-11-30T05:04:01Z" */
static char *describe(const struct run *run)
{
    char *about = alfa__must(
        run->done < total(run) ? alfa__format("stopped after %d of %d images", run->done, total(run))
        : run->cut             ? alfa__format("stopped after %d image%s", run->done, plural(run->done))
                               : alfa__format("complete: %d image%s", run->done, plural(run->done)));
    char before[64] = "", now[32];
    if (run->skipped)
        snprintf(before, sizeof before, ", %d of them judged before", run->skipped);
    alfa__clock_utc(now);
    char *all = alfa__must(alfa__format("%s%s · %s", about, before, now));
    free(about);
    return all;
}

static void close_all(struct run *run)
{
    for (int i = 0; run->failures && i < run->inputs.count; i++)
        free(run->failures[i]);
    free(run->failures);
    alfa__outputs_free(run->outputs);
    alfa__kit_close(&run->kit);
    alfa__inputs_free(&run->inputs);
}

int alfa__cmd_detect(const struct alfa__options *options)
{
    struct run run = {.options = options, .start = alfa__clock()};
    struct alfa_error err;
    enum alfa_status status = open_all(&run, &err);
    if (status == ALFA_OK) {
        judge_all(&run);
        char *about = describe(&run);
        status = alfa__outputs_finish(run.outputs, about, &err);
        free(about);
    }
    if (options->json && alfa__signals_caught() != SIGPIPE)
        print_left_out(&run.inputs);
    note_code(&run, status);
    if (status != ALFA_OK)
        alfa__talk_error(&err);
    if (run.done > 0 && alfa__signals_caught() != SIGPIPE)
        sum_up(&run);
    if (run.code == 0) /* an anomaly counts more than a file that could not be judged */
        run.code = run.anomalies > 0 && options->fail_on_anomaly ? 1 : run.file_code;
    close_all(&run);
    return run.code;
}
