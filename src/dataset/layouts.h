/* The readers of the layouts (dataset/dataset.h) and what they share. Each appends classes to the data set.
 * Memory that runs out is remembered in the class or in the notices; alfa__dataset_open() looks at the end.
 */
#ifndef ALFA_DATASET_LAYOUTS_H
#define ALFA_DATASET_LAYOUTS_H

#include "dataset/dataset.h"

/* A folder that is one class, and how it is read: the table in layouts.c, tried from its beginning. */
struct alfa__layout {
    const char *name; /* for people */
    bool (*is_class)(const struct alfa__folder *top);
    enum alfa_status (*read)(struct alfa__dataset *set, struct alfa__class *class,
                             const struct alfa__folder *top, struct alfa_error *err);
};
const struct alfa__layout *alfa__layout_of(const struct alfa__folder *top); /* NULL: no class */

/* split.c, sorted.c, crossed.c, named.c, flat.c */
bool alfa__split_is_class(const struct alfa__folder *top);
enum alfa_status alfa__split_read(struct alfa__dataset *set, struct alfa__class *class,
                                  const struct alfa__folder *top, struct alfa_error *err);
bool alfa__sorted_is_class(const struct alfa__folder *top);
/* Whether a folder in top says good or bad, as in the folder of a day on which all was good. */
bool alfa__sorted_is_part(const struct alfa__folder *top);
enum alfa_status alfa__sorted_read(struct alfa__dataset *set, struct alfa__class *class,
                                   const struct alfa__folder *top, struct alfa_error *err);
/* Good and bad above, train and test in them. */
bool alfa__crossed_is_class(const struct alfa__folder *top);
enum alfa_status alfa__crossed_read(struct alfa__dataset *set, struct alfa__class *class,
                                    const struct alfa__folder *top, struct alfa_error *err);
/* Whether every image of a folder says in its name that it is good or bad, and there are both; and whether
 * one of these says good, or bad. Read as the ones whose masks decide. */
bool alfa__named_is_class(const struct alfa__folder *top);
bool alfa__named_is_good(const char *path);
bool alfa__named_is_bad(const char *path);
/* Of a folder in which some images say good and some bad: the first that says neither; NULL: none. Lent. */
const char *alfa__named_odd(const struct alfa__folder *top);
bool alfa__flat_is_class(const struct alfa__folder *top);
enum alfa_status alfa__flat_read(struct alfa__dataset *set, struct alfa__class *class,
                                 const struct alfa__folder *top, struct alfa_error *err);

/* Tables that name every image; *found says whether there was one. visa.c: only the class called only, when
 * it is not NULL. realiad.c, meta.c: top may be the data set or one class of it. */
enum alfa_status alfa__visa_read(struct alfa__dataset *set, const char *root, const char *only,
                                 struct alfa_error *err);
enum alfa_status alfa__realiad_read(struct alfa__dataset *set, const struct alfa__folder *top, bool *found,
                                    struct alfa_error *err);
enum alfa_status alfa__meta_read(struct alfa__dataset *set, const struct alfa__folder *top, bool *found,
                                 struct alfa_error *err);

/* nouns.c: the lines of a file of nouns into the classes. */
enum alfa_status alfa__nouns_read(struct alfa__dataset *set, const char *path, struct alfa_error *err);

/* ------------------------------------------------------------------ what readers share */

/* Fails on folders such as Negative and Positive beside each other, of which either may be the good one. */
enum alfa_status alfa__dataset_check_signs(const struct alfa__folder *folder, struct alfa_error *err);

/* The class of that name, added when there is none; NULL when out of memory. The pointer is good until the
 * next class is added. */
struct alfa__class *alfa__dataset_class(struct alfa__dataset *set, const char *name);

/* One more image to judge or to learn from. mask may be NULL. */
void alfa__class_add(struct alfa__class *class, const char *image, const char *mask, const char *kind,
                     bool anomalous);
void alfa__class_add_normal(struct alfa__class *class, const char *image);

/* Sorts, counts, leaves out classes without images; fails when nothing is left. */
enum alfa_status alfa__dataset_finish(struct alfa__dataset *set, const char *folder, struct alfa_error *err);

/* Reads parent/name; when that cannot be searched it is empty and there is a notice. Freed by the caller. */
enum alfa_status alfa__dataset_folder(struct alfa__folder *out, struct alfa__dataset *set, const char *parent,
                                      const char *name, struct alfa_error *err);

/* Notices for what lies in a folder beside what was expected there (a set of these). */
enum { ALFA__EXPECT_NOTHING = 0, ALFA__EXPECT_IMAGES = 1, ALFA__EXPECT_FOLDERS = 2, ALFA__EXPECT_TRUTHS = 4 };
void alfa__dataset_leave(struct alfa__dataset *set, const struct alfa__folder *folder, int expected);

/* The same where one folder in it is entered; TRUTHS: those of masks are read as well. */
void alfa__dataset_beside(struct alfa__dataset *set, const struct alfa__folder *folder, const char *entered,
                          int expected);

/* Adds parent/name to a list of folders of masks. One without images, as those of COCO, YOLO and VOC with
 * their boxes and polygons, is none: that becomes a notice. */
void alfa__dataset_truth(struct alfa__names *out, struct alfa__dataset *set, const char *parent,
                         const char *name);

/* survey.c: "found 12 images in test, 3 in test/x and 40 more elsewhere", or that there are none. */
void alfa__survey(char *out, size_t size, const char *folder);

#endif
