/* The paper's queries, asked until there are enough sentences, and the file that comes of it.
 *   4.2  "How to identify an abnormal bottle in an image?"
 *   5.3  "state the description beginning with: An abnormal image of bottle"
 *   5.4  "What are useful descriptions for distinguishing an anomaly bottle in a photo?"
 * Every change of a text here is a change of ALFA_LLM_QUERIES. */
#include "base/files.h"
#include "base/json.h"
#include "base/options.h"
#include "base/strings.h"
#include "base/writer.h"
#include "prompt/answer.h"
#include "prompt/llm.h"

#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    FEWEST = 16, /* sentences a side (paper 5.3: 16 to 144) */
    MOST = 144,
    FEWEST_DESCRIPTORS = 5, /* Figure 6 shows five */
    MOST_DESCRIPTORS = 14,
    ROUNDS = 12,  /* questions a side */
    PATIENCE = 2, /* questions in a row that may give nothing new */
    ASKED = 24    /* sentences a question asks for */
};

static const char *const aspects[] = {
    "its surface, colour and texture",     "its shape, outline and size",
    "its parts and whether all are there", "its edges, corners and joints",
    "dirt, stains and foreign matter",     "how it lies or is put together",
    "small details that are easy to miss",
};

struct job {
    struct alfa_llm_options options;
    struct alfa__llm *llm;
    struct alfa_prompts *noun; /* of which only the class is used */
    const char *class_name, *domain;
    char *manner;
    struct alfa__sentences sides[2];
    struct alfa__string asked;      /* the questions as comment lines */
    struct alfa__string transcript; /* the questions and answers as JSON lines */
    struct alfa_generation result;
    int unbegun;  /* answers that were stopped at their limit of length before they began */
    char end[24]; /* why an answer that is blank ended otherwise, such as "content_filter" */
};

const char *alfa_drop_text(enum alfa_drop reason)
{
#define DROP_TEXT(name, text) text,
    static const char *const texts[] = {ALFA_DROP_LIST(DROP_TEXT)};
#undef DROP_TEXT
    return (unsigned)reason < ALFA_DROP_COUNT ? texts[reason] : "for another reason";
}

/* ------------------------------------------------------------------ questions */

static const char *side_word(enum alfa_side side)
{
    return side == ALFA_NORMAL ? "normal" : "abnormal";
}

static char *write_question(const struct job *job, enum alfa_side side, int round)
{
    struct alfa__string out = {0};
    const char *noun = job->class_name, *word = side_word(side);
    const char *an = side == ALFA_NORMAL ? "a" : "an";
    if (round % 2 == 0)
        alfa__string_appendf(&out, "How to identify %s %s %s in an image?", an, word, noun);
    else
        alfa__string_appendf(&out, "What are useful descriptions for distinguishing %s %s in a photo?",
                             side == ALFA_NORMAL ? "a normal" : "an anomaly", noun);
    if (!job->options.own_words)
        alfa__string_appendf(&out, " State the description beginning with: A%s %s image of %s.", an + 1, word,
                             noun);
    alfa__string_appendf(&out, " Give %d different descriptions.", (int)ASKED);
    if (round > 0)
        alfa__string_appendf(&out, " Think of %s.", aspects[(size_t)(round - 1) % G_N_ELEMENTS(aspects)]);
    if (!alfa__string_ok(&out))
        alfa__string_free(&out);
    return out.text;
}

static char *write_descriptor_question(const struct job *job)
{
    return alfa__format(
        "Q: What are useful descriptions for distinguishing an anomaly %s in a photo?\n"
        "A: There are several key descriptions to tell there is an anomaly %s in a photo:\n- ",
        job->class_name, job->class_name);
}

/* A comment for the file; the lines of a question become one. */
static void note_question(struct job *job, const char *question)
{
    alfa__string_append(&job->asked, "#   ");
    for (const char *p = question; *p; p++)
        alfa__string_append_bytes(&job->asked, *p == '\n' ? " " : p, 1);
    alfa__string_append(&job->asked, "\n");
}

/* ------------------------------------------------------------------ asking */

static enum alfa_status note_answer(struct job *job, const char *question,
                                    const struct alfa__llm_answer *answer, struct alfa_error *err)
{
    json_t *line =
        json_pack("{s:s, s:s, s:b}", "question", question, "answer", answer->text, "cut", answer->cut);
    char *text = line ? json_dumps(line, JSON_COMPACT) : NULL;
    if (text)
        alfa__string_appendf(&job->transcript, "%s\n", text);
    json_decref(line);
    free(text);
    return text && alfa__string_ok(&job->transcript) ? ALFA_OK : alfa__fail_memory(err, strlen(answer->text));
}

typedef enum alfa_status read_answer(struct alfa__harvest *, const char *, bool, struct alfa_error *);

/* Asks and takes what is usable; frees question. */
static enum alfa_status ask(struct job *job, char *question, struct alfa__harvest *harvest, read_answer *read,
                            struct alfa_error *err)
{
    struct alfa__llm_answer answer;
    if (!question)
        return alfa__fail_memory(err, 1);
    note_question(job, question);
    enum alfa_status status = alfa__llm_ask(job->llm, &answer, job->manner, question, err);
    if (status == ALFA_OK) {
        job->result.requests++;
        job->unbegun += answer.cut && alfa__answer_is_blank(answer.text);
        if (!answer.cut && strcmp(answer.end, "stop") != 0 && alfa__answer_is_blank(answer.text))
            memcpy(job->end, answer.end, sizeof job->end);
        status = note_answer(job, question, &answer, err);
    }
    if (status == ALFA_OK)
        status = read(harvest, answer.text, answer.cut, err);
    free(question);
    free(answer.text);
    return status;
}

/* "12 duplicates, 3 cut off", or "nothing" */
static char *list_drops(const struct alfa_generation *result)
{
    struct alfa__string out = {0};
    for (enum alfa_drop i = 0; i < ALFA_DROP_COUNT; i++)
        if (result->dropped[i])
            alfa__string_appendf(&out, "%s%d %s", out.size ? ", " : "", result->dropped[i],
                                 alfa_drop_text(i));
    if (!out.size)
        alfa__string_append(&out, "nothing");
    if (!alfa__string_ok(&out))
        alfa__string_free(&out);
    return out.text;
}

static enum alfa_status fail_few(struct job *job, const char *what, int kept, int needed,
                                 struct alfa_error *err)
{
    char *drops = list_drops(&job->result);
    enum alfa_status status = alfa__fail(
        err, ALFA_ERROR_RUNTIME, alfa__llm_host(job->llm),
        "gave %d usable %s in %d answers, %d are needed; left out: %s%s%s", kept, what, job->result.requests,
        needed, drops ? drops : "?",
        job->unbegun
            ? "; answers ended at the endpoint's limit of length before they began: raise that limit, or "
              "switch reasoning off"
        : *job->end ? "; finish_reason of the empty ones: "
                    : "",
        job->unbegun ? "" : job->end);
    free(drops);
    return status;
}

static struct alfa__harvest new_harvest(struct job *job, enum alfa_side side, int limit)
{
    return (struct alfa__harvest){.noun = job->class_name,
                                  .side = side,
                                  .clip = job->options.clip,
                                  .limit = limit,
                                  .kept = &job->sides[side],
                                  .dropped = job->result.dropped,
                                  .stop = job->options.stop,
                                  .context = job->options.context};
}

static enum alfa_status collect_side(struct job *job, enum alfa_side side, struct alfa_error *err)
{
    struct alfa__harvest harvest = new_harvest(job, side, job->options.count);
    read_answer *read = job->options.own_words ? alfa__answer_own_words : alfa__answer_read;
    struct alfa__sentences *kept = harvest.kept;
    char what[64];
    enum alfa_status status = ALFA_OK;
    for (int round = 0, idle = 0;
         status == ALFA_OK && round < ROUNDS && idle < PATIENCE && kept->count < harvest.limit; round++) {
        int before = kept->count;
        status = ask(job, write_question(job, side, round), &harvest, read, err);
        idle = kept->count > before ? 0 : idle + 1;
    }
    alfa__harvest_free(&harvest);
    ALFA__TRY(status);
    job->result.kept[side] = kept->count;
    snprintf(what, sizeof what, "%s sentences", side_word(side));
    return kept->count < FEWEST ? fail_few(job, what, kept->count, FEWEST, err) : ALFA_OK;
}

static enum alfa_status collect_prompts(struct job *job, struct alfa_error *err)
{
    ALFA__TRY(collect_side(job, ALFA_NORMAL, err));
    return collect_side(job, ALFA_ABNORMAL, err);
}

static enum alfa_status collect_descriptors(struct job *job, struct alfa_error *err)
{
    struct alfa__harvest harvest =
        new_harvest(job, ALFA_ABNORMAL, MIN(job->options.count, (int)MOST_DESCRIPTORS));
    int *kept = &harvest.kept->count;
    enum alfa_status status = ALFA_OK;
    for (int round = 0; status == ALFA_OK && round < PATIENCE && *kept < FEWEST_DESCRIPTORS; round++)
        status = ask(job, write_descriptor_question(job), &harvest, alfa__answer_descriptors, err);
    alfa__harvest_free(&harvest);
    ALFA__TRY(status);
    job->result.kept[ALFA_ABNORMAL] = *kept;
    return *kept < FEWEST_DESCRIPTORS ? fail_few(job, "descriptors", *kept, FEWEST_DESCRIPTORS, err)
                                      : ALFA_OK;
}

/* ------------------------------------------------------------------ the file */

/* Text from outside on a comment line: no control character may end the line. */
static void append_word(struct alfa__string *out, const char *text)
{
    for (; *text; text++)
        alfa__string_append_bytes(out, (unsigned char)*text < 32 || *text == 127 ? "?" : text, 1);
}

static void append_date(struct alfa__string *out)
{
    char date[32] = "an unknown day";
    struct tm parts;
    time_t now = time(NULL);
    if (gmtime_r(&now, &parts))
        strftime(date, sizeof date, "%Y-%m-%d", &parts);
    alfa__string_append(out, date);
}

/* Who wrote it, when, asked what; what was left out. */
static void append_provenance(struct alfa__string *out, const struct job *job, const char *kind)
{
    char *drops = list_drops(&job->result);
    alfa__string_appendf(out, "# alfa %s: %s\n# Written by the language model ", kind, job->class_name);
    append_word(out, job->options.model);
    alfa__string_append(out, " at ");
    append_word(out, alfa__llm_host(job->llm));
    alfa__string_append(out, " on ");
    append_date(out);
    alfa__string_appendf(out, "; queries version %d, domain ", ALFA_LLM_QUERIES);
    append_word(out, job->domain);
    alfa__string_appendf(out, ".\n# Kept %d of its lines%s; left out: %s.\n# Asked in %d questions:\n",
                         job->sides[0].count + job->sides[1].count,
                         job->options.own_words ? ", in its own words" : "", drops ? drops : "?",
                         job->result.requests);
    if (job->asked.text)
        alfa__string_append(out, job->asked.text);
    free(drops);
}

static void append_lines(struct alfa__string *out, const struct alfa__sentences *sentences)
{
    for (int i = 0; i < sentences->count; i++)
        alfa__string_appendf(out, "%s\n", sentences->texts[i]);
}

/* Beside the file: gear.txt has gear.transcript.jsonl. */
static enum alfa_status write_transcript(const struct job *job, const char *path, struct alfa_error *err)
{
    const size_t size = strlen(path);
    const int stem = (int)(size > 4 && strcmp(path + size - 4, ".txt") == 0 ? size - 4 : size);
    char *place = alfa__format("%.*s.transcript.jsonl", stem, path);
    enum alfa_status status = place ? alfa__file_save(place, job->transcript.text ? job->transcript.text : "",
                                                      job->transcript.size, err)
                                    : alfa__fail_memory(err, size);
    free(place);
    return status;
}

static enum alfa_status write_file(const struct job *job, const char *path, bool descriptors,
                                   struct alfa_error *err)
{
    struct alfa__string text = {0};
    append_provenance(&text, job, descriptors ? "descriptors" : "prompt set");
    if (descriptors) {
        alfa__string_append(&text, "# What may be wrong, one phrase a line. Edit freely.\n\n");
    } else {
        alfa__string_append(
            &text, "# One sentence a line; {class} is replaced by the noun. Edit freely.\n\n[normal]\n");
        append_lines(&text, &job->sides[ALFA_NORMAL]);
        alfa__string_append(&text, "\n[abnormal]\n");
    }
    append_lines(&text, &job->sides[ALFA_ABNORMAL]);
    enum alfa_status status = alfa__string_ok(&text) && alfa__string_ok(&job->asked)
                                  ? alfa__file_save(path, text.text, text.size, err)
                                  : alfa__fail_memory(err, text.size);
    alfa__string_free(&text);
    return status;
}

/* ------------------------------------------------------------------ the whole */

static enum alfa_status check_domain(const char *domain, struct alfa_error *err)
{
    if (strlen(domain) > 200 || !*domain || !g_utf8_validate(domain, -1, NULL))
        return alfa__fail(err, ALFA_ERROR_USAGE, "domain", "is not a short text in UTF-8");
    return ALFA_OK;
}

static enum alfa_status start(struct job *job, const char *class_name, struct alfa_error *err)
{
    const struct alfa_llm_options *options = &job->options;
    if (options->own_words < 0 || options->own_words > 1 || options->unused)
        return alfa__fail(err, ALFA_ERROR_USAGE, "own_words",
                          "is neither 0 nor 1, or what follows it is not 0");
    if (options->count < FEWEST || options->count > MOST)
        return alfa__fail(err, ALFA_ERROR_USAGE, "count", "is %d, not %d to %d", options->count, FEWEST,
                          MOST);
    job->domain = options->domain ? options->domain : "industrial";
    ALFA__TRY(check_domain(job->domain, err));
    ALFA__TRY(alfa_prompts_open(&job->noun, class_name, NULL, err));
    job->class_name = alfa_prompts_class(job->noun);
    job->manner =
        alfa__format("You describe what can be seen in %s photographs. Answer in English with a list, one "
                     "short description a line, and nothing else.",
                     job->domain);
    if (!job->manner)
        return alfa__fail_memory(err, strlen(job->domain));
    return alfa__llm_open(&job->llm, options, err);
}

static void finish(struct job *job)
{
    alfa__llm_close(job->llm);
    alfa_prompts_free(job->noun);
    alfa__sentences_free(&job->sides[ALFA_NORMAL]);
    alfa__sentences_free(&job->sides[ALFA_ABNORMAL]);
    alfa__string_free(&job->asked);
    alfa__string_free(&job->transcript);
    free(job->manner);
}

static enum alfa_status generate(struct alfa_generation *out, const char *path, const char *class_name,
                                 const struct alfa_llm_options *options, bool descriptors,
                                 struct alfa_error *err)
{
    struct job job = {.options = ALFA_LLM_OPTIONS_INIT};
    ALFA__NEED(path, "path", err);
    ALFA__NEED(class_name, "class name", err);
    ALFA__NEED(options, "options", err);
    enum alfa_status status =
        alfa__options_take(&job.options, sizeof job.options, options, "ALFA_LLM_OPTIONS_INIT", err);
    if (status == ALFA_OK && out) /* before any work: a place that is none would lose the answer */
        status = alfa__options_give(out, &job.result, sizeof job.result, "ALFA_GENERATION_INIT", err);
    if (status == ALFA_OK)
        status = start(&job, class_name, err);
    if (status == ALFA_OK)
        status = alfa__writer_check_place(path, err); /* before anybody is asked */
    if (status == ALFA_OK)
        status = descriptors ? collect_descriptors(&job, err) : collect_prompts(&job, err);
    if (status == ALFA_OK)
        status = write_transcript(&job, path, err);
    if (status == ALFA_OK)
        status = write_file(&job, path, descriptors, err);
    if (out && out->size)
        (void)alfa__options_give(out, &job.result, sizeof job.result, "ALFA_GENERATION_INIT", NULL);
    finish(&job);
    return status;
}

enum alfa_status alfa_prompts_generate(struct alfa_generation *out, const char *path, const char *class_name,
                                       const struct alfa_llm_options *options, struct alfa_error *err)
{
    return generate(out, path, class_name, options, false, err);
}

enum alfa_status alfa_descriptors_generate(struct alfa_generation *out, const char *path,
                                           const char *class_name, const struct alfa_llm_options *options,
                                           struct alfa_error *err)
{
    return generate(out, path, class_name, options, true, err);
}
