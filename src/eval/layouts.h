/* The readers of the layouts (eval/dataset.h) and what they share. Each appends classes to the data set.
 * Memory that runs out is remembered in the class or in the notices; alfa__dataset_open() looks at the end.
 */
#ifndef ALFA_EVAL_LAYOUTS_H
#define ALFA_EVAL_LAYOUTS_H

#include "eval/dataset.h"

/* mvtec.c, plain.c: top is the class's folder. */
bool alfa__mvtec_is_class(const struct alfa__folder *top);
enum alfa_status alfa__mvtec_read(struct alfa__dataset *set, const struct alfa__folder *top, const char *name,
                                  struct alfa_error *err);
bool alfa__plain_is_class(const struct alfa__folder *top);
enum alfa_status alfa__plain_read(struct alfa__dataset *set, const struct alfa__folder *top, const char *name,
                                  struct alfa_error *err);

/* visa.c: top is the folder that holds split_csv. */
enum alfa_status alfa__visa_read(struct alfa__dataset *set, const struct alfa__folder *top,
                                 struct alfa_error *err);

/* nouns.c: the lines of a file of nouns into the classes. */
enum alfa_status alfa__nouns_read(struct alfa__dataset *set, const char *path, struct alfa_error *err);

/* The class of that name, added when there is none; NULL when out of memory. The pointer is good until the
 * next class is added. */
struct alfa__class *alfa__dataset_class(struct alfa__dataset *set, const char *name);

/* folder/name as one more image to judge or to learn from. */
void alfa__class_add(struct alfa__class *class, const char *folder, const char *name, const char *kind,
                     bool anomalous);
void alfa__class_add_normal(struct alfa__class *class, const char *folder, const char *name);

/* Reads parent/name; when that cannot be searched it is empty and there is a notice. Freed by the caller. */
enum alfa_status alfa__dataset_folder(struct alfa__folder *out, struct alfa__dataset *set, const char *parent,
                                      const char *name, struct alfa_error *err);

/* Notices for what lies in a folder beside what was expected there (a set of these). */
enum { ALFA__EXPECT_NOTHING = 0, ALFA__EXPECT_IMAGES = 1, ALFA__EXPECT_FOLDERS = 2 };
void alfa__dataset_leave(struct alfa__dataset *set, const struct alfa__folder *folder, int expected);

/* Whether a folder's name says that its images are normal, or not; in any case. */
bool alfa__name_is_good(const char *name);
bool alfa__name_is_bad(const char *name);

#endif
