/* Whether the parts of a bank's normal images always lie alike, in a fixture, so that option place
 * (bank/place.h) would find more: found out by leaving each of a few images out. */
#ifndef ALFA_DETECT_FIXTURE_H
#define ALFA_DETECT_FIXTURE_H

#include "detect/detector.h"

/* Sets bank->fixtured. Of up to five of the images that are used, each row of the first layer is looked up in
 * those of the other images, with places and without. Parts lie alike when
 *   - places do not make the images stranger to each other: the largest distance rises by a tenth at most,
 * and
 *   - they tell places apart: of the rows, put at places half a picture away, 30 % at least are farther from
 *     the others than any row is where it belongs (a texture has the same everywhere).
 * Never of a bank that knows places, or that is to have its images turned; nor of passes with a region of
 * interest. */
enum alfa_status alfa__bank_find_fixture(struct alfa_bank *bank, const bool *used, struct alfa__arena *arena,
                                         struct alfa_error *err);

#endif
