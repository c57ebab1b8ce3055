#include "base/files.h"
#include "base/json.h"
#include "report/html_inside.h"
#include "report/settings.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---------------------------------------------------------------- memory */

static char *clean(const char *text)
{
    struct alfa__string out = {0};
    alfa__utf8_append(&out, text ? text : "");
    char *copy = alfa__string_ok(&out) ? alfa__strdup(out.text ? out.text : "") : NULL;
    alfa__string_free(&out);
    return copy;
}

static void free_entry(struct alfa__html_entry *entry)
{
    free(entry->path);
    free(entry->error);
    free(entry->name);
    free(entry->card);
}

static void free_run(struct alfa__html_run *run)
{
    free(run->with);
    free(run->class_name);
    free(run->model);
    free(run->method);
    free(run->settings);
}

void alfa__html_free(struct alfa__html *html)
{
    if (!html)
        return;
    for (size_t i = 0; i < html->count; i++)
        free_entry(&html->entries[i]);
    for (int i = 0; i < html->run_count; i++)
        free_run(&html->runs[i]);
    alfa__journal_free(html->journal);
    free(html->entries);
    free(html->runs);
    free(html->table);
    free(html->folder);
    free(html->with);
    free(html->about);
    free(html);
}

/* ---------------------------------------------------------------- entries by file */

/* The slot of a place: where its entry is, or would be. The table has free slots. */
static size_t find_slot(const struct alfa__html *html, unsigned long long place)
{
    size_t slot = (size_t)place & (html->slots - 1);
    while (html->table[slot] && html->entries[html->table[slot] - 1].origin.place != place)
        slot = (slot + 1) & (html->slots - 1);
    return slot;
}

static const struct alfa__html_entry *find(const struct alfa__html *html, unsigned long long place)
{
    const size_t found = place && html->slots ? html->table[find_slot(html, place)] : 0;
    return found ? &html->entries[found - 1] : NULL;
}

/* The entry that one about this file takes the place of; NULL: none. */
static const struct alfa__html_entry *forerunner(const struct alfa__html *html,
                                                 const struct alfa__origin *origin)
{
    const struct alfa__html_entry *before = find(html, origin->place);
    if (!before || !origin->once)
        return before;
    const struct alfa__origin *then = &before->origin;
    const bool absent =
                   then->size == 0 && then->modified == 0, /* one that was not there, or was taken away */
        same = then->size == origin->size && then->modified == origin->modified;
    return absent || same ? before : NULL;
}

static bool grow_table(struct alfa__html *html, size_t slots)
{
    size_t *table = calloc(slots, sizeof *table);
    if (!table)
        return false;
    free(html->table);
    html->table = table;
    html->slots = slots;
    for (size_t i = 0; i < html->count; i++)
        if (html->entries[i].origin.place && !html->entries[i].replaced)
            table[find_slot(html, html->entries[i].origin.place)] = i + 1;
    return true;
}

/* Room for one more, so that nothing can fail between making an entry and keeping it. */
static bool reserve(struct alfa__html *html)
{
    if (html->count < html->capacity)
        return true;
    size_t capacity = html->capacity ? 2 * html->capacity : 64;
    struct alfa__html_entry *entries = realloc(html->entries, capacity * sizeof *entries);
    if (!entries)
        return false;
    html->entries = entries;
    html->capacity = capacity;
    return grow_table(html, 4 * capacity);
}

/* Takes over what the entry holds; there is room for it. */
static void keep(struct alfa__html *html, const struct alfa__html_entry *entry)
{
    const struct alfa__html_entry *before = forerunner(html, &entry->origin);
    if (before)
        html->entries[before - html->entries].replaced = true;
    html->entries[html->count++] = *entry;
    html->pictures = entry->number > html->pictures ? entry->number : html->pictures;
    if (entry->origin.place)
        html->table[find_slot(html, entry->origin.place)] = html->count;
}

/* Whether an entry that stays has the name. */
static bool is_taken(const struct alfa__html *html, const char *name, const struct alfa__html_entry *before)
{
    char *plain = clean(name); /* as entries have it */
    bool taken = false;
    for (size_t i = 0; i < html->count && plain && !taken; i++) {
        const struct alfa__html_entry *entry = &html->entries[i];
        taken = entry != before && !entry->replaced && entry->name && strcmp(entry->name, plain) == 0;
    }
    free(plain);
    return taken;
}

/* That of the pictures that those of the next entry replace, or a new one. */
static int number_for(const struct alfa__html *html, const struct alfa__html_entry *before)
{
    return before && before->number ? before->number : html->pictures + 1;
}

char *alfa__html_name(const struct alfa__html *html, const struct alfa__origin *origin, const char *wanted)
{
    const struct alfa__html_entry *before = forerunner(html, origin);
    char *name = alfa__strdup(wanted);
    for (int number = number_for(html, before); name && is_taken(html, name, before); number++) {
        free(name);
        name = alfa__format("%s-%d", wanted, number);
    }
    return name;
}

bool alfa__html_knows(const struct alfa__html *html, const struct alfa__origin *origin)
{
    const struct alfa__html_entry *entry = find(html, origin->place);
    return entry && !entry->error && entry->origin.size == origin->size &&
           entry->origin.modified == origin->modified && strcmp(html->runs[entry->run].key, html->key) == 0;
}

/* ---------------------------------------------------------------- what was there */

static const char *text_of(const json_t *line, const char *key)
{
    return json_string_value(json_object_get(line, key));
}

/* Takes over the run, also when it fails. */
static enum alfa_status add_run(struct alfa__html *html, struct alfa__html_run *run, struct alfa_error *err)
{
    struct alfa__html_run *runs = realloc(html->runs, ((size_t)html->run_count + 1) * sizeof *runs);
    if (runs)
        html->runs = runs;
    if (!runs || !run->class_name || !run->model || !run->method) {
        free_run(run);
        return alfa__fail_memory(err, sizeof *run);
    }
    html->runs[html->run_count++] = *run;
    return ALFA_OK;
}

/* A copy of what is there; NULL for NULL, and where there is no memory: it is left unsaid then. */
static char *copy(const char *text)
{
    return text ? alfa__strdup(text) : NULL;
}

static enum alfa_status read_run(struct alfa__html *html, const json_t *line, struct alfa_error *err)
{
    struct alfa__html_run run = {.with = copy(text_of(line, "with")),
                                 .class_name = clean(text_of(line, "class")),
                                 .model = clean(text_of(line, "model")),
                                 .method = clean(text_of(line, "method")),
                                 .settings = copy(text_of(line, "settings")),
                                 .place = json_number_value(json_object_get(line, "place"))};
    snprintf(run.key, sizeof run.key, "%s", text_of(line, "run"));
    return add_run(html, &run, err);
}

static enum alfa_status read_entry(struct alfa__html *html, const json_t *line, struct alfa_error *err)
{
    const char *error = text_of(line, "error"), *card = text_of(line, "card");
    const json_t *threshold = json_object_get(line, "threshold");
    struct alfa__html_entry entry = {
        .run = error ? -1 : html->run_count - 1,
        .origin.place = strtoull(text_of(line, "file") ? text_of(line, "file") : "0", NULL, 16),
        .origin.size = json_integer_value(json_object_get(line, "size")),
        .origin.modified = json_integer_value(json_object_get(line, "modified")),
        .origin.once = json_is_true(json_object_get(line, "once")),
        .number = (int)json_integer_value(json_object_get(line, "number")),
        .score = json_number_value(json_object_get(line, "score")),
        .threshold = json_is_number(threshold) ? json_number_value(threshold) : NAN,
        .anomalous = json_is_true(json_object_get(line, "anomalous")),
        .mapped = json_is_true(json_object_get(line, "mapped"))};
    if (!error && (!card || entry.run < 0)) /* of no use */
        return ALFA_OK;
    entry.path = clean(text_of(line, "path"));
    entry.name = copy(text_of(line, "name"));
    *(error ? &entry.error : &entry.card) = alfa__strdup(error ? error : card);
    if (!entry.path || (!entry.error && !entry.card) || !reserve(html)) {
        free_entry(&entry);
        return alfa__fail_memory(err, sizeof entry);
    }
    keep(html, &entry);
    return ALFA_OK;
}

static enum alfa_status read_line(void *context, const json_t *line, struct alfa_error *err)
{
    return text_of(line, "run") ? read_run(context, line, err) : read_entry(context, line, err);
}

static enum alfa_status open_journal(struct alfa__html *html, struct alfa_error *err)
{
    char *path = alfa__format("%s/" ALFA__HTML_FILES "/journal.jsonl", html->folder);
    if (!path)
        return alfa__fail_memory(err, strlen(html->folder));
    enum alfa_status status = alfa__journal_open(&html->journal, path, read_line, html, err);
    free(path);
    return status;
}

enum alfa_status alfa__html_new(struct alfa__html **out, const char *folder, struct alfa_error *err)
{
    char *files = alfa__format("%s/" ALFA__HTML_FILES, folder);
    *out = NULL;
    if (!files)
        return alfa__fail_memory(err, strlen(folder));
    enum alfa_status status = alfa__folder_make(files, err);
    free(files);
    if (status != ALFA_OK)
        return status;
    struct alfa__html *html = calloc(1, sizeof *html);
    if (!html || !(html->folder = alfa__strdup(folder)))
        status = alfa__fail_memory(err, sizeof *html);
    if (status == ALFA_OK)
        status = open_journal(html, err);
    if (status == ALFA_OK)
        html->run = -1, html->before = html->count;
    if (status == ALFA_OK)
        *out = html;
    else
        alfa__html_free(html);
    return status;
}

/* ---------------------------------------------------------------- this run */

static enum alfa_status set_text(char **out, const char *text, struct alfa_error *err)
{
    char *copy = clean(text);
    if (!copy)
        return alfa__fail_memory(err, strlen(text) + 1);
    free(*out);
    *out = copy;
    return ALFA_OK;
}

enum alfa_status alfa__html_begin(struct alfa__html *html, const char *key, const char *with,
                                  struct alfa_error *err)
{
    if (strcmp(html->key, key) != 0)
        html->run = -1; /* what comes is another run */
    snprintf(html->key, sizeof html->key, "%s", key);
    return set_text(&html->with, with, err);
}

enum alfa_status alfa__html_describe(struct alfa__html *html, const char *about, struct alfa_error *err)
{
    return set_text(&html->about, about, err);
}

static enum alfa_status write_run(struct alfa__html *html, const struct alfa__html_run *run,
                                  struct alfa_error *err)
{
    json_t *line = json_pack("{s:s, s:s, s:s, s:s, s:f}", "run", run->key, "class", run->class_name, "model",
                             run->model, "method", run->method, "place", isnan(run->place) ? 0 : run->place);
    if (run->with)
        alfa__json_set(&line, "with", json_string(run->with));
    if (run->settings)
        alfa__json_set(&line, "settings", json_string(run->settings));
    return alfa__journal_add(html->journal, line, err);
}

static char *in_words(const char *settings)
{
    struct alfa__string words = {0};
    alfa__settings_words(&words, settings);
    char *text = alfa__string_ok(&words) ? copy(words.text) : NULL;
    alfa__string_free(&words);
    return text;
}

/* With the first result it is known what this run is. Its line comes again when other runs stand between. */
static enum alfa_status enter_run(struct alfa__html *html, const struct alfa__record *record,
                                  struct alfa_error *err)
{
    const struct alfa_summary *summary = record->summary;
    if (html->run >= 0)
        return ALFA_OK;
    struct alfa__html_run run = {.with = copy(html->with),
                                 .class_name = clean(summary->class_name),
                                 .model = clean(summary->model),
                                 .method = clean(summary->method),
                                 .settings = in_words(record->settings),
                                 .place = summary->pixel_threshold};
    snprintf(run.key, sizeof run.key, "%s", html->key);
    ALFA__TRY(add_run(html, &run, err));
    ALFA__TRY(write_run(html, &html->runs[html->run_count - 1], err));
    html->run = html->run_count - 1;
    return ALFA_OK;
}

/* ---------------------------------------------------------------- pictures */

static enum alfa_status write_picture(const struct alfa__html *html, int number, const char *kind,
                                      const struct alfa__html_jpeg *picture, struct alfa_error *err)
{
    char *path = alfa__format("%s/" ALFA__HTML_FILES "/%05d-%s.jpg", html->folder, number, kind);
    if (!path)
        return alfa__fail_memory(err, strlen(html->folder));
    enum alfa_status status = alfa__file_write(path, picture->bytes, picture->size, err);
    free(path);
    return status;
}

/* number is that of the pictures that these replace, or a new one. */
static enum alfa_status write_pictures(struct alfa__html_pictures *out, const struct alfa__html *html,
                                       int number, const struct alfa__html_drawn *drawn,
                                       struct alfa_error *err)
{
    enum alfa_status status = write_picture(html, number, "photo", &drawn->photo, err);
    if (status == ALFA_OK && drawn->map.bytes)
        status = write_picture(html, number, "map", &drawn->map, err);
    *out = (struct alfa__html_pictures){number, drawn->map.bytes, drawn->width, drawn->height};
    return status;
}

/* ---------------------------------------------------------------- one more file */

static char *reason(const struct alfa__record *record)
{
    struct alfa__string out = {0};
    alfa__record_error(&out, record);
    char *copy = alfa__string_ok(&out) ? alfa__strdup(out.text) : NULL;
    alfa__string_free(&out);
    return copy;
}

static enum alfa_status fill_card(struct alfa__html_entry *entry, struct alfa__html *html,
                                  const struct alfa__record *record, const struct alfa__html_drawn *drawn,
                                  struct alfa_error *err)
{
    const int number = number_for(html, forerunner(html, &record->origin));
    struct alfa__html_pictures pictures = {0};
    ALFA__TRY(enter_run(html, record, err));
    if (drawn->photo.bytes)
        ALFA__TRY(write_pictures(&pictures, html, number, drawn, err));
    entry->card = alfa__html_card(record, &pictures);
    entry->name = record->name ? clean(record->name) : NULL;
    entry->run = html->run;
    entry->number = pictures.number;
    entry->mapped = pictures.mapped;
    entry->score = record->summary->score;
    entry->threshold = record->summary->threshold;
    entry->anomalous = record->summary->anomalous;
    return entry->card && (entry->name || !record->name) ? ALFA_OK : alfa__fail_memory(err, 1);
}

static enum alfa_status fill_entry(struct alfa__html_entry *entry, struct alfa__html *html,
                                   const struct alfa__record *record, const struct alfa__html_drawn *drawn,
                                   struct alfa_error *err)
{
    *entry = (struct alfa__html_entry){.path = clean(record->path), .origin = record->origin, .run = -1};
    if (!entry->path)
        return alfa__fail_memory(err, 1);
    if (!record->error && record->summary)
        return fill_card(entry, html, record, drawn, err);
    entry->error = reason(record);
    return entry->error ? ALFA_OK : alfa__fail_memory(err, 1);
}

static enum alfa_status write_entry(struct alfa__html *html, const struct alfa__html_entry *entry,
                                    struct alfa_error *err)
{
    char place[17];
    snprintf(place, sizeof place, "%llx", entry->origin.place);
    json_t *line = json_pack("{s:s, s:s, s:I, s:I}", "path", entry->path, "file", place, "size",
                             (json_int_t)entry->origin.size, "modified", (json_int_t)entry->origin.modified);
    int failed = !line;
    if (entry->origin.once)
        failed |= json_object_set_new(line, "once", json_true());
    if (entry->name)
        failed |= json_object_set_new(line, "name", json_string(entry->name));
    if (entry->error) {
        failed |= json_object_set_new(line, "error", json_string(entry->error));
    } else {
        failed |= json_object_set_new(line, "number", json_integer(entry->number));
        failed |= json_object_set_new(line, "score", json_real(isfinite(entry->score) ? entry->score : 0));
        failed |= json_object_set_new(line, "anomalous", json_boolean(entry->anomalous));
        failed |= json_object_set_new(line, "mapped", json_boolean(entry->mapped));
        failed |= json_object_set_new(line, "card", json_string(entry->card));
        if (isfinite(entry->threshold))
            failed |= json_object_set_new(line, "threshold", json_real(entry->threshold));
    }
    if (failed) {
        json_decref(line);
        return alfa__fail_memory(err, 1);
    }
    return alfa__journal_add(html->journal, line, err);
}

enum alfa_status alfa__html_add_drawn(struct alfa__html *html, const struct alfa__record *record,
                                      const struct alfa__html_drawn *drawn, struct alfa_error *err)
{
    struct alfa__html_entry entry = {0};
    if (!reserve(html))
        return alfa__fail_memory(err, sizeof entry);
    enum alfa_status status = fill_entry(&entry, html, record, drawn, err);
    if (status == ALFA_OK)
        status = write_entry(html, &entry, err);
    if (status == ALFA_OK)
        keep(html, &entry);
    else
        free_entry(&entry);
    return status;
}

enum alfa_status alfa__html_add(struct alfa__html *html, const struct alfa__record *record,
                                const struct alfa_image *photo, const struct alfa__heat *heat,
                                struct alfa_error *err)
{
    struct alfa__html_drawn drawn = {.width = 0};
    const bool draws = photo && !record->error && record->summary;
    enum alfa_status status = draws ? alfa__html_draw(&drawn, record, photo, heat, err) : ALFA_OK;
    if (status == ALFA_OK)
        status = alfa__html_add_drawn(html, record, &drawn, err);
    alfa__html_drawn_free(&drawn);
    return status;
}

enum alfa_status alfa__html_write(const struct alfa__html *html, struct alfa_error *err)
{
    struct alfa__string page = {0};
    char *path = alfa__format("%s/report.html", html->folder);
    enum alfa_status status = ALFA_OK;
    if (path)
        alfa__html_page(&page, html);
    if (!path || !alfa__string_ok(&page))
        status = alfa__fail_memory(err, page.size);
    else
        status = alfa__file_save(path, page.text, page.size, err);
    alfa__string_free(&page);
    free(path);
    return status;
}
