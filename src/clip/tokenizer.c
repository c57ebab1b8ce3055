/* Symbols are ids from the start: the file's strings are needed only while it is read (struct vocabulary), to
 * turn each line "a b" into (id of a, id of b) -> id of ab. As ids grow in the order of the merges, the id of
 * a merged pair is also its rank. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "clip/tokenizer.h"
#include "base/files.h"
#include "base/strings.h"
#include "clip/clean.h"

#include <pcre2.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define BYTES 256
#define FIRST_MERGE (2 * BYTES) /* id of the first merge */
#define SPECIALS 2
#define PRINTING 188 /* bytes that print in Latin-1 */
#define MAX_VOCAB (1 << 20)
#define MAX_FILE ((size_t)64 << 20)
#define NO_PAIR UINT32_MAX

/* The names of the start and the end in a cleaned text, by cleaning. */
static const char *const special_texts[2][2] = {{"<start_of_text>", "<end_of_text>"},
                                                {"<|STARTOFTEXT|>", "<|ENDOFTEXT|>"}};

/* transformers' pattern; its cleaned texts have no capitals but in special ones. */
static const char plain_pattern[] = "<\\|STARTOFTEXT\\|>|<\\|ENDOFTEXT\\|>|'s|'t|'re|'ve|'m|'ll|'d"
                                    "|\\p{L}+|\\p{N}|(?:(?!<\\|(?:START|END)OFTEXT\\|>)[^ \\p{L}\\p{N}])+";

/* open_clip's pattern; a cleaned text has no white space but ' '. Its regex module lets U+0345, a mark whose
 * other case is a letter, match nothing when case is ignored; so it is left out here too. */
static const char pattern_text[] = "<start_of_text>|<end_of_text>|'s|'t|'re|'ve|'m|'ll|'d"
                                   "|\\p{L}+|\\p{N}|[^ \\p{L}\\p{N}\\x{345}]+";

struct merge {
    uint32_t left, right; /* ids */
    uint32_t result;      /* id; 0 marks a free slot */
};

struct alfa__tokenizer {
    int vocab_size, context_length;
    enum alfa__cleaning cleaning;
    uint16_t byte_ids[BYTES];
    struct merge *merges; /* open addressing, mask + 1 slots, at most half full */
    uint32_t mask;
    pcre2_code *pattern;
};

/* ------------------------------------------------------------------ merges */

static uint32_t pair_hash(uint32_t left, uint32_t right)
{
    uint64_t key = ((uint64_t)left << 32 | right) * UINT64_C(0x9E3779B97F4A7C15);
    return (uint32_t)(key >> 32);
}

/* The slot of a pair, or the free slot where it belongs. */
static struct merge *find_slot(const struct alfa__tokenizer *tokenizer, uint32_t left, uint32_t right)
{
    uint32_t i = pair_hash(left, right) & tokenizer->mask;
    while (tokenizer->merges[i].result &&
           (tokenizer->merges[i].left != left || tokenizer->merges[i].right != right))
        i = (i + 1) & tokenizer->mask;
    return &tokenizer->merges[i];
}

/* Id of the merged pair, NO_PAIR when there is no such merge. */
static uint32_t find_merge(const struct alfa__tokenizer *tokenizer, uint32_t left, uint32_t right)
{
    uint32_t result = find_slot(tokenizer, left, right)->result;
    return result ? result : NO_PAIR;
}

/* ------------------------------------------------------------------ vocabulary, while a file is read */

struct symbol {
    size_t offset;
    uint32_t size;
};

struct vocabulary {
    struct alfa__string text; /* all symbols' bytes, one after the other */
    struct symbol *symbols;   /* by id */
    uint32_t *slots;          /* hash of the string -> id + 1, 0 when free; mask + 1 slots */
    uint32_t mask, count;
};

static uint32_t string_hash(const char *text, size_t size)
{
    uint32_t hash = 2166136261u; /* FNV-1a */
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ (unsigned char)text[i]) * 16777619u;
    return hash ^ hash >> 15;
}

static uint32_t *vocabulary_slot(const struct vocabulary *vocabulary, const char *text, size_t size)
{
    uint32_t i = string_hash(text, size) & vocabulary->mask;
    for (; vocabulary->slots[i]; i = (i + 1) & vocabulary->mask) {
        const struct symbol *symbol = &vocabulary->symbols[vocabulary->slots[i] - 1];
        if (symbol->size == size && memcmp(vocabulary->text.text + symbol->offset, text, size) == 0)
            break;
    }
    return &vocabulary->slots[i];
}

/* Gives the string the next id. False when it has one already. */
static bool vocabulary_add(struct vocabulary *vocabulary, const char *text, size_t size)
{
    uint32_t *slot = vocabulary_slot(vocabulary, text, size);
    if (*slot)
        return false;
    vocabulary->symbols[vocabulary->count] = (struct symbol){vocabulary->text.size, (uint32_t)size};
    alfa__string_append_bytes(&vocabulary->text, text, size);
    if (alfa__string_ok(&vocabulary->text))
        *slot = ++vocabulary->count;
    return true;
}

/* CLIP writes bytes as printable characters: those of Latin-1 that print stand for themselves and get the
 * first ids, the others are U+0100 and on. Returns the character's UTF-8 and the byte's id. */
static void byte_symbols(char text[BYTES][4], uint16_t ids[BYTES])
{
    int printed = 0, other = 0;
    for (int b = 0; b < BYTES; b++) {
        bool prints = (b >= '!' && b <= '~') || (b >= 0xA1 && b != 0xAD);
        int c = prints ? b : BYTES + other;
        ids[b] = (uint16_t)(prints ? printed++ : PRINTING + other++);
        memset(text[b], 0, 4);
        if (c < 0x80) {
            text[b][0] = (char)c;
        } else {
            text[b][0] = (char)(0xC0 | c >> 6);
            text[b][1] = (char)(0x80 | (c & 0x3F));
        }
    }
}

static void vocabulary_add_bytes(struct vocabulary *vocabulary, uint16_t ids[BYTES])
{
    char text[BYTES][4], symbol[16];
    int by_id[BYTES];
    byte_symbols(text, ids);
    for (int b = 0; b < BYTES; b++)
        by_id[ids[b]] = b;
    for (int id = 0; id < BYTES; id++)
        vocabulary_add(vocabulary, text[by_id[id]], strlen(text[by_id[id]]));
    for (int id = 0; id < BYTES; id++) {
        strcpy(symbol, text[by_id[id]]);
        strcat(symbol, "</w>");
        vocabulary_add(vocabulary, symbol, strlen(symbol));
    }
}

static uint32_t table_size(uint32_t count)
{
    uint32_t size = 16;
    while (size < 2 * count)
        size *= 2;
    return size;
}

static enum alfa_status vocabulary_open(struct vocabulary *out, uint32_t count, struct alfa_error *err)
{
    uint32_t size = table_size(count);
    *out = (struct vocabulary){.mask = size - 1};
    out->symbols = calloc(count, sizeof *out->symbols);
    out->slots = calloc(size, sizeof *out->slots);
    return out->symbols && out->slots ? ALFA_OK : alfa__fail_memory(err, size * sizeof *out->symbols);
}

static void vocabulary_close(struct vocabulary *vocabulary)
{
    alfa__string_free(&vocabulary->text);
    free(vocabulary->symbols);
    free(vocabulary->slots);
}

/* ------------------------------------------------------------------ reading a merges file */

/* The next line without its end; false at the end of the text. */
static bool next_line(const char **line, size_t *size, const char **text, const char *end)
{
    if (*text >= end)
        return false;
    const char *stop = memchr(*text, '\n', (size_t)(end - *text));
    *line = *text;
    *size = (size_t)((stop ? stop : end) - *line);
    *text = stop ? stop + 1 : end;
    if (*size && (*line)[*size - 1] == '\r')
        (*size)--;
    return true;
}

static const char no_memory[] = "does not fit in memory";

/* Adds the merge of one line "a b". Returns NULL, or what is wrong with the line. */
static const char *add_merge(struct alfa__tokenizer *tokenizer, struct vocabulary *vocabulary,
                             const char *line, size_t size)
{
    const char *space = memchr(line, ' ', size);
    size_t left_size = space ? (size_t)(space - line) : 0, right_size = space ? size - left_size - 1 : 0;
    if (!left_size || !right_size || memchr(space + 1, ' ', right_size))
        return "is not two symbols with a space between";
    uint32_t left = *vocabulary_slot(vocabulary, line, left_size);
    uint32_t right = *vocabulary_slot(vocabulary, space + 1, right_size);
    if (!left || !right)
        return alfa__string_ok(&vocabulary->text) ? "merges a symbol that no line before it makes"
                                                  : no_memory;
    char *both = malloc(left_size + right_size);
    if (!both)
        return no_memory;
    memcpy(both, line, left_size);
    memcpy(both + left_size, space + 1, right_size);
    bool fresh = vocabulary_add(vocabulary, both, left_size + right_size);
    free(both);
    if (!fresh)
        return "makes a symbol that exists already";
    *find_slot(tokenizer, left - 1, right - 1) = (struct merge){left - 1, right - 1, vocabulary->count - 1};
    return NULL;
}

static bool is_header(const char *line, size_t size)
{
    static const char clip[] = "\"bpe_simple_vocab";
    return size && (line[0] == '#' || (size >= sizeof clip - 1 && memcmp(line, clip, sizeof clip - 1) == 0));
}

static enum alfa_status read_merges(struct alfa__tokenizer *tokenizer, struct vocabulary *vocabulary,
                                    const char *path, const char *text, size_t text_size,
                                    struct alfa_error *err)
{
    const char *line, *end = text + text_size;
    int needed = tokenizer->vocab_size - FIRST_MERGE - SPECIALS, done = 0;
    size_t size;
    if (!next_line(&line, &size, &text, end) || !is_header(line, size))
        return alfa__fail(err, ALFA_ERROR_MODEL, path,
                          "is not a merges file: the first line must be a header such as '#version: 0.2'");
    for (; done < needed && next_line(&line, &size, &text, end) && size; done++) {
        const char *wrong = add_merge(tokenizer, vocabulary, line, size);
        if (wrong == no_memory)
            return alfa__fail_memory(err, size);
        if (wrong)
            return alfa__fail(err, ALFA_ERROR_MODEL, path,
                              "line %d %s; take the file that belongs to the model", done + 2, wrong);
    }
    if (done < needed)
        return alfa__fail(err, ALFA_ERROR_MODEL, path,
                          "has %d merges, the model needs %d; take the file that belongs to the model", done,
                          needed);
    return alfa__string_ok(&vocabulary->text) ? ALFA_OK : alfa__fail_memory(err, vocabulary->text.size);
}

static enum alfa_status load_merges(struct alfa__tokenizer *tokenizer, const char *text, size_t size,
                                    const char *name, struct alfa_error *err)
{
    struct vocabulary vocabulary = {0};
    enum alfa_status status = vocabulary_open(&vocabulary, (uint32_t)tokenizer->vocab_size, err);
    if (status == ALFA_OK) {
        vocabulary_add_bytes(&vocabulary, tokenizer->byte_ids);
        status = read_merges(tokenizer, &vocabulary, name, text, size, err);
    }
    vocabulary_close(&vocabulary);
    return status;
}

static enum alfa_status compile_pattern(struct alfa__tokenizer *tokenizer, struct alfa_error *err)
{
    int code;
    PCRE2_SIZE offset;
    const bool plain = tokenizer->cleaning == ALFA__CLEANING_TRANSFORMERS;
    tokenizer->pattern = pcre2_compile(
        (PCRE2_SPTR)(plain ? plain_pattern : pattern_text), PCRE2_ZERO_TERMINATED,
        PCRE2_UTF | PCRE2_UCP | (plain ? 0 : PCRE2_CASELESS) | PCRE2_NO_UTF_CHECK, &code, &offset, NULL);
    if (!tokenizer->pattern)
        return alfa__fail(err, ALFA_ERROR_RUNTIME, NULL, "PCRE2 refuses the tokenizer's pattern (error %d)",
                          code);
    (void)pcre2_jit_compile(tokenizer->pattern, PCRE2_JIT_COMPLETE); /* without it matching is only slower */
    return ALFA_OK;
}

static enum alfa_status allocate(struct alfa__tokenizer **out, int vocab_size, int context_length,
                                 struct alfa_error *err)
{
    struct alfa__tokenizer *tokenizer = calloc(1, sizeof *tokenizer);
    uint32_t size = table_size((uint32_t)vocab_size);
    struct merge *merges = calloc(size, sizeof *merges);
    if (!tokenizer || !merges) {
        free(tokenizer);
        free(merges);
        return alfa__fail_memory(err, size * sizeof *merges);
    }
    *tokenizer = (struct alfa__tokenizer){
        .vocab_size = vocab_size, .context_length = context_length, .merges = merges, .mask = size - 1};
    *out = tokenizer;
    return ALFA_OK;
}

enum alfa_status alfa__tokenizer_parse(struct alfa__tokenizer **out, const char *merges, size_t size,
                                       const char *name, struct alfa__vocabulary vocabulary,
                                       struct alfa_error *err)
{
    const int vocab_size = vocabulary.size, context_length = vocabulary.context_length;
    *out = NULL;
    if (vocab_size < FIRST_MERGE + SPECIALS || vocab_size > MAX_VOCAB || context_length < 2)
        return alfa__fail(err, ALFA_ERROR_MODEL, name,
                          "does not fit a vocabulary of %d ids (%d to %d) and a context of %d (at least 2)",
                          vocab_size, FIRST_MERGE + SPECIALS, MAX_VOCAB, context_length);
    ALFA__TRY(allocate(out, vocab_size, context_length, err));
    (*out)->cleaning = vocabulary.cleaning;
    enum alfa_status status = load_merges(*out, merges, size, name, err);
    if (status == ALFA_OK)
        status = compile_pattern(*out, err);
    if (status != ALFA_OK) {
        alfa__tokenizer_free(*out);
        *out = NULL;
    }
    return status;
}

enum alfa_status alfa__tokenizer_open(struct alfa__tokenizer **out, const char *merges_path,
                                      struct alfa__vocabulary vocabulary, struct alfa_error *err)
{
    char *text;
    size_t size;
    *out = NULL;
    enum alfa_status status = alfa__file_read(&text, &size, merges_path, MAX_FILE, err);
    if (status != ALFA_OK)
        return alfa__blame(status, ALFA_ERROR_MODEL, err);
    status = alfa__tokenizer_parse(out, text, size, merges_path, vocabulary, err);
    free(text);
    return status;
}

void alfa__tokenizer_free(struct alfa__tokenizer *tokenizer)
{
    if (!tokenizer)
        return;
    pcre2_code_free(tokenizer->pattern);
    free(tokenizer->merges);
    free(tokenizer);
}

/* ------------------------------------------------------------------ encoding */

/* A piece of text while it is merged: symbols and, for each but the last, what it would become with the next.
 */
struct piece {
    uint32_t *ids, *pairs;
    size_t count;
};

static void piece_open(const struct alfa__tokenizer *tokenizer, struct piece *piece,
                       const unsigned char *bytes, size_t size)
{
    piece->count = size;
    for (size_t i = 0; i < size; i++)
        piece->ids[i] = tokenizer->byte_ids[bytes[i]];
    piece->ids[size - 1] += BYTES; /* the form that ends a word */
    for (size_t i = 0; i + 1 < size; i++)
        piece->pairs[i] = find_merge(tokenizer, piece->ids[i], piece->ids[i + 1]);
}

/* The pair with the lowest rank, NO_PAIR when no two neighbours merge. */
static uint32_t piece_best(const struct piece *piece)
{
    uint32_t best = NO_PAIR;
    for (size_t i = 0; i + 1 < piece->count; i++)
        best = piece->pairs[i] < best ? piece->pairs[i] : best;
    return best;
}

/* Merges every occurrence of a pair from left to right. */
static void piece_merge(const struct alfa__tokenizer *tokenizer, struct piece *piece, uint32_t pair)
{
    size_t to = 0;
    for (size_t from = 0; from < piece->count; from++, to++) {
        bool match = from + 1 < piece->count && piece->pairs[from] == pair;
        bool changed = match || (to && piece->ids[to - 1] == pair);
        piece->ids[to] = match ? pair : piece->ids[from];
        piece->pairs[to] = piece->pairs[from];
        from += match;
        if (to && changed)
            piece->pairs[to - 1] = find_merge(tokenizer, piece->ids[to - 1], piece->ids[to]);
    }
    piece->count = to;
}

static void piece_merge_all(const struct alfa__tokenizer *tokenizer, struct piece *piece)
{
    for (uint32_t best; (best = piece_best(piece)) != NO_PAIR;)
        piece_merge(tokenizer, piece, best);
}

static bool is_text(const char *bytes, size_t size, const char *text)
{
    return size == strlen(text) && memcmp(bytes, text, size) == 0;
}

/* Ids of one piece of text into piece. */
static void encode_piece(const struct alfa__tokenizer *tokenizer, struct piece *piece, const char *bytes,
                         size_t size)
{
    piece->count = 1;
    if (is_text(bytes, size, special_texts[tokenizer->cleaning][0])) {
        piece->ids[0] = (uint32_t)tokenizer->vocab_size - 2;
    } else if (is_text(bytes, size, special_texts[tokenizer->cleaning][1])) {
        piece->ids[0] = (uint32_t)tokenizer->vocab_size - 1;
    } else {
        piece_open(tokenizer, piece, (const unsigned char *)bytes, size);
        piece_merge_all(tokenizer, piece);
    }
}

/* Appends ids while there is room; returns how many there would be in all, room + 1 meaning "or more". */
static int encode_clean(const struct alfa__tokenizer *tokenizer, int *ids, int room, const char *text,
                        struct piece *piece, pcre2_match_data *match)
{
    const size_t size = strlen(text);
    int count = 0;
    size_t at = 0;
    while (count <= room && at < size &&
           pcre2_match(tokenizer->pattern, (PCRE2_SPTR)text, size, at, PCRE2_NO_UTF_CHECK, match, NULL) > 0) {
        const PCRE2_SIZE *span = pcre2_get_ovector_pointer(match);
        encode_piece(tokenizer, piece, text + span[0], span[1] - span[0]);
        for (size_t i = 0; i < piece->count && count <= room; i++, count++)
            if (count < room)
                ids[count] = (int)piece->ids[i];
        at = span[1];
    }
    return count;
}

enum alfa_status alfa__tokenizer_encode(const struct alfa__tokenizer *tokenizer, int *ids, int *count,
                                        bool *truncated, const char *text, struct alfa_error *err)
{
    if (strnlen(text, ALFA__TOKENIZER_TEXT_LIMIT + 1) > ALFA__TOKENIZER_TEXT_LIMIT)
        return alfa__fail(err, ALFA_ERROR_LIMIT, "text", "is longer than %d bytes; shorten it",
                          ALFA__TOKENIZER_TEXT_LIMIT);
    if (!alfa__text_is_known(text))
        return alfa__fail(err, ALFA_ERROR_USAGE, "text",
                          "is not plain ASCII: this libalfa was built without GLib, which knows Unicode");
    char *clean = tokenizer->cleaning == ALFA__CLEANING_TRANSFORMERS ? alfa__text_normalise(text)
                                                                     : alfa__text_clean(text);
    size_t size = clean ? strlen(clean) : 0;
    uint32_t *symbols = calloc(2 * size + 2, sizeof *symbols);
    pcre2_match_data *match = pcre2_match_data_create(1, NULL);
    enum alfa_status status = ALFA_OK;
    if (clean && symbols && match) {
        struct piece piece = {symbols, symbols + size + 1, 0};
        int room = tokenizer->context_length - 1, used;
        ids[0] = tokenizer->vocab_size - 2;
        used = 1 + encode_clean(tokenizer, ids + 1, room - 1, clean, &piece, match);
        if (truncated)
            *truncated = used > room;
        used = used > room ? room : used;
        ids[used] = tokenizer->vocab_size - 1;
        if (count)
            *count = used + 1;
    } else {
        status = alfa__fail_memory(err, 2 * size * sizeof *symbols);
    }
    pcre2_match_data_free(match);
    free(symbols);
    free(clean);
    return status;
}
