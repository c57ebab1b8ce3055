#include "dataset/words.h"
#include "base/strings.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

/* Lists of words in lower case, with a space before and behind each; behind the English ones those of other
 * languages of factories. */
static const char good_words[] =
    " good normal ok okay io nodefect nodefects defectfree pass passed perfect healthy intact clean flawless "
    "undamaged correct accept accepted conforming nominal free "
    "gut gute gutteil gutteile fehlerfrei bon bons conforme conformes bueno buenos buono buoni "
    "\u6B63\u5E38 \u5408\u683C \u5408\u683C\u54C1 \u826F\u54C1 \u826F \uC815\uC0C1 \uC591\uD488 ";
static const char bad_words[] =
    " bad anomaly anomalies anomalous anomal abnormal abnormals defect defects defective defected def ng nok "
    "ko "
    "nio notok notgood nogood fail failed failure failures faulty fault faults reject rejects rejected scrap "
    "damaged damage broken flawed incorrect unhealthy outlier outliers "
    "schlecht schlechte schlechtteil schlechtteile fehlerhaft defekt defekte ausschuss mauvais defaut "
    "defauts "
    "defectueux malo malos defecto defectos defectuoso difetto difetti difettoso scarto scarti "
    "\u5F02\u5E38 \u7570\u5E38 \u4E0D\u5408\u683C \u4E0D\u5408\u683C\u54C1 \u4E0D\u826F "
    "\u4E0D\u826F\u54C1 \u7F3A\u9677 \u6B20\u9665 \uBD88\uB7C9 \uBD88\uB7C9\uD488 ";
static const char denials[] = " no not non without kein keine ohne nicht sans sin senza \u65E0 ";
static const char mask_words[] =
    " mask masks gt label labels groundtruth truth seg segmentation annotation annot maske "
    "masque mascara maschera ";
static const char image_words[] = " images image imgs img pictures picture photos photo rgb data jpegimages ";

enum { LONGEST = 32, MOST = 12 };

/* The words of a name: cut where something else than a letter stands, between aB and ABc, and where letters
 * outside ASCII begin or end ("OK\u54C1"). */
struct words {
    char items[MOST][LONGEST];
    int count;
    char glued[LONGEST]; /* all of them as one */
};

static bool is_letter(char c)
{
    return isalpha((unsigned char)c) || (unsigned char)c >= 0x80;
}

static bool begins_word(const char *name, size_t at)
{
    if (at == 0 || !is_letter(name[at - 1]) || ((name[at] ^ name[at - 1]) & 0x80))
        return true;
    return isupper((unsigned char)name[at]) &&
           (islower((unsigned char)name[at - 1]) ||
            (isupper((unsigned char)name[at - 1]) && islower((unsigned char)name[at + 1])));
}

static void add_letter(char word[LONGEST], char letter)
{
    const size_t size = strlen(word);
    if (size + 1 < LONGEST) {
        word[size] = letter;
        word[size + 1] = 0;
    }
}

static struct words split(const char *name)
{
    struct words out = {.count = 0};
    for (size_t i = 0; name[i]; i++) {
        if (!is_letter(name[i]))
            continue;
        if (begins_word(name, i) && ++out.count > MOST)
            break;
        const char letter = (char)tolower((unsigned char)name[i]);
        add_letter(out.items[out.count - 1], letter);
        add_letter(out.glued, letter);
    }
    out.count = out.count > MOST ? MOST : out.count;
    return out;
}

/* ------------------------------------------------------------------ good and bad */

struct verdict {
    bool good, bad;
};

/* "nondefective", "nonconforming" */
static bool says(const char *list, const char *opposite, const char *word)
{
    return alfa__among(list, word) || (strncmp(word, "non", 3) == 0 && alfa__among(opposite, word + 3));
}

static struct verdict judge(const char *name)
{
    const struct words words = split(name);
    struct verdict out = {says(good_words, bad_words, words.glued), says(bad_words, good_words, words.glued)};
    if (out.good || out.bad)
        return out;
    for (int i = 0; i < words.count; i++) {
        const char *word = words.items[i], *before = i ? words.items[i - 1] : "";
        const char *behind = i + 1 < words.count ? words.items[i + 1] : "";
        const bool good = says(good_words, bad_words, word), bad = says(bad_words, good_words, word);
        if (strcmp(word, "free") == 0 && alfa__among(bad_words, before))
            continue; /* "defect free": said with the word before */
        const bool denied = alfa__among(denials, before) || (bad && strcmp(behind, "free") == 0);
        out.good = out.good || (denied ? bad : good);
        out.bad = out.bad || (denied ? good : bad);
    }
    return out;
}

bool alfa__name_is_good(const char *name)
{
    const struct verdict verdict = judge(name);
    return verdict.good && !verdict.bad;
}

bool alfa__name_is_bad(const char *name)
{
    const struct verdict verdict = judge(name);
    return verdict.bad && !verdict.good;
}

bool alfa__name_is_sign(const char *name)
{
    static const char signs[] = " negative positive neg pos negatives positives negativ positiv ";
    const struct words words = split(name);
    for (int i = 0; i < words.count; i++)
        if (alfa__among(signs, words.items[i]))
            return !alfa__name_is_good(name) && !alfa__name_is_bad(name);
    return false;
}

/* ------------------------------------------------------------------ parts of a data set */

bool alfa__name_is_train(const char *name)
{
    const struct words words = split(name);
    return alfa__among(" train training trainset traindata ", words.count ? words.items[0] : "");
}

bool alfa__name_is_test(const char *name)
{
    const struct words words = split(name);
    for (int i = 0; i < words.count; i++)
        if (strcmp(words.items[i], "private") == 0)
            return false;
    return alfa__among(" test testing tests testset testdata ", words.count ? words.items[0] : "");
}

bool alfa__name_is_validation(const char *name)
{
    const struct words words = split(name);
    return alfa__among(" val valid validation ", words.count ? words.items[0] : "");
}

bool alfa__name_is_truth(const char *name)
{
    const struct words words = split(name);
    const char *last = words.count ? words.items[words.count - 1] : "", *first = words.items[0];
    return alfa__among(mask_words, words.glued) ||
           alfa__among(" masks annotations annots segmentations segmentationclass segmentationobject "
                       "groundtruths truths masken masques mascaras maschere "
                       "\u63A9\u7801 \u6807\u6CE8 \u30DE\u30B9\u30AF \uB9C8\uC2A4\uD06C ",
                       words.glued) ||
           (words.count > 1 && alfa__among(" label labels annotation ", first) &&
            alfa__among(image_words, last)) ||
           alfa__among(" mask masks gt truth ", last) ||
           (words.count && alfa__among(" mask masks gt groundtruth ", first)) ||
           (words.count > 1 && strcmp(first, "ground") == 0 && strcmp(words.items[1], "truth") == 0);
}

bool alfa__name_is_images(const char *name)
{
    return alfa__among(image_words, split(name).glued);
}

bool alfa__name_is_date(const char *name)
{
    int digits = 0, separators = 0;
    for (; *name; name++) {
        digits += isdigit((unsigned char)*name) != 0;
        separators += strchr("-_. T:", *name) != NULL;
        if (!isdigit((unsigned char)*name) && !strchr("-_. T:", *name))
            return false;
    }
    return digits >= 8 || (digits >= 4 && separators >= 2);
}

bool alfa__name_is_expected(const char *name)
{
    static const char known[] =
        " license licence licenses readme copying notice citation changelog changes defects "
        "defect image checksums checksum md5sums sha256sums thumbs desktop labels label "
        "meta info version contents ";
    static const char *const ends[] = {".txt", ".md",  ".json", ".csv",  ".pdf",
                                       ".db",  ".ini", ".rst",  ".html", ""};
    const char *dot = strrchr(name, '.');
    const struct words words = split(name);
    if (words.count == 0 || !alfa__among(known, words.items[0]))
        return false;
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        if (strcasecmp(dot ? dot : "", ends[i]) == 0)
            return true;
    return false;
}

/* ------------------------------------------------------------------ names of masks */

/* The letters at the end of a stem, in lower case; where they begin, 0 when no separator is before them. */
static int last_word(char word[LONGEST], const char *stem, int size)
{
    int start = size;
    while (start > 0 && isalpha((unsigned char)stem[start - 1]))
        start--;
    *word = 0;
    for (int i = start; i < size; i++)
        add_letter(word, (char)tolower((unsigned char)stem[i]));
    return start >= 2 && strchr("_-. ", stem[start - 1]) ? start : 0;
}

int alfa__mask_suffix(const char *stem, int size)
{
    char word[LONGEST];
    const int start = last_word(word, stem, size);
    if (!start || !(alfa__among(mask_words, word) || alfa__among(" anno lbl bin binary gtmask ", word)))
        return 0;
    if (strcmp(word, "truth") == 0 && start >= 8 && strncasecmp(stem + start - 7, "ground", 6) == 0 &&
        strchr("_-. ", stem[start - 8]))
        return size - start + 8;
    return size - start + 1;
}

int alfa__drawing_suffix(const char *stem, int size)
{
    char word[LONGEST];
    const int start = last_word(word, stem, size);
    return start && alfa__among(" heatmap heatmaps overlay overlays amap anomalymap ", word)
               ? size - start + 1
               : 0;
}

int alfa__mask_prefix(const char *stem)
{
    char word[LONGEST] = "";
    int size = 0;
    while (isalpha((unsigned char)stem[size]))
        add_letter(word, (char)tolower((unsigned char)stem[size++]));
    return stem[size] && strchr("_-. ", stem[size]) && stem[size + 1] && alfa__among(mask_words, word)
               ? size + 1
               : 0;
}
