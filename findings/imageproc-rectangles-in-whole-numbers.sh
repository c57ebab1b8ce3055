#!/usr/bin/env bash
# One would guess that convex_hull() and min_area_rect() of Rust's imageproc, which take points of any number type, give the hull and the rectangle of points in
# millimetres or of sub-pixel edges.
# The hull compares the points with their decimals cut off, so that a part of 0.8 x 0.4 mm has a hull of two points and the area 0, and a rectangle of 0.89 x 0. The
# corners of the rectangle are rounded outwards to whole numbers, for floats too: 12.4 x 3.2 is 13 x 5, a scratch of 80.3 x 0.6 at 45 degrees 80.6 x 2.
# Points of whole pixels are affected by that as well: a part of 80 x 20 pixels is 80 x 20 as it lies, and 82 x 22 where it is turned by 10 degrees. contour_area()
# of the same points is right.
# It matters where widths are measured: in millimetres they are wrong by up to two, and turned parts are larger than straight ones. What helps: points multiplied by
# 100 before, and the sides divided by 100 (a span of more than 46340 is too much for it).
# Versions: imageproc 0.27.0; Rust 1.95.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
mkdir src
cat >Cargo.toml <<'EOF'
[package]
name = "rectangles"
version = "0.1.0"
edition = "2021"

[dependencies]
imageproc = { version = "=0.27.0", default-features = false }
EOF
cat >src/main.rs <<'EOF'
use imageproc::geometry::{contour_area, convex_hull, min_area_rect};
use imageproc::point::Point;

type Points = Vec<Point<f64>>;

/// The outline of a rectangle about (10.35, 10.55), in steps of a twentieth of its sides.
fn outline(width: f64, height: f64, degrees: f64, scale: f64) -> Points {
    let (sine, cosine) = degrees.to_radians().sin_cos();
    let steps = (0..20).map(|step| f64::from(step) / 20.0 - 0.5);
    let top = steps.clone().map(|t| (t * width, -height / 2.0));
    let right = steps.clone().map(|t| (width / 2.0, t * height));
    let bottom = steps.clone().map(|t| (-t * width, height / 2.0));
    let left = steps.clone().map(|t| (-width / 2.0, -t * height));
    let turned = top.chain(right).chain(bottom).chain(left);
    turned.map(|(x, y)| Point::new(scale * (10.35 + x * cosine - y * sine), scale * (10.55 + x * sine + y * cosine))).collect()
}

/// The longer and the shorter side.
fn sides(rectangle: &[Point<f64>; 4]) -> (f64, f64) {
    let side = |a: usize, b: usize| (rectangle[a].x - rectangle[b].x).hypot(rectangle[a].y - rectangle[b].y);
    let (one, other) = (side(0, 1), side(1, 2));
    (one.max(other), one.min(other))
}

fn near(found: f64, wanted: f64) -> bool {
    (found - wanted).abs() < 0.025
}

fn main() {
    let mut wrong = false;
    for (width, height, degrees, long, short, hulled) in [
        (0.8, 0.4, 0.0, 0.894, 0.0, 0.0),
        (12.4, 3.2, 0.0, 13.0, 5.0, 38.69),
        (12.4, 3.2, 10.0, 13.34, 4.0, 38.69),
        (80.3, 0.6, 45.0, 80.61, 2.0, 47.46),
    ] {
        let points = outline(width, height, degrees, 1.0);
        let (found, hull) = (sides(&min_area_rect(&points)), contour_area(&convex_hull(points.clone())));
        let (fine, area) = (sides(&min_area_rect(&outline(width, height, degrees, 100.0))), contour_area(&points));
        println!("{width} x {height} mm at {degrees} degrees: {:.2} x {:.2}, hull {hull:.2} mm2, outline {area:.2}; by hundredths {:.2} x {:.2}", found.0, found.1, fine.0 / 100.0, fine.1 / 100.0);
        wrong |= !near(found.0, long) || !near(found.1, short) || !near(hull, hulled) || !near(area, width * height);
        wrong |= !near(fine.0 / 100.0, width) || !near(fine.1 / 100.0, height);
    }
    for (degrees, long, short) in [(0.0_f64, 80.0, 20.0), (10.0, 82.2, 22.2), (45.0, 81.32, 21.93)] {
        let (sine, cosine) = degrees.to_radians().sin_cos();
        let inside = (-40..=40).flat_map(|x| (-10..=10).map(move |y| (f64::from(x), f64::from(y))));
        let pixels: Vec<Point<i32>> =
            inside.map(|(x, y)| Point::new((100.0 + x * cosine - y * sine).round() as i32, (100.0 + x * sine + y * cosine).round() as i32)).collect();
        let found = sides(&min_area_rect(&pixels).map(|corner| Point::new(f64::from(corner.x), f64::from(corner.y))));
        println!("80 x 20 pixels at {degrees} degrees: {:.1} x {:.1}", found.0, found.1);
        wrong |= !near(found.0, long) || !near(found.1, short);
    }
    if wrong {
        println!("changed: other rectangles");
        std::process::exit(1);
    }
}
EOF
cargo run -q
