/* A data set on disk: classes of things, each with normal photographs to learn from and photographs to judge.
 *
 * Layouts, recognised by what the folder holds:
 *   MVTec AD   <class>/train/good, <class>/test/{good,<defect>...},
 * <class>/ground_truth/<defect>/<stem>_mask.png; one class folder or a folder of such classes. A mask may
 * also be called as its image (VisA as its own script converts it; of its folders 1cls is taken). VisA
 * split_csv/1cls.csv names every image: columns object, split, label, image, mask. plain      a folder with
 * good (or normal, ok) and bad (anomaly, anomalous, abnormal, defect, defective, ng, nok) beside each other,
 * in any case, without masks; or a folder of such classes.
 *
 * Nothing is decoded here. What is odd or left out - missing masks, masks without image, files and folders
 * that belong nowhere, unreadable ones - stands in notices. Only names that start with a dot are passed over
 * silently. */
#ifndef ALFA_EVAL_DATASET_H
#define ALFA_EVAL_DATASET_H

#include "eval/notices.h"

enum alfa__dataset_layout { ALFA__LAYOUT_MVTEC, ALFA__LAYOUT_VISA, ALFA__LAYOUT_PLAIN };

/* A photograph to judge. */
struct alfa__item {
    char *image; /* path */
    char *mask;  /* path; NULL for a normal image, and for an anomalous one that has none: no pixel metrics */
    char *
        kind; /* the defect as its folder is called; "anomaly" in VisA; of normal images the folder, "good" */
    bool anomalous;
};

struct alfa__class {
    char *name;                 /* of the folder: "metal_nut" */
    char *noun;                 /* as people say it: "metal nut" */
    struct alfa__names normals; /* paths of normal images to learn from, sorted; none in a plain folder */
    struct alfa__item *items;   /* at least one, sorted by path */
    size_t count, room;
    size_t anomalous, masks; /* items that are anomalous, and that have a mask */
    bool failed;             /* memory ran out while it was read; never in an opened data set */
};

struct alfa__dataset {
    enum alfa__dataset_layout layout;
    struct alfa__class *classes; /* at least one, sorted by name */
    size_t count, room;
    struct alfa__notices notices;
};

/* nouns_path, when not NULL, is a text file that overrides nouns: one "name = noun" a line, # starts a
 * comment line. Freed with alfa__dataset_free(). Fails with ALFA_ERROR_INPUT when the folder cannot be read,
 * has none of the layouts or no image to judge, and when a file that it must read (1cls.csv, nouns) is
 * damaged. */
enum alfa_status alfa__dataset_open(struct alfa__dataset **out, const char *folder, const char *nouns_path,
                                    struct alfa_error *err);
void alfa__dataset_free(struct alfa__dataset *dataset);

/* "MVTec AD", "VisA", "good and bad folders". */
const char *alfa__layout_name(enum alfa__dataset_layout layout);

/* The noun for a class folder's name: underscores are spaces, and the numbered classes of VisA lose their
 * number
 * ("macaroni1" -> "macaroni", "pcb4" -> "pcb"). NULL when out of memory; freed with free(). */
char *alfa__noun_for(const char *class_name);

#endif
