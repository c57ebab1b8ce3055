/* Good and bad photographs in one folder. Their own names say which are which (good_1.png, bad_1.png), or
 * masks do: beside them (0001.png and 0001_GT.png), or in a folder of masks beside the images or in them. */
#include "base/strings.h"
#include "dataset/part.h"
#include "dataset/words.h"

#include <stdlib.h>

bool alfa__flat_is_class(const struct alfa__folder *top)
{
    size_t pairs = 0;
    bool truths = false, images = top->images.count > 0;
    free(alfa__tree_pairs(top, &pairs));
    for (size_t i = 0; i < top->folders.count; i++) {
        char *path = alfa__name_is_truth(top->folders.items[i])
                         ? alfa__format("%s/%s", top->path, top->folders.items[i])
                         : NULL;
        truths = truths || (path && alfa__folder_has_images(path));
        free(path);
        images = images || alfa__name_is_images(top->folders.items[i]);
    }
    return pairs > 0 || (truths && images);
}

enum alfa_status alfa__flat_read(struct alfa__dataset *set, struct alfa__class *class,
                                 const struct alfa__folder *top, struct alfa_error *err)
{
    struct alfa__part part;
    ALFA__TRY(alfa__part_open(&part, set, top->path, NULL, err));
    enum alfa_status status = alfa__part_decide(set, class, &part, false, NULL, err);
    alfa__part_free(&part);
    alfa__notices_add(&set->notices, top->path,
                      "has no folder train: all is judged, nothing is there to learn from");
    return status;
}
