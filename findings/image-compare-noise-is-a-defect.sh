#!/usr/bin/env bash
# One would guess that the SSIM (MSSIMSimple) of Rust's image-compare, which compares screenshots and pictures in tests, has the constants of the SSIM's authors, 6.5 and 58.5
# for 8 bits: two shots of one plain part that differ by a noise of a grey or two are alike.
# It adds the squared differences of a block of 8 x 8 up and does not divide by 64, so that the second constant, which is to keep noise of plain places from counting,
# counts a 64th: two shots with a noise of 2 greys have 0.10 for 0.88, with 1 grey 0.30 for 0.97. Where blocks have a strong pattern it is right: texture with a
# contrast of 40 and the same noise has 0.997. So a plain part without a defect is less alike than a textured one with a scratch.
# It matters where shots of parts or prints are held against a golden picture by a bound: plain ground takes the score down, whatever lies on it, and half a grey of
# more noise is more than a defect. What helps: smoothing first, or the SSIM of other packages.
# Versions: image-compare 0.5.0, image 0.25; Rust 1.95.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
mkdir src
cat >Cargo.toml <<'EOF'
[package]
name = "alike"
version = "0.1.0"
edition = "2021"

[dependencies]
image = { version = "0.25", default-features = false }
image-compare = "=0.5.0"
EOF
cat >src/main.rs <<'EOF'
use image::{GrayImage, Luma};
use image_compare::{gray_similarity_structure, Algorithm};

const SIDE: u32 = 256;
const BLOCK: u32 = 8;

struct Drawn(u64);

impl Drawn {
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 33) as f64 / (1u64 << 31) as f64
    }
    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.uniform()).sum::<f64>() - 6.0
    }
}

fn shot(drawn: &mut Drawn, contrast: f64, noise: f64, scratch: bool) -> GrayImage {
    GrayImage::from_fn(SIDE, SIDE, |x, y| {
        let texture = if (x / 2 + y / 2) % 2 == 0 { contrast } else { -contrast };
        let defect = if scratch && y == 100 && (50..150).contains(&x) { 20.0 } else { 0.0 };
        Luma([(128.0 + texture + defect + noise * drawn.normal()).round() as u8])
    })
}

fn ssim(one: &GrayImage, two: &GrayImage) -> f64 {
    let (c1, c2) = ((0.01f64 * 255.0).powi(2), (0.03f64 * 255.0).powi(2));
    let mut sum = 0.0;
    for top in (0..SIDE).step_by(BLOCK as usize) {
        for left in (0..SIDE).step_by(BLOCK as usize) {
            let (mut a, mut b, mut aa, mut bb, mut ab) = (0.0, 0.0, 0.0, 0.0, 0.0);
            for at in 0..BLOCK * BLOCK {
                let (x, y) = (left + at % BLOCK, top + at / BLOCK);
                let (p, q) = (one[(x, y)][0] as f64 / 64.0, two[(x, y)][0] as f64 / 64.0);
                (a, b, aa, bb, ab) = (a + p, b + q, aa + p * p * 64.0, bb + q * q * 64.0, ab + p * q * 64.0);
            }
            let top_term = (2.0 * a * b + c1) * (2.0 * (ab - a * b) + c2);
            sum += top_term / ((a * a + b * b + c1) * (aa - a * a + bb - b * b + c2));
        }
    }
    sum / (SIDE / BLOCK).pow(2) as f64
}

fn main() {
    let mut drawn = Drawn(1);
    let mut wrong = false;
    for (name, contrast, noise, scratch, seen, due) in [
        ("plain, noise of half a grey", 0.0, 0.5, false, 0.59, 0.99),
        ("plain, noise of 1 grey", 0.0, 1.0, false, 0.30, 0.97),
        ("plain, noise of 2 greys", 0.0, 2.0, false, 0.10, 0.88),
        ("texture of 40, noise of 2 greys", 40.0, 2.0, false, 1.0, 1.0),
        ("texture of 40, noise of 2 greys, a scratch on one", 40.0, 2.0, true, 1.0, 1.0),
    ] {
        let (golden, part) = (shot(&mut drawn, contrast, noise, false), shot(&mut drawn, contrast, noise, scratch));
        let theirs = gray_similarity_structure(&Algorithm::MSSIMSimple, &golden, &part).unwrap().score;
        let right = ssim(&golden, &part);
        println!("{name}: image-compare {theirs:.3}, SSIM of the same blocks {right:.3}");
        wrong |= (theirs - seen).abs() > 0.03 || (right - due).abs() > 0.03;
    }
    if wrong {
        println!("changed: other scores");
        std::process::exit(1);
    }
}
EOF
export CARGO_TARGET_DIR=$work/target
cargo run -q
