#include "cli/reading.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "base/strings.h"
#include "cli/talk.h"
#include "image/image.h"

/* Of the command that runs: there is one in a process. */
static struct {
    int bits, page; /* 0: as the file says, the first */
    bool all;
    int seen[ALFA__FACTS];
    struct {
        const char *path; /* NULL: none */
        int width, height, others;
    } masks[2];
} reading;

enum alfa_status alfa__reading_plan(const struct alfa__options *options, struct alfa_error *err)
{
    char *end;
    reading.bits = options->bits;
    reading.all = options->pages && strcmp(options->pages, "all") == 0;
    reading.page = 0;
    if (!options->pages || reading.all)
        return ALFA_OK;
    const long page = strtol(options->pages, &end, 10);
    if (*end || page < 1 || page > 10000)
        return alfa__fail(err, ALFA_ERROR_USAGE, "--pages", "\"%s\" is neither \"all\" nor a number from 1",
                          options->pages);
    reading.page = (int)page;
    return ALFA_OK;
}

bool alfa__reading_all(void)
{
    return reading.all;
}

static bool is_interrupted(void *context)
{
    (void)context;
    return alfa__signals_caught() != 0;
}

struct alfa_image_options alfa__reading_options(const struct alfa__input *input)
{
    struct alfa_image_options how = ALFA_IMAGE_OPTIONS_INIT;
    how.bits = reading.bits;
    how.page = input->page ? input->page : reading.page;
    how.stop = is_interrupted;
    return how;
}

/* ------------------------------------------------------------------ pages */

/* Pages of a file; 1 for what cannot be read, which is said later, and 2 where that is true of all but the
 * first: it is said once. */
static int count_pages(const struct alfa__input *input)
{
    struct alfa_image *image;
    struct alfa_error err;
    if (input->error || strcmp(input->path, "-") == 0 ||
        alfa_image_load_as(&image, input->path, NULL, &err) != ALFA_OK)
        return 1;
    const int pages = image->only_first ? 2 : alfa_image_facts(image).pages;
    alfa_image_free(image);
    return pages;
}

void alfa__reading_spread(struct alfa__inputs *inputs)
{
    struct alfa__input *spread = NULL;
    int count = 0;
    if (!reading.all)
        return;
    for (int i = 0; i < inputs->count && !alfa__signals_caught(); i++) {
        struct alfa__input whole = inputs->items[i];
        const int pages = count_pages(&whole);
        spread = alfa__must(realloc(spread, (size_t)(count + pages) * sizeof *spread));
        spread[count++] = whole;
        for (int page = 2; page <= pages; page++)
            spread[count++] =
                (struct alfa__input){.path = alfa__must(alfa__format("%s[%d]", whole.path, page)),
                                     .file = alfa__must(alfa__strdup(whole.path)),
                                     .page = page};
        inputs->items[i] = (struct alfa__input){0};
    }
    if (alfa__signals_caught()) { /* nothing is judged any more */
        free(spread);
        return;
    }
    free(inputs->items);
    inputs->items = spread;
    inputs->count = count;
}

/* ------------------------------------------------------------------ notes */

struct alfa_image_facts alfa__reading_facts(const struct alfa_image *image)
{
    struct alfa_image_facts facts = alfa_image_facts(image);
    if (reading.all || reading.page)
        facts.pages = 1;
    return facts;
}

void alfa__reading_note(struct alfa_image_facts facts, const struct alfa__input *input)
{
    char text[ALFA__FACT_ROOM], ways[ALFA__FACTS][64] = {"", "; --pages all looks at all", "",
                                                         "; 'alfa detect - <FILE' looks at all"};
    snprintf(ways[ALFA__FACT_DARK], sizeof *ways, " --bits %d reads it so", facts.bits);
    for (enum alfa__fact fact = 0; fact < ALFA__FACTS; fact++)
        if (alfa__image_fact(text, facts, fact) && reading.seen[fact]++ == 0)
            alfa__talk_note(input->path, "%s%s", text, ways[fact]);
}

void alfa__reading_mask(const char *path, int width, int height)
{
    const int i = reading.masks[0].path && strcmp(reading.masks[0].path, path) != 0;
    reading.masks[i].path = path;
    reading.masks[i].width = width;
    reading.masks[i].height = height;
}

/* A few pixels are no drawing of one picture: "2 1 255 0" is its left half, whatever its shape. */
void alfa__reading_shape(int width, int height, const struct alfa__input *input)
{
    enum { SMALL = 16 };
    for (int i = 0; i < 2; i++) {
        const long long w = reading.masks[i].width, h = reading.masks[i].height;
        if (!reading.masks[i].path || w < SMALL || h < SMALL ||
            llabs(w * height - h * width) <= width + height)
            continue;
        if (reading.masks[i].others++ == 0)
            alfa__talk_note(reading.masks[i].path,
                            "is %lld x %lld pixels, %s %d x %d, which is another shape: stretched over it", w,
                            h, input->path, width, height);
    }
}

static void say_more(enum alfa__fact kind, const char *what)
{
    if (reading.seen[kind] > 1)
        alfa__talk_note(NULL, "%d pictures in all have %s", reading.seen[kind], what);
}

void alfa__reading_left_out(const struct alfa__inputs *inputs)
{
    const char *or_unnamed = inputs->unnamed ? ", or not called .jpg, .png, .tif, .webp, .gif or .bmp" : "";
    if (inputs->left_out == 1)
        alfa__talk_note(NULL, "1 file is a picture of a kind that is not read%s, left out: %s", or_unnamed,
                        inputs->left_names);
    else if (inputs->left_out > 1)
        alfa__talk_note(NULL, "%d files are pictures of a kind that is not read%s, left out: %s",
                        inputs->left_out, or_unnamed, inputs->left_names);
}

void alfa__reading_sum_up(const struct alfa__inputs *inputs)
{
    say_more(ALFA__FACT_DARK, "fewer bits than 16 (--bits)");
    say_more(ALFA__FACT_PAGES, "several pages (--pages)");
    say_more(ALFA__FACT_SPARE, "samples that are neither colour nor alpha");
    say_more(ALFA__FACT_FOLLOWED, "others behind them in their file");
    for (int i = 0; i < 2; i++)
        if (reading.masks[i].others > 1)
            alfa__talk_note(NULL, "%d pictures in all have another shape than %s", reading.masks[i].others,
                            reading.masks[i].path);
    alfa__reading_left_out(inputs);
}
