/* Short labels on pictures, drawn with a round pen at any size, so that no font has to be installed.
 *
 * It knows digits, letters (capitals are drawn as small ones), space and ". , : - + _ ( )". Other characters
 * are left out. */
#ifndef ALFA_IMAGE_TEXT_H
#define ALFA_IMAGE_TEXT_H

#include "image/image.h"

/* Pixels that a text is wide when its digits are height pixels tall. */
int alfa__text_width(const char *text, int height);

/* Draws with the upper left corner of the digits at (x, y); what lies outside the canvas is cut. */
void alfa__text_draw(struct alfa_image *canvas, int x, int y, int height, const char *text,
                     const unsigned char colour[3]);

#endif
