/* A data set on disk: classes of things, each with normal photographs to learn from and photographs to judge.
 *
 * What lies in the folder says which layout it has; docs/data.md lists them with an example each:
 *   train and test   MVTec AD and its like: <class>/{train,test,ground_truth}, any case; also test_public
 * (MVTec AD 2), folders of masks (MVTec LOCO), ok and ko (BTAD), rgb and gt (MVTec 3D-AD) good and bad beside
 * each other, with or without a folder of masks; images in Images/Normal and Images/Anomaly (VisA without its
 * table) masks decide     photographs with masks beside them or in a folder of masks: black is normal
 * (KolektorSDD) tables           split_csv/1cls.csv of VisA; the JSON of Real-IAD; meta.json of several
 * repositories own folders      as the caller names them
 *
 * Images are decoded only where their masks decide. What is odd or left out - missing masks, masks without
 * image, files and folders that belong nowhere, unreadable ones - stands in notices. Only names that start
 * with a dot, and licences and readmes, are passed over silently. */
#ifndef ALFA_DATASET_DATASET_H
#define ALFA_DATASET_DATASET_H

#include "dataset/notices.h"

/* A photograph to judge. */
struct alfa__item {
    char *image; /* path */
    char *mask;  /* path of an image, or of several (mask.h), whose union counts; NULL for a normal image, and
                    for an anomalous one that has none: no pixel metrics */
    char *kind;  /* the defect as its folder is called; "anomaly" where nobody says; of normal images the
                    folder,  "good" */
    bool anomalous;
};

struct alfa__class {
    char *name;                 /* of the folder: "metal_nut" */
    char *noun;                 /* as people say it: "metal nut" */
    struct alfa__names normals; /* paths of normal images to learn from, sorted; may be none */
    struct alfa__item *items;   /* at least one, sorted by path */
    size_t count, room;
    size_t anomalous, masks; /* items that are anomalous, and that have a mask */
    bool failed;             /* memory ran out while it was read; never in an opened data set */
};

struct alfa__dataset {
    const char *layout;          /* what it was taken for: "MVTec AD", "VisA", "good and bad folders" */
    struct alfa__class *classes; /* at least one, sorted by name */
    size_t count, room;
    struct alfa__notices notices; /* while it is read; the caller's in the end */
};

/* nouns_path, when not NULL, is a text file that overrides nouns: one "name = noun" a line, # starts a
 * comment line. Notices are added to those of the caller, also on failure. Freed with alfa__dataset_free().
 * Fails with ALFA_ERROR_INPUT when the folder cannot be read, has none of the layouts or no image to judge
 * (and says where there are images), and when a file that it must read (a table, nouns) is damaged. */
enum alfa_status alfa__dataset_open(struct alfa__dataset **out, const char *folder, const char *nouns_path,
                                    struct alfa__notices *notices, struct alfa_error *err);

/* Folders of one class as the caller names them; each is searched with its sub-folders. */
struct alfa__own_folders {
    const char *normal, *abnormal; /* to judge; one of them may be NULL */
    const char *masks;             /* of the abnormal ones: called as they are; NULL: none */
    const char *learn;             /* normal images to learn from, which are not judged; NULL: none */
    const char *noun;              /* NULL: the name of the folder above */
};
enum alfa_status alfa__dataset_own(struct alfa__dataset **out, const struct alfa__own_folders *own,
                                   struct alfa__notices *notices, struct alfa_error *err);

void alfa__dataset_free(struct alfa__dataset *dataset);

/* The noun for a class folder's name: underscores are spaces, and the numbered classes of VisA lose their
 * number ("macaroni1" -> "macaroni", "pcb4" -> "pcb"). NULL when out of memory; freed with free(). */
char *alfa__noun_for(const char *class_name);

#endif
