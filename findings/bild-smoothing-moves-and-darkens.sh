#!/usr/bin/env bash
# One would guess that bild's blur.Gaussian() and blur.Box() leave a plain surface as bright as it is and an edge where it is, and that effect.Dilate() and Erode()
# work the same to all sides.
# Sums are cut to whole numbers once a pass: Gaussian(1) and Gaussian(3) make 98 of a surface of 100, 2 and 10 leave it as it is. A radius of 0.5, 1.5 or 2.5 has a
# window of an even size that reaches one pixel further to the left and above: all moves by half a pixel to the right and below; a spot of 5 x 5 dilated by 1.5
# is 8 x 8 with its middle half a pixel off, and eroded by 1.5 it is 2 x 2. imaging's Blur() takes nothing.
# It matters where a smoothed picture is subtracted, as a background, or compared with one that was smoothed otherwise: all is two greys brighter than its
# background, and each edge is a line. What helps: whole radii, 2 and not 1, or the imaging package's Blur().
# Versions: bild 0.14.0, imaging 1.6.2; Go 1.26.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export GOMODCACHE="$work/mod" GOFLAGS=-modcacherw
cat >go.mod <<'EOF'
module smooth

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

	"github.com/anthonynsimon/bild/blur"
	"github.com/anthonynsimon/bild/effect"
	"github.com/disintegration/imaging"
)

const side = 41

func square(ground, grey uint8, from, to int) image.Image {
	picture := image.NewGray(image.Rect(0, 0, side, side))
	for at := 0; at < side*side; at++ {
		value := ground
		if x, y := at%side, at/side; x >= from && x < to && y >= from && y < to {
			value = grey
		}
		picture.SetGray(at%side, at/side, color.Gray{Y: value})
	}
	return picture
}

func grey(picture image.Image, x, y int) float64 {
	value, _, _, _ := picture.At(x, y).RGBA()
	return float64(value >> 8)
}

// beside is how far the bright pixels' middle has moved, to the right and below, from the picture's.
func beside(picture image.Image) (x, y float64, wide int) {
	var sum float64
	for at := 0; at < side*side; at++ {
		value := grey(picture, at%side, at/side)
		x, y, sum = x+value*float64(at%side), y+value*float64(at/side), sum+value
		if at/side == side/2 && value > 0 {
			wide++
		}
	}
	return x/sum - side/2, y/sum - side/2, wide
}

func main() {
	wrong := false
	plain := square(100, 100, 0, 0)
	for _, due := range []struct{ radius, gaussian, box float64 }{{1, 98, 100}, {1.5, 100, 100}, {2, 100, 100}, {3, 98, 100}, {5, 99, 99}, {10, 100, 100}} {
		gaussian, box := grey(blur.Gaussian(plain, due.radius), 20, 20), grey(blur.Box(plain, due.radius), 20, 20)
		other := grey(imaging.Blur(plain, due.radius), 20, 20)
		fmt.Printf("100 all over by radius %v: Gaussian %v, Box %v; imaging %v\n", due.radius, gaussian, box, other)
		wrong = wrong || gaussian != due.gaussian || box != due.box || other != 100
	}
	spot := square(0, 255, 18, 23)
	for _, radius := range []float64{0.5, 1, 1.5, 2, 2.5} {
		moves := 0.0
		if radius != math.Floor(radius) {
			moves = 0.5
		}
		for _, smoothed := range []struct {
			name    string
			picture image.Image
			wide    int
		}{
			{"Gaussian", blur.Gaussian(spot, radius), 0},
			{"Box", blur.Box(spot, radius), 0},
			{"Dilate", effect.Dilate(spot, radius), 5 + int(2*radius)},
			{"Erode", effect.Erode(spot, radius), 5 - int(2*radius)},
		} {
			x, y, wide := beside(smoothed.picture)
			fmt.Printf("5 x 5 by %s(%v): %d wide, %.2f %.2f beside\n", smoothed.name, radius, wide, x, y)
			if smoothed.name == "Erode" && smoothed.wide == 0 {
				continue
			}
			wrong = wrong || math.Abs(x-moves) > 0.02 || math.Abs(y-moves) > 0.02 || smoothed.wide > 0 && wide != smoothed.wide
		}
	}
	if wrong {
		fmt.Println("changed: other greys or places")
		os.Exit(1)
	}
}
EOF
go mod tidy 2>tidy.log || { cat tidy.log; exit 1; }
go run .
