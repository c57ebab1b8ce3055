#!/usr/bin/env bash
# One would guess that bild's transform.Rotate() turns a picture by the angle that it is given, about its middle.
# It rounds the angle to whole degrees to see whether there is anything to do: below 0.5 degrees, and above 359.5, it gives back the picture as it is. A mark near the
# corner of 2400 x 2000 pixels, which should move by 13 pixels, stays where it is; by 0.5 degrees it moves. Odd sizes are turned about a place that is half a pixel
# off: after half a turn of 101 x 61 all lies one pixel to the left and above, the last column and row are gone and the first ones are there twice. Even
# sizes, and odd ones with ResizeBounds, have right half turns.
# It matters where a part that lies askew by a fraction of a degree is straightened before it is compared with a golden picture: it stays askew, without a word, and
# its edges differ, more so the further out. What helps: the imaging package's Rotate().
# Versions: bild 0.14.0, imaging 1.6.2; Go 1.26.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export GOMODCACHE="$work/mod" GOFLAGS=-modcacherw
cat >go.mod <<'EOF'
module turn

go 1.22

require (
	github.com/anthonynsimon/bild v0.14.0
	github.com/disintegration/imaging v1.6.2
)
EOF
cat >main.go <<'EOF'
package main

import (
	"fmt"
	"image"
	"image/color"
	"math"
	"os"

	"github.com/anthonynsimon/bild/transform"
	"github.com/disintegration/imaging"
)

func marked(width, height, left, top, side int) *image.Gray {
	picture := image.NewGray(image.Rect(0, 0, width, height))
	for at := 0; at < side*side; at++ {
		picture.SetGray(left+at%side, top+at/side, color.Gray{Y: 255})
	}
	return picture
}

// where the bright pixels are: their mean, about the picture's middle, and how many.
func where(picture image.Image) (x, y float64, count int) {
	bounds := picture.Bounds()
	for v := bounds.Min.Y; v < bounds.Max.Y; v++ {
		for u := bounds.Min.X; u < bounds.Max.X; u++ {
			if grey, _, _, _ := picture.At(u, v).RGBA(); grey > 0x7fff {
				x, y, count = x+float64(u), y+float64(v), count+1
			}
		}
	}
	n := float64(count)
	return x/n + 0.5 - float64(bounds.Dx())/2, y/n + 0.5 - float64(bounds.Dy())/2, count
}

func main() {
	wrong := false
	part := marked(2400, 2000, 40, 40, 6)
	fromX, fromY, _ := where(part)
	for _, degrees := range []float64{0.2, 0.49, 0.5, -0.49, 359.6} {
		sine, cosine := math.Sincos(degrees * math.Pi / 180)
		dueX, dueY := fromX*cosine-fromY*sine, fromX*sine+fromY*cosine
		moved := func(picture image.Image) (float64, float64) {
			x, y, _ := where(picture)
			return math.Hypot(x-fromX, y-fromY), math.Hypot(x-dueX, y-dueY)
		}
		by, off := moved(transform.Rotate(part, degrees, nil))
		byOther, offOther := moved(imaging.Rotate(part, -degrees, color.Black))
		fmt.Printf("2400 x 2000 by %v degrees: the mark moves by %.1f pixels, %.1f off, in bild; by %.1f, %.1f off, in imaging\n", degrees, by, off, byOther, offOther)
		whole := math.Abs(degrees) < 0.5 || degrees > 359.5
		wrong = wrong || (by == 0) != whole || whole != (off > 4) || offOther > 1
	}
	for _, size := range [][2]int{{100, 60}, {101, 61}} {
		for _, resize := range []bool{false, true} {
			turn := &transform.RotationOptions{ResizeBounds: resize}
			x, y, _ := where(transform.Rotate(marked(size[0], size[1], 20, 20, 1), 180, turn))
			_, _, first := where(transform.Rotate(marked(size[0], size[1], 0, 20, 1), 180, turn))
			_, _, last := where(transform.Rotate(marked(size[0], size[1], size[0]-1, 20, 1), 180, turn))
			x, y = x+float64(size[0])/2-0.5, y+float64(size[1])/2-0.5
			fmt.Printf("%d x %d by 180 degrees, ResizeBounds %v: 20 20 becomes %v %v; of the first column there are %d, of the last %d\n", size[0], size[1], resize, x, y, first, last)
			beside := 0.0
			if size[0]%2 == 1 && !resize {
				beside = 1
			}
			wrong = wrong || x != float64(size[0]-21)-beside || y != float64(size[1]-21)-beside
			wrong = wrong || float64(first) != 1+beside || float64(last) != 1-beside
		}
	}
	if wrong {
		fmt.Println("changed: other places")
		os.Exit(1)
	}
}
EOF
go mod tidy 2>tidy.log || { cat tidy.log; exit 1; }
go run .
