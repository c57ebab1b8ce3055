#include "cli/choosing.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "base/strings.h"
#include "base/writer.h"
#include "cli/json.h"
#include "cli/learning.h"
#include "cli/talk.h"
#include "report/histogram.h"

/* ------------------------------------------------------------------ what --at says */

/* "5%" or "0.05"; false when it is neither. */
static bool read_share(double *out, const char *text)
{
    char *end;
    *out = strtod(text, &end);
    if (end != text && strcmp(end, "%") == 0)
        *out /= 100;
    return end != text && (!*end || strcmp(end, "%") == 0) && *out > 0 && *out <= 1;
}

static bool read_choice(enum alfa_choice *choice, double *wanted, const char *at)
{
    char *end;
    *wanted = 0;
    *choice = ALFA_CHOICE_F1;
    if (strcmp(at, "f1") == 0)
        return true;
    *choice = ALFA_CHOICE_RATE;
    if (strncmp(at, "false-alarms=", 13) == 0)
        return read_share(wanted, at + 13) && *wanted < 1;
    *choice = ALFA_CHOICE_FOUND;
    if (strncmp(at, "found=", 6) == 0)
        return read_share(wanted, at + 6);
    *choice = ALFA_CHOICE_GIVEN;
    *wanted = strtod(at, &end);
    return end != at && !*end && *wanted >= 0 && *wanted <= 1;
}

enum alfa_status alfa__choice_check(const char *at, struct alfa_error *err)
{
    enum alfa_choice choice;
    double wanted;
    return !at || read_choice(&choice, &wanted, at)
               ? ALFA_OK
               : alfa__fail(err, ALFA_ERROR_USAGE, "--at",
                            "\"%s\" is none of false-alarms=1%% (between 0 and 100 %%), found=95%% (up to "
                            "100 %%), f1, and no number from 0 to 1",
                            at);
}

enum alfa_status alfa__choose(struct alfa_bank *bank, const char *at, struct alfa_error *err)
{
    enum alfa_choice choice;
    double wanted;
    if (!at)
        return ALFA_OK;
    ALFA__TRY(alfa__choice_check(at, err));
    (void)read_choice(&choice, &wanted, at);
    enum alfa_status status = alfa_bank_choose(bank, choice, wanted, err);
    if (status == ALFA_ERROR_USAGE)
        snprintf(err->source, sizeof err->source, "--at %.200s", at);
    return status;
}

/* ------------------------------------------------------------------ table */

/* The thresholds of the table: the bank's own, those for rates, those that find a share, and that of F1. */
static const struct {
    const char *name;
    enum alfa_choice choice;
    double wanted;
} rows[] = {{"false-alarms=1%", ALFA_CHOICE_RATE, 0.01},
            {"false-alarms=2%", ALFA_CHOICE_RATE, 0.02},
            {"false-alarms=5%", ALFA_CHOICE_RATE, 0.05},
            {"false-alarms=10%", ALFA_CHOICE_RATE, 0.1},
            {"false-alarms=20%", ALFA_CHOICE_RATE, 0.2},
            {"found=50%", ALFA_CHOICE_FOUND, 0.5},
            {"found=80%", ALFA_CHOICE_FOUND, 0.8},
            {"found=90%", ALFA_CHOICE_FOUND, 0.9},
            {"found=95%", ALFA_CHOICE_FOUND, 0.95},
            {"found=100%", ALFA_CHOICE_FOUND, 1},
            {"f1", ALFA_CHOICE_F1, 0}};
#define ROWS (sizeof rows / sizeof *rows)

struct line {
    const char *name;
    struct alfa_tradeoff t;
};

static int by_threshold(const void *a, const void *b)
{
    const struct line *x = a, *y = b;
    return (x->t.threshold < y->t.threshold) - (x->t.threshold > y->t.threshold);
}

/* The lines that the bank's images allow, the highest threshold first. */
static size_t make_lines(struct line lines[ROWS + 1], const struct alfa_bank *bank)
{
    const struct alfa_bank_info *info = alfa_bank_info(bank);
    size_t count = 0;
    double threshold;
    if (!isnan(info->threshold)) {
        lines[count].name = "the bank's";
        alfa_bank_tradeoff(&lines[count++].t, bank, info->threshold);
    }
    for (size_t i = 0; i < ROWS; i++)
        if (alfa_bank_threshold(&threshold, bank, rows[i].choice, rows[i].wanted, NULL) == ALFA_OK) {
            lines[count].name = rows[i].name;
            alfa_bank_tradeoff(&lines[count++].t, bank, threshold);
        }
    qsort(lines, count, sizeof *lines, by_threshold);
    return count;
}

/* " 37 of 49   75.5 % (61.9-85.4)" */
static void print_share(int count, int of, double low, double high)
{
    if (of == 0)
        printf("  %-30s", "-");
    else
        printf("  %4d of %-4d %5.1f %% (%.1f-%.1f)%*s", count, of, 100.0 * count / of, 100 * low, 100 * high,
               high >= 1    ? 0
               : low >= 0.1 ? 1
                            : 2,
               "");
}

/* How many of those that are known to be good have their likeness in the bank. */
static int known_again(const struct alfa_bank *bank)
{
    const struct alfa_picture *picture;
    int count = 0;
    for (int i = 0; (picture = alfa_bank_picture(bank, i)); i++)
        count += picture->role == ALFA_ROLE_GOOD && picture->same_part;
    return count;
}

void alfa__tradeoffs_print(const struct alfa_bank *bank)
{
    const struct alfa_bank_info *info = alfa_bank_info(bank);
    struct line lines[ROWS + 1];
    const size_t count = make_lines(lines, bank);
    printf("threshold  choice            found (95 %% interval)           false alarms (95 %% interval)\n");
    for (size_t i = 0; i < count; i++) {
        const struct alfa_tradeoff *t = &lines[i].t;
        printf("%9.4f  %-16s", t->threshold, lines[i].name);
        print_share(t->found, t->bad, t->found_low, t->found_high);
        print_share(t->alarms, t->good, t->alarms_low, t->alarms_high);
        putchar('\n');
    }
    alfa__talk_print("%s\n", info->calibration);
    if (info->strange)
        alfa__talk_print("%d normal image%s not look like the others: not learned, and not counted here\n",
                         info->strange, info->strange == 1 ? " does" : "s do");
    const int again = known_again(bank);
    if (again)
        alfa__talk_print("%d image%s known to be good show%s a part again that is there: not counted here\n",
                         again, again == 1 ? "" : "s", again == 1 ? "s" : "");
}

void alfa__tradeoffs_print_json(const struct alfa_bank *bank, const char *path)
{
    const struct alfa_bank_info *info = alfa_bank_info(bank);
    struct line lines[ROWS + 1];
    const size_t count = make_lines(lines, bank);
    json_t *object = alfa__must(json_object()), *list = alfa__must(json_array());
    json_t *strange = alfa__must(json_array());
    for (int i = 0; i < info->references; i++)
        if (alfa__learn_left_out(bank, i))
            alfa__json_append(strange, json_string(alfa_bank_reference(bank, i, NULL, NULL)));
    for (size_t i = 0; i < count; i++) {
        const struct alfa_tradeoff *t = &lines[i].t;
        alfa__json_append(
            list, json_pack("{s:s, s:f, s:i, s:i, s:[f,f], s:i, s:i, s:[f,f], s:f}", "choice", lines[i].name,
                            "threshold", t->threshold, "found", t->found, "bad", t->bad, "found_interval",
                            t->found_low, t->found_high, "false_alarms", t->alarms, "normal", t->good,
                            "false_alarms_interval", t->alarms_low, t->alarms_high, "f1", t->f1));
    }
    alfa__json_add_text(object, "path", path);
    alfa__json_add(object, "threshold", isnan(info->threshold) ? json_null() : json_real(info->threshold));
    alfa__json_add_text(object, "calibration", info->calibration);
    alfa__json_add(object, "not_learned", strange);
    alfa__json_add(object, "thresholds", list);
    alfa__json_print(object);
}

/* ------------------------------------------------------------------ picture */

enum alfa_status alfa__plot_check(const char *path, struct alfa_error *err)
{
    static const char *const kinds[] = {"png", NULL};
    if (path && !alfa__ends_in(path, kinds))
        return alfa__fail(err, ALFA_ERROR_USAGE, "--plot",
                          "%.300s does not end in .png, and a PNG is what is drawn", path);
    return path ? alfa__writer_check_place(path, err) : ALFA_OK;
}

enum alfa_status alfa__plot(const struct alfa_bank *bank, const char *path, struct alfa_error *err)
{
    const struct alfa_bank_info *info = alfa_bank_info(bank);
    const int all = info->references + info->known_good + info->known_bad;
    if (!path)
        return ALFA_OK;
    struct alfa__score *scores = alfa__must(malloc((size_t)all * sizeof *scores));
    size_t count = 0;
    for (int i = 0; i < all; i++) {
        const struct alfa_picture *picture = alfa_bank_picture(bank, i);
        const bool bad = picture->role == ALFA_ROLE_BAD;
        if (bad || !picture->strange)
            scores[count++] = (struct alfa__score){picture->score, bad};
    }
    enum alfa_status status = alfa__histogram_write(scores, count, info->threshold, path, err);
    free(scores);
    return status;
}
