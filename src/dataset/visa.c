/* VisA: split_csv/1cls.csv says which image is learnt from, which is judged, and where its mask is.
 *
 *     object,split,label,image,mask
 *     candle,test,anomaly,candle/Data/Images/Anomaly/000.JPG,candle/Data/Masks/Anomaly/000.png
 *
 * Paths are relative to the data set's folder. Columns may come in any order; of quoting only "..." around a
 * whole field is known. Spreadsheets save semicolons or tabs instead of commas. */
#include "base/files.h"
#include "base/strings.h"
#include "dataset/listing.h"
#include "dataset/words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define TABLE "split_csv/1cls.csv"
#define LIMIT ((size_t)64 << 20)
#define MAX_CLASSES 1000

enum column { OBJECT, SPLIT, LABEL, IMAGE, MASK, COLUMNS };
static const char *const column_names[COLUMNS] = {"object", "split", "label", "image", "mask"};
enum { MAX_FIELDS = 32 };

struct table {
    struct alfa__dataset *set;
    const char *root;
    const char *only; /* class; NULL: all */
    char *path;       /* of the table */
    char separator[2];
    int places[COLUMNS];
    struct alfa__names listed; /* every path in it, to find files that are not */
    struct alfa__names odd_lines, no_images, no_masks, odd, twice; /* to be reported */
};

/* ------------------------------------------------------------------ lines */

/* Without spaces and quotes around it. */
static char *plain_field(char *field)
{
    field += strspn(field, " \t\r");
    size_t size = strlen(field);
    while (size && strchr(" \t\r", field[size - 1]))
        field[--size] = 0;
    if (size < 2 || field[0] != '"' || field[size - 1] != '"')
        return field;
    field[size - 1] = 0;
    return field + 1;
}

/* Cuts a line into fields, in place; gives how many. */
static int split(const struct table *table, char *fields[MAX_FIELDS], char *line)
{
    int count = 0;
    while (line && count < MAX_FIELDS)
        fields[count++] = plain_field(strsep(&line, table->separator));
    return count;
}

static enum alfa_status read_header(struct table *table, char *line, struct alfa_error *err)
{
    char *fields[MAX_FIELDS];
    const char *separator = strpbrk(line, ",;\t");
    table->separator[0] = separator ? *separator : ',';
    int count = split(table, fields, line);
    for (int column = 0; column < COLUMNS; column++) {
        table->places[column] = -1;
        for (int i = 0; i < count; i++)
            if (strcasecmp(fields[i], column_names[column]) == 0)
                table->places[column] = i;
        if (table->places[column] < 0 && column != MASK)
            return alfa__fail(err, ALFA_ERROR_INPUT, table->path, "has no column \"%s\" in its first line",
                              column_names[column]);
    }
    return ALFA_OK;
}

static bool exists(struct table *table, const char *path)
{
    char *full = alfa__format("%s/%s", table->root, path);
    bool found = full && alfa__file_exists(full);
    table->odd.failed = table->odd.failed || !full;
    free(full);
    return found;
}

static void add_mask(struct table *table, struct alfa__item *item, const char *path)
{
    if (*path)
        alfa__names_add(&table->listed, path);
    if (!alfa__path_is_inside(path) || !exists(table, path)) {
        alfa__names_add(&table->no_masks, item->image + strlen(table->root) + 1);
        return;
    }
    item->mask = alfa__format("%s/%s", table->root, path);
    table->odd.failed = table->odd.failed || !item->mask;
}

/* A row whose words are known and whose image is there. */
static void add_row(struct table *table, char *const values[COLUMNS], bool train, bool anomalous)
{
    struct alfa__class *class = alfa__dataset_class(table->set, values[OBJECT]);
    char *image = alfa__format("%s/%s", table->root, values[IMAGE]);
    if (!class || !image) {
        table->odd.failed = true;
    } else if (train && anomalous) {
        alfa__names_add(&table->odd, values[IMAGE]);
    } else if (train) {
        alfa__class_add_normal(class, image);
    } else {
        size_t before = class->count;
        alfa__class_add(class, image, NULL, anomalous ? "anomaly" : "good", anomalous);
        if (anomalous && class->count > before)
            add_mask(table, &class->items[before], values[MASK]);
    }
    free(image);
}

/* Paths that were written on Windows. */
static void turn_slashes(struct table *table, char *path)
{
    if (!exists(table, path))
        while ((path = strchr(path, '\\')))
            *path = '/';
}

static void read_row(struct table *table, char *line, int number)
{
    char *fields[MAX_FIELDS], *values[COLUMNS], text[32];
    static char nothing[] = "";
    int count = split(table, fields, line);
    for (int column = 0; column < COLUMNS; column++) {
        int place = table->places[column];
        values[column] = place >= 0 && place < count ? fields[place] : nothing;
        if (strncmp(values[column], "./", 2) == 0)
            values[column] += 2;
    }
    turn_slashes(table, values[IMAGE]);
    turn_slashes(table, values[MASK]);
    bool train = strcasecmp(values[SPLIT], "train") == 0, test = strcasecmp(values[SPLIT], "test") == 0;
    bool normal = alfa__name_is_good(values[LABEL]), bad = alfa__name_is_bad(values[LABEL]);
    if (*values[OBJECT] == 0 || strchr(values[OBJECT], '/') || train == test || normal == bad ||
        !alfa__path_is_inside(values[IMAGE])) {
        snprintf(text, sizeof text, "%d", number);
        alfa__names_add(&table->odd_lines, text);
        return;
    }
    if (table->only && strcmp(values[OBJECT], table->only) != 0)
        return;
    alfa__names_add(&table->listed, values[IMAGE]);
    if (exists(table, values[IMAGE]))
        add_row(table, values, train, bad);
    else
        alfa__names_add(&table->no_images, values[IMAGE]);
}

static enum alfa_status read_lines(struct table *table, struct alfa_error *err)
{
    char *text;
    size_t size;
    ALFA__TRY(alfa__file_read(&text, &size, table->path, LIMIT, err));
    alfa__drop_mark(text);
    char *next = text;
    enum alfa_status status = read_header(table, strsep(&next, "\n"), err);
    for (int number = 2; status == ALFA_OK && next; number++) {
        char *line = strsep(&next, "\n");
        if (line[strspn(line, " \t\r")])
            read_row(table, line, number);
        if (table->set->count > MAX_CLASSES)
            status = alfa__fail(err, ALFA_ERROR_LIMIT, table->path, "has more than %d classes", MAX_CLASSES);
    }
    free(text);
    return status;
}

/* ------------------------------------------------------------------ files that the table does not name */

static enum alfa_status check_folder(struct table *table, const char *class, const char *inner,
                                     struct alfa_error *err)
{
    struct alfa__folder folder;
    struct alfa__names extra = {0};
    char *relative = alfa__format("%s/Data/%s", class, inner), *path = NULL;
    if (!relative)
        return alfa__fail_memory(err, strlen(class));
    enum alfa_status status = alfa__dataset_folder(&folder, table->set, table->root, relative, err);
    for (size_t i = 0; status == ALFA_OK && i < folder.images.count; i++) {
        path = alfa__format("%s/%s", relative, folder.images.items[i]);
        if (!path)
            extra.failed = true;
        else if (!alfa__names_have(&table->listed, path))
            alfa__names_add(&extra, folder.images.items[i]);
        free(path);
    }
    if (status == ALFA_OK) {
        alfa__notices_add_names(&table->set->notices, folder.path,
                                "has files that " TABLE " does not name, left out", &extra);
        alfa__dataset_leave(table->set, &folder, ALFA__EXPECT_IMAGES);
    }
    table->odd.failed = table->odd.failed || extra.failed;
    alfa__names_free(&extra);
    alfa__folder_free(&folder);
    free(relative);
    return status;
}

static enum alfa_status check_folders(struct table *table, struct alfa_error *err)
{
    static const char *const inner[] = {"Images/Anomaly", "Images/Normal", "Masks/Anomaly"};
    struct alfa__folder top;
    enum alfa_status status = alfa__folder_read(&top, table->root, err);
    for (size_t i = 0; status == ALFA_OK && i < top.folders.count; i++) {
        const char *name = top.folders.items[i];
        bool named = false;
        for (size_t j = 0; j < table->set->count; j++)
            named = named || strcmp(table->set->classes[j].name, name) == 0;
        if (!named && strcmp(name, "split_csv") != 0 && !table->only)
            alfa__notices_add(&table->set->notices, top.path, "has a folder that is no class, left out: %s",
                              name);
        for (size_t j = 0; named && status == ALFA_OK && j < sizeof inner / sizeof *inner; j++)
            status = check_folder(table, name, inner[j], err);
    }
    if (status == ALFA_OK && !table->only)
        alfa__dataset_leave(table->set, &top, ALFA__EXPECT_FOLDERS);
    alfa__folder_free(&top);
    return status;
}

static void report(struct table *table)
{
    struct alfa__notices *notices = &table->set->notices;
    for (size_t i = 1; i < table->listed.count; i++)
        if (strcmp(table->listed.items[i - 1], table->listed.items[i]) == 0)
            alfa__names_add(&table->twice, table->listed.items[i]);
    alfa__notices_add_names(notices, table->path, "names files more than once", &table->twice);
    alfa__notices_add_names(notices, table->path, "has lines that cannot be understood, left out",
                            &table->odd_lines);
    alfa__notices_add_names(notices, table->path, "names images that are missing, left out",
                            &table->no_images);
    alfa__notices_add_names(notices, table->path, "has no mask, or a missing one, for", &table->no_masks);
    alfa__notices_add_names(notices, table->path, "has anomalous images to learn from, left out",
                            &table->odd);
    notices->failed = notices->failed || table->listed.failed || table->odd_lines.failed ||
                      table->no_images.failed || table->no_masks.failed || table->odd.failed ||
                      table->twice.failed;
}

enum alfa_status alfa__visa_read(struct alfa__dataset *set, const char *root, const char *only,
                                 struct alfa_error *err)
{
    struct table table = {.set = set, .root = root, .only = only, .path = alfa__format("%s/" TABLE, root)};
    if (!table.path)
        return alfa__fail_memory(err, strlen(root));
    enum alfa_status status = read_lines(&table, err);
    alfa__names_sort(&table.listed);
    if (status == ALFA_OK)
        status = check_folders(&table, err);
    report(&table);
    alfa__names_free(&table.listed);
    alfa__names_free(&table.odd_lines);
    alfa__names_free(&table.no_images);
    alfa__names_free(&table.no_masks);
    alfa__names_free(&table.odd);
    alfa__names_free(&table.twice);
    free(table.path);
    return status;
}
