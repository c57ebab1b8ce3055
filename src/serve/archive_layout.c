/* The layouts of the database: step n leads from user_version n to n + 1. A step is never changed once it
 * was released; a new layout is a new step at the end. */
#include "serve/archive_inside.h"

static const char *const steps[] = {
    /* 0 -> 1 */
    "CREATE TABLE files(hash TEXT PRIMARY KEY, size INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE inspections("
    "  id INTEGER PRIMARY KEY AUTOINCREMENT,"
    "  time INTEGER NOT NULL,"
    "  name TEXT NOT NULL,"
    "  class TEXT NOT NULL,"
    "  method TEXT NOT NULL,"
    "  score REAL NOT NULL, p_value REAL, threshold REAL,"
    "  decision TEXT CHECK(decision IN ('anomaly', 'normal')),"
    "  verdict TEXT CHECK(verdict IN ('agree', 'false_alarm', 'missed')),"
    "  verdict_time INTEGER,"
    "  width INTEGER NOT NULL, height INTEGER NOT NULL,"
    "  image TEXT NOT NULL REFERENCES files(hash),"
    "  map TEXT REFERENCES files(hash),"
    "  report TEXT NOT NULL);"
    "CREATE INDEX inspections_class ON inspections(class, id);"
    "CREATE INDEX inspections_time ON inspections(time);"
    "CREATE INDEX inspections_image ON inspections(image);"
    "CREATE INDEX inspections_map ON inspections(map);"
    /* files that lost a row that names them: all that a sweep has to look at */
    "CREATE TABLE loose(hash TEXT PRIMARY KEY) WITHOUT ROWID;"
    "CREATE TRIGGER inspections_gone AFTER DELETE ON inspections BEGIN"
    "  INSERT OR IGNORE INTO loose VALUES(old.image);"
    "  INSERT OR IGNORE INTO loose SELECT old.map WHERE old.map IS NOT NULL; END;"
    "CREATE TABLE prompts(class TEXT PRIMARY KEY, text TEXT NOT NULL, time INTEGER NOT NULL);",
    /* 1 -> 2: banks; a row is one version of a bank, and the job that learns it */
    "CREATE TABLE banks("
    "  id INTEGER PRIMARY KEY AUTOINCREMENT,"
    "  name TEXT NOT NULL, version INTEGER NOT NULL,"
    "  class TEXT NOT NULL,"
    "  prompts TEXT," /* those it was learned with; NULL: the shipped ones */
    "  time INTEGER NOT NULL,"
    "  state TEXT NOT NULL CHECK(state IN ('waiting', 'learning', 'ready', 'failed')),"
    "  error TEXT,"
    "  base INTEGER REFERENCES banks(id) ON DELETE SET NULL,"
    "  current INTEGER NOT NULL DEFAULT 0,"
    "  rate REAL NOT NULL,"
    "  threshold REAL, learned_threshold REAL, pixel_threshold REAL,"
    "  file TEXT REFERENCES files(hash),"
    "  facts TEXT, effect TEXT,"
    "  UNIQUE(name, version));"
    "CREATE INDEX banks_file ON banks(file);"
    "CREATE TABLE bank_images("
    "  bank INTEGER NOT NULL REFERENCES banks(id) ON DELETE CASCADE,"
    "  image TEXT NOT NULL REFERENCES files(hash),"
    "  name TEXT NOT NULL,"
    "  role TEXT NOT NULL CHECK(role IN ('normal', 'bad')),"
    "  PRIMARY KEY(bank, image)) WITHOUT ROWID;"
    "CREATE INDEX bank_images_image ON bank_images(image);"
    "CREATE TRIGGER banks_gone AFTER DELETE ON banks WHEN old.file IS NOT NULL BEGIN"
    "  INSERT OR IGNORE INTO loose VALUES(old.file); END;"
    "CREATE TRIGGER bank_images_gone AFTER DELETE ON bank_images BEGIN"
    "  INSERT OR IGNORE INTO loose VALUES(old.image); END;"
    "ALTER TABLE inspections ADD COLUMN bank INTEGER REFERENCES banks(id) ON DELETE SET NULL;"
    "CREATE INDEX inspections_bank ON inspections(bank, id);",
    /* 2 -> 3: banks that look at parts of the pictures as well */
    "ALTER TABLE banks ADD COLUMN tiles INTEGER NOT NULL DEFAULT 0;",
    /* 3 -> 4: versions that begin with a .bank file that was brought along, and how many pictures are in that
     */
    "ALTER TABLE banks ADD COLUMN start TEXT REFERENCES files(hash);"
    "ALTER TABLE banks ADD COLUMN start_normal INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE banks ADD COLUMN start_bad INTEGER NOT NULL DEFAULT 0;"
    "CREATE INDEX banks_start ON banks(start);"
    "CREATE TRIGGER banks_start_gone AFTER DELETE ON banks WHEN old.start IS NOT NULL BEGIN"
    "  INSERT OR IGNORE INTO loose VALUES(old.start); END;",
    /* 4 -> 5: what was judged with a version says so after that was removed */
    "ALTER TABLE inspections ADD COLUMN gone_bank INTEGER;"
    "ALTER TABLE inspections ADD COLUMN gone_name TEXT;"
    "ALTER TABLE inspections ADD COLUMN gone_version INTEGER;"
    "UPDATE inspections SET gone_bank = json_extract(report, '$.bank.id'),"
    "  gone_name = json_extract(report, '$.bank.name'), gone_version = json_extract(report, "
    "'$.bank.version') "
    "WHERE bank IS NULL AND json_valid(report);"
    "CREATE TRIGGER banks_go BEFORE DELETE ON banks BEGIN"
    "  UPDATE inspections SET gone_bank = old.id, gone_name = old.name, gone_version = old.version"
    "  WHERE bank = old.id; END;",
    /* 5 -> 6: when a threshold was chosen; NULL: it is the learned one, or nobody knows */
    "ALTER TABLE banks ADD COLUMN threshold_time INTEGER;",
    /* 6 -> 7: normal pictures that somebody looked at and picked: they belong, however strange they look */
    "ALTER TABLE bank_images ADD COLUMN keep INTEGER NOT NULL DEFAULT 0;",
    /* 7 -> 8: and those of the .bank file that a version begins with */
    "ALTER TABLE banks ADD COLUMN start_keep INTEGER NOT NULL DEFAULT 0;",
};
enum { NEWEST = sizeof steps / sizeof *steps };

static enum alfa_status step(struct alfa__archive *archive, int from, struct alfa_error *err)
{
    char version[64];
    snprintf(version, sizeof version, "PRAGMA user_version = %d", from + 1);
    ALFA__TRY(alfa__archive_do(archive, "BEGIN IMMEDIATE", err));
    enum alfa_status status = alfa__archive_do(archive, steps[from], err);
    if (status == ALFA_OK)
        status = alfa__archive_do(archive, version, err);
    return alfa__archive_finish(archive, status, err);
}

enum alfa_status alfa__archive_migrate(struct alfa__archive *archive, struct alfa_error *err)
{
    const long long version = alfa__archive_whole(archive, "PRAGMA user_version", -1);
    const long long tables = alfa__archive_whole(archive, "SELECT count(*) FROM sqlite_schema", -1);
    if (version < 0 || tables < 0 || (version == 0 && tables > 0))
        return alfa__fail(err, ALFA_ERROR_INPUT, archive->folder,
                          "holds an alfa.db that is no database of alfa: give another folder with --data");
    if (version > NEWEST)
        return alfa__fail(err, ALFA_ERROR_INPUT, archive->folder,
                          "was written by a newer alfa (layout %lld, this one knows up to %d): use that "
                          "one, or give another folder with --data",
                          version, (int)NEWEST);
    if (version < NEWEST && !archive->writable)
        return alfa__fail(err, ALFA_ERROR_INPUT, archive->folder,
                          "was written by an older alfa: start 'alfa serve --data' once, which upgrades it");
    for (int from = (int)version; from < NEWEST; from++)
        ALFA__TRY(step(archive, from, err));
    return ALFA_OK;
}
