/* Temporary folders of tests. */
#ifndef ALFA_TESTS_FOLDER_H
#define ALFA_TESTS_FOLDER_H

#include <dirent.h>
#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>

static inline int folder_remove_entry(const char *path, const struct stat *info, int kind, struct FTW *walk)
{
    (void)info;
    (void)kind;
    (void)walk;
    return remove(path);
}

/* Removes a folder with all that is in it; 0 when that went well. */
static inline int folder_remove(const char *path)
{
    return nftw(path, folder_remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

/* How many things are in a folder; -1 when it cannot be read. */
static inline int folder_entries(const char *path)
{
    int count = 0;
    DIR *dir = opendir(path);
    if (!dir)
        return -1;
    while (readdir(dir))
        count++;
    closedir(dir);
    return count - 2;
}

#endif
