#!/usr/bin/env bash
# One would guess that the mean of a bright 12-bit frame by BoofCV's ImageStatistics is the mean of its values, whatever the frame's size.
# It adds whole numbers up with 32 bits: a frame of 1024 x 1024 that is 4000 all over has a mean of -96, and one of 2448 x 2048 (5 megapixels) of 1000 has 143. 8 bits
# fail as well from some 8.4 megapixels on: a white frame of 26 megapixels has a mean of -73. meanDiffSq() of 16 bits is wrong from 8600 pixels on where they differ by
# 500: two frames of 640 x 480 have -1658 where 250000 is due. Nothing is said. GrayF32 is right, to 1 of 1000.
# It matters where exposure, a flat field or a moved scene is watched by the mean or the mean difference: dark and bright frames change places, and a test with small or
# 8-bit frames is right. What helps: ConvertImage to GrayF32 before, or a sum of one's own in a long.
# Versions: BoofCV 1.1.7; Java 17, Maven.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
cat >pom.xml <<'EOF'
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>mean</groupId>
  <artifactId>mean</artifactId>
  <version>1</version>
  <dependencies>
    <dependency>
      <groupId>org.boofcv</groupId>
      <artifactId>boofcv-ip</artifactId>
      <version>1.1.7</version>
    </dependency>
  </dependencies>
</project>
EOF
mvn -q -B -Dstyle.color=never dependency:copy-dependencies -DoutputDirectory=lib >maven.log
cat >Mean.java <<'EOF'
import boofcv.alg.misc.ImageMiscOps;
import boofcv.alg.misc.ImageStatistics;
import boofcv.struct.image.GrayF32;
import boofcv.struct.image.GrayU16;
import boofcv.struct.image.GrayU8;

public class Mean {
    static boolean wrong = false;

    static GrayU16 plain(int width, int height, int value) {
        GrayU16 frame = new GrayU16(width, height);
        ImageMiscOps.fill(frame, value);
        return frame;
    }

    static void sixteenBits(int width, int height, int value, double due) {
        GrayF32 floats = new GrayF32(width, height);
        ImageMiscOps.fill(floats, value);
        double mean = ImageStatistics.mean(plain(width, height, value));
        System.out.printf("%d x %d pixels of %d in GrayU16: mean %.1f; in GrayF32 %.1f%n", width, height, value, mean, ImageStatistics.mean(floats));
        wrong |= Math.abs(mean - due) > 0.1 || Math.abs(ImageStatistics.mean(floats) / value - 1) > 0.001;
    }

    static void eightBits(int width, int height, int value, double due) {
        GrayU8 frame = new GrayU8(width, height);
        ImageMiscOps.fill(frame, value);
        double mean = ImageStatistics.mean(frame);
        System.out.printf("%d x %d pixels of %d in GrayU8: mean %.1f%n", width, height, value, mean);
        wrong |= Math.abs(mean - due) > 0.1;
    }

    static void difference(int width, int height, int by, double due) {
        double square = ImageStatistics.meanDiffSq(plain(width, height, 1000), plain(width, height, 1000 + by));
        System.out.printf("two frames of %d x %d that differ by %d: mean squared difference %.1f, %d is due%n", width, height, by, square, by * by);
        wrong |= Math.abs(square - due) > 0.1;
    }

    public static void main(String[] arguments) {
        sixteenBits(640, 480, 4000, 4000);
        sixteenBits(1024, 1024, 4000, -96);
        sixteenBits(2448, 2048, 1000, 143.32);
        sixteenBits(2448, 2048, 200, 200);
        eightBits(3840, 2160, 255, 255);
        eightBits(5120, 5120, 255, -72.68);
        difference(80, 80, 500, 250000);
        difference(640, 480, 500, -1658.19);
        difference(640, 480, 50, 2500);
        if (wrong) {
            System.out.println("changed: other means");
            System.exit(1);
        }
    }
}
EOF
javac -cp 'lib/*' Mean.java
java -cp 'lib/*:.' Mean
