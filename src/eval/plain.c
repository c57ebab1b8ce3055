/* Two kinds of folders beside each other, good and bad; every image in them is judged, none has a mask. */
#include "eval/layouts.h"

bool alfa__plain_is_class(const struct alfa__folder *top)
{
    bool good = false, bad = false;
    for (size_t i = 0; i < top->folders.count; i++) {
        good = good || alfa__name_is_good(top->folders.items[i]);
        bad = bad || alfa__name_is_bad(top->folders.items[i]);
    }
    return good && bad;
}

static enum alfa_status read_kind(struct alfa__dataset *set, struct alfa__class *class,
                                  const struct alfa__folder *top, const char *kind, struct alfa_error *err)
{
    struct alfa__folder folder;
    ALFA__TRY(alfa__dataset_folder(&folder, set, top->path, kind, err));
    for (size_t i = 0; i < folder.images.count; i++)
        alfa__class_add(class, folder.path, folder.images.items[i], kind, alfa__name_is_bad(kind));
    if (folder.images.count == 0)
        alfa__notices_add(&set->notices, folder.path, "holds no images");
    alfa__dataset_leave(set, &folder, ALFA__EXPECT_IMAGES);
    alfa__folder_free(&folder);
    return ALFA_OK;
}

enum alfa_status alfa__plain_read(struct alfa__dataset *set, const struct alfa__folder *top, const char *name,
                                  struct alfa_error *err)
{
    enum alfa_status status = ALFA_OK;
    struct alfa__names odd = {0};
    struct alfa__class *class = alfa__dataset_class(set, name);
    if (!class)
        return alfa__fail_memory(err, sizeof *class);
    for (size_t i = 0; status == ALFA_OK && i < top->folders.count; i++) {
        const char *kind = top->folders.items[i];
        if (alfa__name_is_good(kind) || alfa__name_is_bad(kind))
            status = read_kind(set, class, top, kind, err);
        else
            alfa__names_add(&odd, kind);
    }
    alfa__notices_add_names(&set->notices, top->path, "has folders that are neither good nor bad, left out",
                            &odd);
    alfa__dataset_leave(set, top, ALFA__EXPECT_FOLDERS);
    class->failed = class->failed || odd.failed;
    alfa__names_free(&odd);
    return status;
}
